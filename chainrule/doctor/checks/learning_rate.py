"""37, 38, 39: a learning rate that is too high or too low."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.learning_rate import learning_rate
from chainrule.doctor.experiment import compared
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

DOWN, UP = (0.1, 0.01, 0.001, 0.3, 0.03, 0.003), (10.0, 100.0, 1000.0, 3.0, 30.0, 300.0)
SHARE = 0.5  # of the time that is left, at most


def look(case: Case) -> Iterator[Suspicion]:
    """The best of a range of rates, tried on one seed, and the better half of them on another."""
    if not case.trouble:
        return
    before = case.first.rates.now if case.first.rates.of_step is None else _highest(case)
    if not before > 0:
        evidence = Evidence("rate", {"rate": before})
        yield Suspicion("learning_rate_too_low", "exact", (evidence,), (learning_rate(0.01, before),), 1.0,
                        {"rate": 0.01, "before": before})
        return
    enough = case.left * (1 - SHARE)
    tried = []
    for factor in (factor for pair in zip(DOWN, UP, strict=True) for factor in pair):
        if case.left < enough:
            break
        change = learning_rate(float(f"{before * factor:.3g}"), before)
        tried.append((compared(case, change, range(1)).gain, factor, change))
    tried.sort(key=lambda row: -row[0])
    again = [(compared(case, change, range(2)).gain, factor, change) for _, factor, change in tried[:3]]
    if not again:
        return
    best, factor, change = max(again, key=lambda row: row[0])
    code = "learning_rate_too_high" if factor < 1 else "learning_rate_too_low"
    runs = case.runs(range(2))
    evidence = [Evidence("swept", {"rate": before, "best": float(change.values["rate"]), "gain": best})]
    if any(run.end > 2 * case.initial for run in runs):
        evidence.append(Evidence("diverged", {"initial": case.initial}))
    yield Suspicion(code, "rerun", tuple(evidence), (change,), 0.55, dict(change.values))


def _highest(case: Case) -> float:
    of_step = case.first.rates.of_step
    assert of_step is not None
    return max(float(of_step(step)) for step in range(0, 1000, 10))


CHECK = Check(37, ("learning_rate_too_high", "learning_rate_too_low"), look)
