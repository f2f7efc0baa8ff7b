"""A grid over two columns of the data, bounded by its resolution and never by the range of the data."""

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.plots._chart import Numbers

MOST = 300


def grid(
    X: Numbers, columns: tuple[int, int], resolution: int, margin: float | None, where: str
) -> tuple[Numbers, Numbers, Numbers]:
    """Points that cover the data, each with the other columns at their means.

    Args:
        X: (n, features) finite rows.
        columns: the two that span the grid.
        resolution: points along each axis, 2 … 300.
        margin: how far beyond the data, in the data's unit; default 15 % of each column's range.
        where: for errors.

    Returns:
        (resolution,) positions along either axis, and (resolution², features) rows, row by row.

    Raises:
        ArgumentError: for a resolution or margin out of range, or columns that X does not have.
    """
    if not 2 <= resolution <= MOST:
        raise ArgumentError("plots.resolution", f"{where}, argument resolution", got=resolution, most=MOST)
    if margin is not None and not (np.isfinite(margin) and margin >= 0):
        raise ArgumentError("plots.margin", f"{where}, argument margin", got=margin)
    features = X.shape[1]
    if len(columns) != 2 or columns[0] == columns[1] or not all(-features <= column < features for column in columns):
        raise ArgumentError("plots.columns", f"{where}, argument columns", got=columns, features=features)
    x, y = (_positions(X[:, column], resolution, margin) for column in columns)
    rows = np.tile(X.mean(axis=0), (resolution * resolution, 1))
    rows[:, columns[0]] = np.tile(x, resolution)
    rows[:, columns[1]] = np.repeat(y, resolution)
    return x, y, rows


def _positions(values: Numbers, resolution: int, margin: float | None) -> Numbers:
    low, high = float(values.min()), float(values.max())
    beyond = 0.15 * (high - low) if margin is None else margin
    if low - beyond == high + beyond:  # one value only: any width shows it
        beyond = 0.5 * max(1.0, abs(low))
    return np.linspace(low - beyond, high + beyond, resolution)
