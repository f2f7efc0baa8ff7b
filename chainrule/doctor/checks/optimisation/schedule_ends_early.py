"""50: a schedule that has ended the learning before the loss is down."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.learning_rate import constant_rate
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

NOTHING = 1e-3  # of the highest rate


def look(case: Case) -> Iterator[Suspicion]:
    """What the schedule leaves of the rate half way; tried without it."""
    of_step = case.first.rates.of_step
    if case.feed is None or of_step is None or not case.trouble:
        return
    updates = case.epochs * case.feed.count(min(case.batch_size, case.feed.rows))
    highest = max(float(of_step(step)) for step in range(0, updates, max(1, updates // 100)))
    middle = float(of_step(updates // 2))
    evidence = Evidence("schedule", {"highest": highest, "middle": middle})
    strength = 0.7 if middle < NOTHING * highest else 0.3
    yield Suspicion("schedule_ends_early", "rerun", (evidence,), (constant_rate(highest),), strength)


CHECK = Check(50, ("schedule_ends_early",), look)
