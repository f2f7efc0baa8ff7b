"""Whether targets have anything to do with their rows: a test by shuffling the targets."""

import numpy as np
from numpy.typing import NDArray

from chainrule.data import streams
from chainrule.data.arrays import Array, array, features, same_rows, whole
from chainrule.data.labels import one_hot
from chainrule.data.samples import is_classes
from chainrule.errors import DataError

LEAST = 20
MOST = 1000


def permutation_test(X: object, y: object, *, permutations: int = 199, seed: int = 0) -> float:
    """The share of shuffled targets that fit the rows as well as the true ones do.

    Fit is measured twice: how alike the targets of nearest neighbours are (standardised columns), and the largest
    correlation of a column with the targets. p = min(1, 2 min(p1, p2)), each p = (1 + shuffles as good) /
    (1 + shuffles). Near 0: targets belong to their rows. Large: they cannot be told from shuffled ones.

    Args:
        X: (n, ...) rows of finite numbers, at least 20; of more than 1,000 a random 1,000 are used.
        y: (n, 1) or (n,) classes, or (n, outputs) numbers.
        permutations: shuffles, at least 1.
        seed: whole number, at least 0.

    Returns:
        p, from 2 / (1 + permutations) to 1.

    Raises:
        DataError: for fewer than 20 rows, NaN or infinity.
        ShapeError: when X and y differ in rows.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.moons(200)
        >>> chainrule.data.permutation_test(X, y)
        0.01

    Source:
        Ojala and Garriga, "Permutation tests for studying classifier performance", 2010, test 1.
    """
    where = "permutation_test"
    rows, targets = features(X, f"{where}, argument X"), array(y, f"{where}, argument y")
    n = same_rows(rows, targets, where)
    if n < LEAST:
        raise DataError("data.few_rows", f"{where}, argument X", got=n, least=LEAST)
    shuffles = whole(permutations, f"{where}, argument permutations", least=1)
    stream = streams.generator(seed, streams.CHECKS)
    if n > MOST:
        chosen = np.sort(stream.permutation(n)[:MOST])
        rows, targets = rows[chosen], targets[chosen]
    table, wanted = _standard(rows.reshape(len(rows), -1)), _columns(targets)
    orders = [np.arange(len(table)), *(stream.permutation(len(table)) for _ in range(shuffles))]
    neighbour = _nearest(table)
    alike = np.array([-((wanted[order][neighbour] - wanted[order]) ** 2).sum() for order in orders])
    correlated = np.array([np.abs(table.T @ wanted[order]).max() for order in orders])
    shares = [np.mean(fit >= fit[0] - 1e-9 * abs(fit[0])) for fit in (alike, correlated)]
    return float(min(1.0, 2 * min(shares)))


def _standard(table: NDArray[np.floating]) -> NDArray[np.float64]:
    centred = table.astype(np.float64) - table.mean(axis=0, dtype=np.float64)
    deviation = np.sqrt((centred**2).mean(axis=0))
    scaled: NDArray[np.float64] = centred / np.where(deviation == 0, 1.0, deviation)
    return scaled


def _columns(targets: Array) -> NDArray[np.float64]:
    """Targets as standardised columns: one a class, or one an output."""
    if is_classes(targets) and targets.size == len(targets):
        return _standard(one_hot(np.unique(targets.reshape(-1), return_inverse=True)[1]))
    return _standard(targets.reshape(len(targets), -1))


def _nearest(table: NDArray[np.float64]) -> NDArray[np.int64]:
    squares = (table**2).sum(axis=1)
    distance = squares[:, None] + squares - 2 * (table @ table.T)
    np.fill_diagonal(distance, np.inf)
    nearest: NDArray[np.int64] = distance.argmin(axis=1)
    return nearest
