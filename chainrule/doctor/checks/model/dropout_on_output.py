"""36: a dropout behind the last layer, which strikes out answers instead of features."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.norms import last_places, without_last_dropout
from chainrule.doctor.suspicion import Check, Evidence, Proof, Suspicion
from chainrule.nn.dropout import Dropout


def look(case: Case) -> Iterator[Suspicion]:
    """A dropout behind the last dense layer; tried without where a training fails."""
    found = [module for _, _, module in last_places(case.first.model, (Dropout,)) if isinstance(module, Dropout)]
    p = max((module.p for module in found), default=0.0)
    if p > 0:
        proof: Proof = "rerun" if case.trouble else "convention"
        evidence = Evidence("dropout_last", {"p": p})
        yield Suspicion("dropout_on_output", proof, (evidence,), (without_last_dropout(),), 0.7, {"p": p}, hint=True)


CHECK = Check(36, ("dropout_on_output",), look)
