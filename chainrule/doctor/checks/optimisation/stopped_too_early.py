"""49: a training that ends while the loss still falls."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.training import longer
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

FALLS = 0.02  # of the loss, an epoch, over the last tenth of the training
FACTORS = (3.0, 10.0)
FEW = 100  # updates, with which no training gets far


def look(case: Case) -> Iterator[Suspicion]:
    """The slope at the end; tried with more epochs."""
    if not case.underfits:
        return
    losses = case.runs(range(1))[0].losses
    tail = losses[-max(2, len(losses) // 10) :]
    slope = (tail[0] - tail[-1]) / max(len(tail) - 1, 1) / max(abs(float(tail[0])), 1e-300)
    if slope > FALLS / max(1, case.epochs // 100):
        evidence = Evidence("falls", {"share": float(slope)})
        updates = case.epochs * (1 if case.feed is None else case.feed.count(min(case.batch_size, case.feed.rows)))
        strength = 0.6 if updates < FEW else 0.35
        yield Suspicion("stopped_too_early", "rerun", (evidence,), tuple(map(longer, FACTORS)), strength)


CHECK = Check(49, ("stopped_too_early",), look)
