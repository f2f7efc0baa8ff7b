"""46: batches of so few rows that each step undoes the one before."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.training import batches
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

SMALL, FACTOR = 8, 8


def look(case: Case) -> Iterator[Suspicion]:
    """Batches below eight rows, tried eight times as large."""
    if case.feed is None or not case.trouble:
        return
    size = min(case.batch_size, case.feed.rows)
    if size < SMALL and case.feed.rows >= FACTOR * size:
        evidence = Evidence("batch", {"size": size})
        yield Suspicion("batch_too_small", "rerun", (evidence,), (batches(FACTOR * size),), 0.4, {"size": size})


CHECK = Check(46, ("batch_too_small",), look)
