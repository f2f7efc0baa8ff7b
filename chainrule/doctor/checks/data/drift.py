"""17: rows to judge by from another world than those that are learnt from."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.looks.parting import parting
from chainrule.doctor.suspicion import Check, Evidence, Suspicion


def look(case: Case) -> Iterator[Suspicion]:
    """Sides that their nearest rows tell apart; mixed and parted anew, unseen rows are answered."""
    found = case.once(parting)
    if found is None or found.cause != "drift":
        return
    evidence = (
        Evidence("told_apart", {"apart": found.apart, "columns": found.columns}),
        Evidence("judged_otherwise", {"before": found.before, "after": found.after}),
    )
    yield Suspicion("drift", "exact", evidence, strength=0.85)


CHECK = Check(17, ("drift",), look)
