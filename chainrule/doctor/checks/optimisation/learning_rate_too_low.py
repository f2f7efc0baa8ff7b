"""39: a learning rate with which the training does not get there in its time."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.learning_rate import learning_rate
from chainrule.doctor.looks.sweep import highest_rate, swept
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

USUAL = 0.01


def look(case: Case) -> Iterator[Suspicion]:
    """A rate of 0, or a higher rate that does better."""
    if not case.trouble:
        return
    before = highest_rate(case)
    if not before > 0:
        evidence, values = Evidence("rate", {"rate": before}), {"rate": USUAL, "before": before}
        yield Suspicion(
            "learning_rate_too_low", "exact", (evidence,), (learning_rate(USUAL, before),), 1.0, values
        )
        return
    found = case.once(swept)
    if found is not None and found.best > found.before:
        evidence = Evidence("swept", {"rate": found.before, "best": found.best, "gain": found.gain})
        values = dict(found.change.values)
        yield Suspicion("learning_rate_too_low", "rerun", (evidence,), (found.change,), 0.55, values)


CHECK = Check(39, ("learning_rate_too_low",), look)
