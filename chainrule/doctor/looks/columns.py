"""Means and deviations of the columns: what the checks 2, 3 and 4 read."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import Case

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """The columns of the rows to learn from.

    Attributes:
        raw: (n, features) as they came.
        names: of each column.
        mean: (features,).
        deviation: (features,).
        lives: (features,) whether it changes at all.
    """

    raw: Numbers
    names: tuple[str, ...]
    mean: Numbers
    deviation: Numbers
    lives: NDArray[np.bool_]


def columns(case: Case) -> Columns | None:
    """The columns; None for rows that are no table of numbers, or have no column that changes."""
    if case.feed is None or len(case.feed.inputs) > 1 or not isinstance(case.data, tuple):
        return None
    X = case.feed.inputs[0]
    if X.ndim != 2 or X.dtype.kind != "f" or len(X) < 2:
        return None
    raw = np.asarray(case.rows[0], dtype=np.float64)
    deviation, mean = raw.std(axis=0), raw.mean(axis=0)
    lives = deviation > 1e-9 * (1 + np.abs(mean))
    if not lives.any():
        return None
    named: Any = getattr(case.data, "feature_names", None) or getattr(case.data[0], "columns", ())
    names = named if len(named) == len(mean) else [f"X[:, {place}]" for place in range(len(mean))]
    return Columns(raw, tuple(map(str, names)), mean, deviation, lives)
