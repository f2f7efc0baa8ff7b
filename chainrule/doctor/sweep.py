"""A sweep of learning rates around the one that is set: made once, and read by the checks 37, 38 and 39."""

from dataclasses import dataclass

from chainrule.doctor.case import Case
from chainrule.doctor.change import Change
from chainrule.doctor.changes.learning_rate import learning_rate
from chainrule.doctor.experiment import compared

DOWN, UP = (0.1, 0.01, 0.001, 0.3, 0.03, 0.003), (10.0, 100.0, 1000.0, 3.0, 30.0, 300.0)
SHARE = 0.5  # of the time that is left, at most
AGAIN = 3  # rates that are tried on another seed


@dataclass(frozen=True)
class Sweep:
    """The best rate around the one that is set.

    Attributes:
        before: the rate that is set, at its highest.
        best: the rate that did best.
        gain: by how much, as a share of what there is to be learnt.
        change: to that rate.
    """

    before: float
    best: float
    gain: float
    change: Change


def swept(case: Case) -> Sweep | None:
    """All rates on one seed, the best three on another; None where there is no rate, or no time."""
    before = highest_rate(case)
    if not before > 0:
        return None
    enough = case.left * (1 - SHARE)
    tried = []
    for factor in (factor for pair in zip(DOWN, UP, strict=True) for factor in pair):
        if case.left < enough:
            break
        change = learning_rate(float(f"{before * factor:.3g}"), before)
        tried.append((compared(case, change, range(1)).gain, change))
    tried.sort(key=lambda row: -row[0])
    again = [(compared(case, change, range(2)).gain, change) for _, change in tried[:AGAIN]]
    if not again:
        return None
    gain, change = max(again, key=lambda row: row[0])
    return Sweep(before, float(change.values["rate"]), gain, change)


def highest_rate(case: Case) -> float:
    """The rate that is set; of a schedule the highest of its first thousand steps."""
    of_step = case.first.rates.of_step
    if of_step is None:
        return case.first.rates.now
    return max(float(of_step(step)) for step in range(0, 1000, 10))
