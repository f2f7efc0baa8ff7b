"""The order of rows in an epoch, and its cut into batches: one rule for loader, Trainer and script."""

from collections.abc import Iterator

import numpy as np

from chainrule.data import streams
from chainrule.data.arrays import Ints, whole


def epoch_order(n: int, seed: int, epoch: int) -> Ints:
    """The order in which epoch `epoch` reads `n` rows: a stable argsort of `n` raw 64-bit Philox words.

    The words depend on (seed, epoch) alone, so that any epoch can be asked for without those before it.

    Args:
        n: rows, at least 0.
        seed: whole number, at least 0.
        epoch: counted from 0.

    Returns:
        (n,) int64, each row number once.

    Raises:
        ArgumentError: for a negative or fractional number.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.epoch_order(5, seed=0, epoch=0)
        array([3, 2, 4, 1, 0])

    Source:
        Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011 (Philox4x64).
    """
    rows = whole(n, "epoch_order, argument n", least=0)
    return np.argsort(streams.words(rows, seed, streams.ORDER, epoch), kind="stable").astype(np.int64, copy=False)


def batches(
    n: int, batch_size: int, order: Ints | None = None, *, drop_last: bool = False, join_single: bool = False
) -> Iterator[Ints]:
    """The row numbers of each batch of one epoch.

    A batch that holds all rows is not shuffled. The last short batch is kept unless it is asked away.

    Args:
        n: rows, at least 0.
        batch_size: rows a batch, at least 1; more than `n` means all.
        order: (n,) the order of the rows, as from `epoch_order`; default as they are.
        drop_last: leave out a last batch that is shorter than the others.
        join_single: let a last batch of one row join the one before it (a batch norm cannot learn from one row).

    Returns:
        An iterator of (rows,) int64.

    Raises:
        ArgumentError: for a batch size below 1.

    Example:
        >>> import chainrule.data
        >>> [rows.tolist() for rows in chainrule.data.batches(5, 2)]
        [[0, 1], [2, 3], [4]]
    """
    rows = whole(n, "batches, argument n", least=0)
    size = whole(batch_size, "batches, argument batch_size", least=1)
    if order is None or size >= rows:
        order = np.arange(rows, dtype=np.int64)
    starts = list(range(0, rows, size))
    if starts and drop_last and rows - starts[-1] < size:
        starts.pop()
        rows = len(starts) * size
    elif join_single and size > 1 and len(starts) > 1 and rows - starts[-1] == 1:
        starts.pop()
    stops = [*starts[1:], rows]
    return (order[start:stop] for start, stop in zip(starts, stops, strict=False))  # no rows: one stop, no start
