"""Fewer points for the same look, so that a picture as text stays small whatever it is made from."""

from itertools import pairwise

import numpy as np

from chainrule.plots._chart import Numbers

LIMIT = 20_000


def thin_line(x: Numbers, y: Numbers, limit: int = LIMIT) -> tuple[Numbers, Numbers]:
    """At most `limit` of the points of a line: its ends, and the lowest and highest of every stretch.

    Args:
        x: (n,) positions, in order.
        y: (n,) heights; not-a-number counts as a gap.
        limit: the most points to keep, at least 4.

    Returns:
        x and y of the kept points, in their old order; the very arrays when they are few enough.

    Example:
        >>> x, y = thin_line(np.arange(1000.0), np.eye(1, 1000, 637)[0], limit=10)
        >>> len(x) <= 10, y.max(), x[-1]
        (True, np.float64(1.0), np.float64(999.0))
    """
    if len(x) <= limit:
        return x, y
    keep = [0, len(x) - 1]
    edges = np.linspace(0, len(x), (limit - 2) // 2 + 1).astype(np.int64)
    for start, stop in pairwise(edges):
        piece = y[start:stop]
        keep += [start + int(np.argmin(np.nan_to_num(piece, nan=np.inf)))]
        keep += [start + int(np.argmax(np.nan_to_num(piece, nan=-np.inf)))]
    rows = np.unique(keep)
    return x[rows], y[rows]


def stride(count: int, limit: int = LIMIT) -> int:
    """Every how many-th of `count` rows to show, so that at most `limit` are shown."""
    return max(1, -(-count // limit))
