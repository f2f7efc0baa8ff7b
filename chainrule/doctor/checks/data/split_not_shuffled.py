"""14: rows that were cut in two in the order in which they came."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.looks.parting import parting
from chainrule.doctor.suspicion import Check, Evidence, Suspicion


def look(case: Case) -> Iterator[Suspicion]:
    """Other classes, or targets, on both sides than chance allows; mixed and parted anew, unseen rows are answered."""
    found = case.once(parting)
    if found is None or found.cause != "classes":
        return
    evidence = (
        Evidence("two_targets", {"chance": f"{found.chance:.1e}", "missing": found.missing}),
        Evidence("judged_otherwise", {"before": found.before, "after": found.after}),
    )
    yield Suspicion("split_not_shuffled", "exact", evidence, strength=0.9)


CHECK = Check(14, ("split_not_shuffled",), look)
