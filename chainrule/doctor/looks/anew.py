"""The same configuration with other rows: what would have come, had they been parted or scaled otherwise."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import PAIRS, Case, Run
from chainrule.doctor.experiment import CAP

MATERIAL = 0.1  # of what there is to be learnt, or share of wrong answers: less is no gain
WRONG = 0.03


def anew(case: Case, rows: tuple[Any, ...], judged: tuple[Any, ...], *, cured: bool = True) -> list[Run]:
    """Trainings of the usual seeds on other rows, judged by other rows; `cured` with what was changed for good."""
    other = Case(case.build, rows, judged, case.epochs, case.batch_size, case.left)
    other.cures, other._spent = case.cures if cured else (), case._spent
    return other.runs(range(PAIRS))


def mixed(case: Case) -> tuple[list[Run], list[Run]]:
    """Trainings as they are, and on rows of both sides, as many; both judged by the same half of the rows to judge by.

    So nothing but what is learnt from differs: parted anew altogether, the rows to judge by could be easier ones.
    """
    draw = np.random.default_rng(0)
    order = draw.permutation(len(case.judged[0]))
    given, kept = np.array_split(order, 2)
    judged = tuple(np.asarray(part)[kept] for part in case.judged)
    whole = [
        np.concatenate([np.asarray(a), np.asarray(b)[given]]) for a, b in zip(case.rows, case.judged, strict=True)
    ]
    taken = draw.permutation(len(whole[0]))[: len(case.rows[0])]
    return anew(case, case.rows, judged), anew(case, tuple(part[taken] for part in whole), judged)


def gains(case: Case, before: list[Run], after: list[Run]) -> NDArray[np.float64]:
    """(seeds,) by how much unseen rows are answered better, as a share of what there is to be learnt."""
    found, scale = [], case.once(_scale)
    for one, other in zip(before, after, strict=False):
        if one.held is None or other.held is None:
            return np.zeros(0)
        worst = case.floor + CAP * scale
        found.append((min(one.held, worst) - min(other.held, worst)) / scale)
    return np.array(found)


def _scale(case: Case) -> float:
    """What there is to be learnt from all rows, of both sides: those to learn from alone may have one class only."""
    if case.judged is None:
        return case.scale
    both = tuple(np.concatenate([np.asarray(a), np.asarray(b)]) for a, b in zip(case.rows, case.judged, strict=False))
    other = Case(case.build, both, None, case.epochs, case.batch_size, case.left)
    return max(case.scale, other.scale)


def better(case: Case, before: list[Run], after: list[Run]) -> bool:
    """Whether unseen rows are answered better with every seed, by what matters."""
    found = gains(case, before, after)
    if len(found) < PAIRS or not (found > 0).all() or np.median(found) < MATERIAL:
        return False
    wrong = [(one.error, other.error) for one, other in zip(before, after, strict=True)]
    errors = [a - b for a, b in wrong if a is not None and b is not None]
    return not errors or bool(np.median(errors) > WRONG)
