"""37: a learning rate so high that the loss runs away."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.looks.sweep import swept
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

AWAY = 2.0  # times the loss before any step


def look(case: Case) -> Iterator[Suspicion]:
    """A loss above twice the first one, and a lower rate that does better."""
    if not case.trouble or not any(run.end > AWAY * case.initial for run in case.runs(range(2))):
        return
    found = case.once(swept)
    if found is not None and found.best < found.before:
        evidence = (
            Evidence("swept", {"rate": found.before, "best": found.best, "gain": found.gain}),
            Evidence("diverged", {"initial": case.initial}),
        )
        values = dict(found.change.values)
        yield Suspicion("learning_rate_too_high", "rerun", evidence, (found.change,), 0.55, values)


CHECK = Check(37, ("learning_rate_too_high",), look)
