"""Best constants of columns of numbers: weighted means, quantiles, and the zero of a rising slope."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def columns(y: npt.ArrayLike, weights: Floats) -> tuple[Floats, Floats]:
    """Targets (N, …) as a table (N, F) in float64, and the weights (N, 1) of its rows."""
    table = np.asarray(y, dtype=np.float64)
    rows = len(weights) if table.ndim else 1
    return table.reshape(rows, -1), (weights if table.ndim else np.ones(1)).reshape(-1, 1)


def mean(table: Floats, weights: Floats) -> Floats:
    """Σ w y / Σ w of every column, weights (N, 1) or (N, F); 0 where nothing has any weight."""
    total = np.broadcast_to(weights, table.shape).sum(axis=0)
    return np.asarray((weights * table).sum(axis=0) / np.where(total > 0, total, 1.0))


def quantile(table: Floats, weights: Floats, q: float) -> Floats:
    """A number for every column below which a share q of the weight lies; the middle where several are as good."""
    found = np.empty(table.shape[1])
    for j, column in enumerate(table.T):
        order = np.argsort(column, kind="stable")
        order = order[weights[order, 0] > 0]
        if not order.size:
            order = np.argsort(column)[:1]
        reached = np.cumsum(weights[order, 0])
        place = int(np.searchsorted(reached, q * reached[-1] * (1 - 1e-12)))
        above = min(place + 1, order.size - 1) if reached[place] <= q * reached[-1] * (1 + 1e-12) else place
        found[j] = (column[order[place]] + column[order[above]]) / 2
    return found


def zero_of(slope: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Where a rising function of every column crosses 0 between two bounds, by halving."""
    for _ in range(200):
        middle = (low + high) / 2
        right = slope(middle) > 0
        low, high = np.where(right, low, middle), np.where(right, middle, high)
    return np.asarray((low + high) / 2)


def logarithm(share: npt.ArrayLike) -> Floats:
    """ln of shares, with -690.8 for a share of 0: small enough to leave nothing, and finite."""
    return np.log(np.maximum(np.asarray(share, dtype=np.float64), 1e-300))
