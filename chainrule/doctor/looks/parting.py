"""How the rows to judge by differ from those to learn from: looked at once, and read by the checks 13, 14 and 17."""

from dataclasses import dataclass
from math import erfc, sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import PAIRS, Case, Run
from chainrule.doctor.looks.anew import anew, better, mixed
from chainrule.doctor.looks.near import neighbours
from chainrule.doctor.looks.rows import Numbers, Rows, asked, learnt

FEWEST = 20  # rows on each side
SHARE = 0.2  # of the columns
SURE = 5.0  # standard errors by which a mean is off
OFF, TIMES = 0.5, 1.5  # deviations by which it is, and times that a deviation is another one
LIKELY = 1e-6  # that the classes are so different by chance
APART = 0.75  # how well the nearest rows tell the sides apart: 0.5 not at all, 1 always
NEIGHBOURS = 10
EACH = 400  # rows of each side that are looked at


@dataclass(frozen=True)
class Parting:
    """What tells the rows to judge by from those to learn from, and whether it does harm.

    Attributes:
        cause: `"scale"`, `"classes"` or `"drift"`, as the experiments decide.
        columns: how many columns have another mean or deviation.
        column: the one that differs most: its number, mean and deviation on both sides.
        apart: how well the sides can be told apart.
        missing: classes to judge by that are not among the rows to learn from.
        chance: how likely the classes, or the means of the targets, are so different by chance.
        before: loss on the rows to judge by, as they are.
        after: loss on them, were they scaled or parted otherwise.
    """

    cause: Literal["scale", "classes", "drift"]
    columns: int
    column: tuple[int, float, float, float, float]
    apart: float
    missing: int
    chance: float
    before: float
    after: float


def parting(case: Case) -> Parting | None:
    """What is wrong with the parting; None where nothing is, or nobody gave rows to judge by."""
    rows, judged = case.once(learnt), case.once(asked)
    if rows is None or judged is None or min(len(rows), len(judged)) < FEWEST:
        return None
    if rows.X.shape[1] != judged.X.shape[1] or len(case.rows) > 2 or len(case.judged) > 2:
        return None
    off, column = _columns(rows.X, judged.X)
    chance, missing = of_targets(rows, judged)
    apart = _apart(rows.X, judged.X)
    many = len(off) >= SHARE * rows.X.shape[1]
    if not (many or chance < LIKELY or missing or apart > APART) or case.left <= 0:
        return None
    before = case.runs(range(PAIRS))
    found = (len(off), column, apart, missing, chance, _middle([run.held for run in before]))
    if many:
        scaled = _scaled(case, rows, judged, off)
        if better(case, before, scaled):
            return Parting("scale", *found, _middle([run.held for run in scaled]))
    if case.left <= 0:
        return None
    alone, together = mixed(case)
    if not better(case, alone, together):
        return None
    cause: Literal["classes", "drift"] = "classes" if chance < LIKELY or missing else "drift"
    return Parting(cause, *found[:-1], *(_middle([run.held for run in runs]) for runs in (alone, together)))


def _columns(X: Numbers, Z: Numbers) -> tuple[list[int], tuple[int, float, float, float, float]]:
    """The columns that have another mean or deviation, and the one that differs most."""
    a, b, s, t = X.mean(axis=0), Z.mean(axis=0), X.std(axis=0), Z.std(axis=0)
    spread = np.maximum(np.maximum(s, t), 1e-12 * (1 + np.abs(a)))
    error = np.sqrt(s * s / len(X) + t * t / len(Z))
    shifted = (np.abs(a - b) > SURE * error) & (np.abs(a - b) > OFF * spread)
    ratio = np.maximum(s, t) / np.maximum(np.minimum(s, t), 1e-12 * spread)
    stretched = (ratio > TIMES) & (ratio > 1 + SURE / np.sqrt(2 * min(len(X), len(Z))))
    most = int(np.argmax(np.abs(a - b) / spread + np.log(ratio)))
    differs = most, float(a[most]), float(s[most]), float(b[most]), float(t[most])
    return [int(place) for place in np.flatnonzero(shifted | stretched)], differs


def of_targets(rows: Rows, judged: Rows) -> tuple[float, int]:
    """How likely the targets are so different by chance, and how many classes are only among those to judge by."""
    if rows.labels is None or judged.labels is None:
        a, b = rows.y[:, 0], judged.y[:, 0]
        order = np.argsort(np.argsort(np.concatenate([a, b]), kind="stable"), kind="stable")
        m, n = len(a), len(b)
        z = (order[:m].mean() - (m + n - 1) / 2) / np.sqrt((m + n + 1) * n / (12 * m))
        return _normal_tail(float(z)), 0
    names = np.unique(np.concatenate([rows.y, judged.y]), axis=0)
    table = np.array([[(part.y == name).all(axis=1).sum() for name in names] for part in (rows, judged)], dtype=float)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    square, freedom = float(((table - expected) ** 2 / expected).sum()), len(names) - 1
    # Wilson and Hilferty: the cube root of chi² is nearly normal.
    z = ((square / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / np.sqrt(2 / (9 * freedom)) if freedom else 0.0
    return (_normal_tail(float(z)) if z > 0 else 1.0), int(((table[0] == 0) & (table[1] > 0)).sum())


def _normal_tail(z: float) -> float:
    return erfc(abs(z) / sqrt(2))


def _apart(X: Numbers, Z: Numbers) -> float:
    """The chance that a row to judge by has more of its own side near it than a row to learn from."""
    count = min(len(X), len(Z), EACH)
    draw = np.random.default_rng(0)
    both = np.concatenate([X[draw.permutation(len(X))[:count]], Z[draw.permutation(len(Z))[:count]]])
    side = np.repeat([0.0, 1.0], count)
    found = neighbours(both, NEIGHBOURS, most=2 * EACH)
    own = side[found.rows]
    score = own[found.near].mean(axis=1)
    order = np.argsort(np.argsort(score + 1e-9 * np.random.default_rng(1).random(len(score))))
    ranks = order[own == 1]
    return float((ranks.sum() - count * (count - 1) / 2) / (count * count))


def _scaled(case: Case, rows: Rows, judged: Rows, off: list[int]) -> list[Run]:
    """The trainings as they are, judged by rows whose columns were brought to means and deviations of the others."""
    Z = judged.X.copy()
    for j in off:
        t = Z[:, j].std()
        Z[:, j] = (Z[:, j] - Z[:, j].mean()) / (t if t > 0 else 1.0) * rows.X[:, j].std() + rows.X[:, j].mean()
    moved = (Z.reshape(np.shape(case.judged[0])), *case.judged[1:])
    return anew(case, case.rows, moved)


def _middle(losses: list[Any]) -> float:
    known: NDArray[np.float64] = np.array([np.inf if loss is None else loss for loss in losses])
    return float(np.median(known))
