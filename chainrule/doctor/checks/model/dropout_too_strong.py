"""36: dropout that leaves too little of a layer."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import without_dropout
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.nn.dropout import Dropout

LARGE = 0.5


def look(case: Case) -> Iterator[Suspicion]:
    """Dropout, tried without."""
    if not case.trouble:
        return
    p = max((float(m.p) for m in case.first.model.modules() if isinstance(m, Dropout)), default=0.0)
    if p > 0:
        strength = 0.6 if p > LARGE else 0.3
        evidence = Evidence("dropout", {"p": p})
        yield Suspicion("dropout_too_strong", "rerun", (evidence,), (without_dropout(),), strength, {"p": p})


CHECK = Check(36, ("dropout_too_strong",), look)
