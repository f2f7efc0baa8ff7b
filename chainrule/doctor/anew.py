"""The same configuration with other rows: what would have come, had they been parted or scaled otherwise."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import PAIRS, Case, Run

MATERIAL = 0.1  # of what there is to be learnt, or share of wrong answers: less is no gain
WRONG = 0.03


def anew(case: Case, rows: tuple[Any, ...], judged: tuple[Any, ...], *, cured: bool = True) -> list[Run]:
    """Trainings of the usual seeds on other rows, judged by other rows; `cured` with what was changed for good."""
    other = Case(case.build, rows, judged, case.epochs, case.batch_size, case.left)
    other.cures, other._spent = case.cures if cured else (), case._spent
    return other.runs(range(PAIRS))


def mixed(case: Case) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """Rows to learn from and to judge by put together and parted anew at random, in the same numbers."""
    if len(case.rows) != len(case.judged):
        return None
    parts = [np.concatenate([np.asarray(a), np.asarray(b)]) for a, b in zip(case.rows, case.judged, strict=True)]
    order = np.random.default_rng(0).permutation(len(parts[0]))
    count = len(case.rows[0])
    return tuple(part[order[:count]] for part in parts), tuple(part[order[count:]] for part in parts)


def gains(case: Case, before: list[Run], after: list[Run]) -> NDArray[np.float64]:
    """(seeds,) by how much unseen rows are answered better, as a share of what there is to be learnt."""
    found = []
    for one, other in zip(before, after, strict=False):
        if one.held is None or other.held is None:
            return np.zeros(0)
        worst = case.floor + 2 * case.scale
        found.append((min(one.held, worst) - min(other.held, worst)) / case.scale)
    return np.array(found)


def better(case: Case, before: list[Run], after: list[Run]) -> bool:
    """Whether unseen rows are answered better with every seed, by what matters."""
    found = gains(case, before, after)
    if len(found) < PAIRS or not (found > 0).all() or np.median(found) < MATERIAL:
        return False
    wrong = [(one.error, other.error) for one, other in zip(before, after, strict=True)]
    errors = [a - b for a, b in wrong if a is not None and b is not None]
    return not errors or bool(np.median(errors) > WRONG)
