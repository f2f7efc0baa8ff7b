"""46, 47, 49, 50: batches, epochs or a schedule that leave too few steps, or steps too rough."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.learning_rate import constant_rate
from chainrule.doctor.changes.training import batches, longer
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

FEW = 200  # updates
FALLS = 0.02  # of the loss an epoch, at the end


def look(case: Case) -> Iterator[Suspicion]:
    """How many updates there are, whether the loss still falls, and what the schedule leaves of the rate."""
    if case.feed is None or not case.trouble:
        return
    rows, size = case.feed.rows, min(case.batch_size, case.feed.rows)
    updates = case.epochs * case.feed.count(size)
    if updates < FEW and size >= 16:
        evidence = Evidence("updates", {"count": updates, "few": FEW, "size": size})
        yield Suspicion("too_few_updates", "rerun", (evidence,), (batches(max(1, size // 8)),), 0.4, {"size": size})
    if size < 8 and rows >= 8 * size:
        evidence = Evidence("batch", {"size": size})
        yield Suspicion("batch_too_small", "rerun", (evidence,), (batches(8 * size),), 0.4, {"size": size})
    losses = case.runs(range(1))[0].losses
    tail = losses[-max(2, len(losses) // 10) :]
    slope = (tail[0] - tail[-1]) / max(len(tail) - 1, 1) / max(abs(float(tail[0])), 1e-300)
    if slope > FALLS / max(1, case.epochs // 100):
        evidence = Evidence("falls", {"share": float(slope)})
        yield Suspicion("stopped_too_early", "rerun", (evidence,), (longer(3.0),), 0.35)
    of_step = case.first.rates.of_step
    if of_step is not None:
        highest = max(float(of_step(step)) for step in range(0, updates, max(1, updates // 100)))
        middle = float(of_step(updates // 2))
        evidence = Evidence("schedule", {"highest": highest, "middle": middle})
        yield Suspicion("schedule_ends_early", "rerun", (evidence,), (constant_rate(highest),),
                        0.7 if middle < 1e-3 * highest else 0.3)


CHECK = Check(47, ("too_few_updates", "batch_too_small", "stopped_too_early", "schedule_ends_early"), look)
