"""A sweep of learning rates around the one that is set: made once, and read by the checks 37, 38 and 39."""

from dataclasses import dataclass

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.change import Change
from chainrule.doctor.changes.learning_rate import learning_rate
from chainrule.doctor.experiment import compared

STEP, FINE = 10.0, 3.0  # factors between neighbours, at first and around the best
WIDEST = 1e7  # times the rate that is set, either way
SHARE = 0.5  # of the time that is left, at most
LOOK = 3  # steps that are made in each direction whatever comes
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
    """Rates on one seed, ten times apart, on and on in the directions that help; then the best three on another seed.

    None where there is no rate, or no time.
    """
    before = highest_rate(case)
    if not before > 0:
        return None
    enough = case.left * (1 - SHARE)
    tried: dict[float, float] = {1.0: 0.0}

    def ask(factor: float) -> float:
        if factor not in tried and case.left >= enough and 1 / WIDEST <= factor <= WIDEST:
            tried[factor] = compared(case, _change(before, factor), case.worst[:1]).gain
        return tried.get(factor, -np.inf)

    for way in (STEP, 1 / STEP):
        factor = way
        # Two steps without gain may lie before one with: far too low, each of them is as good as nothing.
        for place in range(int(np.log10(WIDEST))):
            ask(factor)
            if place >= LOOK - 1 and max(tried, key=tried.__getitem__) not in (factor, factor / way):
                break
            factor *= way
    best = max(tried, key=tried.__getitem__)
    for factor in (best * FINE, best / FINE):
        ask(factor)
    changed = sorted((factor for factor in tried if factor != 1.0), key=lambda factor: -tried[factor])
    again = [(compared(case, _change(before, factor), case.worst[:2]).gain, factor) for factor in changed[:AGAIN]]
    if not again:
        return None
    gain, factor = max(again)
    change = _change(before, factor)
    return Sweep(before, float(change.values["rate"]), gain, change)


def _change(before: float, factor: float) -> Change:
    return learning_rate(float(f"{before * factor:.3g}"), before)


def highest_rate(case: Case) -> float:
    """The rate that is set; of a schedule the highest of its first thousand steps."""
    of_step = case.first.rates.of_step
    if of_step is None:
        return case.first.rates.now
    return max(float(of_step(step)) for step in range(0, 1000, 10))
