"""38: a learning rate that jumps over the valley again and again, without running away."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.checks.optimisation.learning_rate_diverges import AWAY
from chainrule.doctor.looks.sweep import swept
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

BOUNCES, LEARNT = 0.55, 0.2  # strengths: where the own rows are not learnt, and where they are


def look(case: Case) -> Iterator[Suspicion]:
    """A lower rate that does better."""
    if not case.trouble or any(run.end > AWAY * case.initial for run in case.runs(range(2))):
        return
    found = case.once(swept)
    if found is not None and found.best < found.before:
        evidence = Evidence("swept", {"rate": found.before, "best": found.best, "gain": found.gain})
        values = dict(found.change.values)
        strength = BOUNCES if case.underfits else LEARNT
        yield Suspicion("learning_rate_too_high", "rerun", (evidence,), (found.change,), strength, values)


CHECK = Check(38, ("learning_rate_too_high",), look)
