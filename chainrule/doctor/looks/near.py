"""The nearest rows of each row: what can be said of targets without any network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Ints

Numbers = NDArray[np.float64]
MOST = 1000  # rows that are looked at: a matrix of distances of eight megabytes


@dataclass(frozen=True)
class Near:
    """Neighbours.

    Attributes:
        rows: (n,) the numbers of the rows that are looked at, of all rows if they are few.
        near: (n, k) for each of them its nearest others, as places in `rows`.
    """

    rows: Ints
    near: Ints


def neighbours(X: Numbers, count: int, most: int = MOST) -> Near:
    """The `count` nearest rows of each of at most `most` rows of X (n, features), columns on one scale."""
    rows = np.random.default_rng(0).permutation(len(X))[:most]
    Z = standard(X[rows])
    squares = (Z * Z).sum(axis=1)
    distances = squares[:, None] + squares[None, :] - 2 * Z @ Z.T
    np.fill_diagonal(distances, np.inf)
    count = min(count, len(rows) - 1)
    return Near(rows, np.argpartition(distances, count - 1, axis=1)[:, :count])


def standard(X: Numbers) -> Numbers:
    """Columns with mean 0 and deviation 1; those that never change are 0."""
    deviation = X.std(axis=0)
    lives = deviation > 1e-9 * (1 + np.abs(X.mean(axis=0)))
    return np.asarray((X - X.mean(axis=0)) / np.where(lives, deviation, np.inf))
