"""47: batches so large that there are only a few steps."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.training import batches
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

FEW, HARDLY_ANY = 200, 100  # updates
LEAST, FACTOR = 16, 8


def look(case: Case) -> Iterator[Suspicion]:
    """Fewer than two hundred updates, tried with an eighth of the batch."""
    if case.feed is None or not case.underfits:
        return
    size = min(case.batch_size, case.feed.rows)
    updates = case.epochs * case.feed.count(size)
    if updates < FEW and size >= LEAST:
        evidence = Evidence("updates", {"count": updates, "few": FEW, "size": size})
        change = batches(max(1, size // FACTOR))
        strength = 0.7 if updates < HARDLY_ANY else 0.4
        yield Suspicion("too_few_updates", "rerun", (evidence,), (change,), strength, {"size": size})


CHECK = Check(47, ("too_few_updates",), look)
