"""Parting rows into those to learn from and those to be judged by: one split, or k folds; stratified for classes."""

from collections.abc import Iterator

import numpy as np

from chainrule.data import streams
from chainrule.data.arrays import Array, Ints, array, real, same_rows, whole
from chainrule.data.samples import Samples, is_classes
from chainrule.errors import ArgumentError, DataError, DtypeError, ShapeError


def split(
    X: object,
    y: object = None,
    test: float = 0.2,
    *,
    train: float | None = None,
    seed: int = 0,
    stratify: bool | None = None,
    shuffle: bool = True,
) -> tuple[Samples, Samples]:
    """Part rows into two sets, each of which unpacks as `X, y`.

    Args:
        X: (n, ...) rows; or a pair `(X, y)`, such as `Samples`, whose names are kept.
        y: (n, ...) their targets.
        test: share (between 0 and 1) or number of rows of the second set; a share is rounded up.
        train: share or number of rows of the first set; default all the others.
        seed: whole number, at least 0.
        stratify: give each class the same share in both sets, exact to rounding; default for targets that are classes.
        shuffle: take rows at random; otherwise the second set is the end of the rows, as for a time series.

    Returns:
        `(train, test)`, each a `Samples`, as new arrays.

    Raises:
        ShapeError: when X and y differ in rows.
        ArgumentError: for sizes that leave a set empty, or do not fit together.
        DataError: for stratifying by targets that are no classes.

    Example:
        >>> import chainrule.data
        >>> (X_train, y_train), (X_test, y_test) = chainrule.data.split(*chainrule.data.iris(), test=0.2)
        >>> X_train.shape, X_test.shape
        ((120, 4), (30, 4))
    """
    samples = _samples("split", X, y)
    labels = _labels("split", samples.y, stratify, shuffle)
    first, second = split_rows(len(samples.X), test, train=train, seed=seed, labels=labels, shuffle=shuffle)
    return samples.rows(first), samples.rows(second)


def split_rows(
    n: int,
    test: float = 0.2,
    *,
    train: float | None = None,
    seed: int = 0,
    labels: Array | None = None,
    shuffle: bool = True,
) -> tuple[Ints, Ints]:
    """The row numbers of `split`.

    Args:
        n: rows, at least 2.
        test: share or number of rows of the second set.
        train: share or number of rows of the first set; default all the others.
        seed: whole number, at least 0.
        labels: (n,) classes to stratify by; default none.
        shuffle: take rows at random; otherwise in order.

    Returns:
        `(train, test)`: two int64 arrays without a row in common, in random order when shuffled.

    Raises:
        ArgumentError: for sizes that leave a set empty, or do not fit together.
        ShapeError: for labels that are not one a row.

    Example:
        >>> import chainrule.data
        >>> train, test = chainrule.data.split_rows(10, test=3, seed=1)
        >>> len(train), len(test)
        (7, 3)
    """
    rows = whole(n, "split, rows", least=2)
    second = _size(test, rows, "test", up=True)
    first = rows - second if train is None else _size(train, rows, "train", up=False)
    if first < 1 or second < 1 or first + second > rows:
        raise ArgumentError("data.split_sizes", "split", train=first, test=second, rows=rows)
    if not shuffle:
        return np.arange(first), np.arange(rows - second, rows)
    order = _random_order(rows, seed)
    if labels is None:
        return order[second : second + first], order[:second]
    groups = _groups(labels, rows)[order]
    taken = _pick(order, groups, second, keep_one=True)
    rest, groups = order[~taken], groups[~taken]
    kept = _pick(rest, groups, first, keep_one=False) if first < len(rest) else np.ones(len(rest), bool)
    return rest[kept], order[taken]


def k_fold(
    X: object,
    y: object = None,
    k: int = 5,
    *,
    seed: int = 0,
    stratify: bool | None = None,
    shuffle: bool = True,
) -> Iterator[tuple[Samples, Samples]]:
    """Part rows into k folds; each is once the set to be judged by, while the others are learnt from.

    Args:
        X: (n, ...) rows; or a pair `(X, y)`, such as `Samples`, whose names are kept.
        y: (n, ...) their targets.
        k: folds, from 2 to n.
        seed: whole number, at least 0.
        stratify: give each class the same share in every fold, exact to rounding; default for targets that are classes.
        shuffle: deal the rows at random; otherwise folds are stretches of the rows in order.

    Returns:
        An iterator of k pairs `(train, test)`, each a `Samples`.

    Raises:
        ShapeError: when X and y differ in rows.
        ArgumentError: for fewer than 2 folds or more than rows.
        DataError: for stratifying by targets that are no classes.

    Example:
        >>> import chainrule.data
        >>> [len(test.y) for train, test in chainrule.data.k_fold(*chainrule.data.iris(), k=4)]
        [38, 38, 37, 37]
    """
    samples = _samples("k_fold", X, y)
    labels = _labels("k_fold", samples.y, stratify, shuffle)
    folds = fold_rows(len(samples.X), k, seed=seed, labels=labels, shuffle=shuffle)
    return ((samples.rows(first), samples.rows(second)) for first, second in folds)


def fold_rows(
    n: int, k: int = 5, *, seed: int = 0, labels: Array | None = None, shuffle: bool = True
) -> list[tuple[Ints, Ints]]:
    """The row numbers of `k_fold`.

    Args:
        n: rows, at least 2.
        k: folds, from 2 to n.
        seed: whole number, at least 0.
        labels: (n,) classes to stratify by; default none.
        shuffle: deal the rows at random; otherwise in order.

    Returns:
        k pairs `(train, test)` of int64 arrays in rising order; every row is in one `test`.

    Raises:
        ArgumentError: for fewer than 2 folds or more than rows.
        ShapeError: for labels that are not one a row.

    Example:
        >>> import chainrule.data
        >>> [test.tolist() for train, test in chainrule.data.fold_rows(5, 2, shuffle=False)]
        [[0, 1, 2], [3, 4]]
    """
    rows = whole(n, "k_fold, rows", least=2)
    folds = whole(k, "k_fold, argument k", least=2, most=rows)
    dealt = np.empty(rows, np.int64)  # the fold of each row
    if shuffle:
        order = _random_order(rows, seed)
        if labels is not None:
            order = order[np.argsort(_groups(labels, rows)[order], kind="stable")]
        dealt[order] = np.arange(rows) % folds
    else:
        sizes = np.full(folds, rows // folds) + (np.arange(folds) < rows % folds)
        dealt[:] = np.repeat(np.arange(folds), sizes)
    return [(np.flatnonzero(dealt != fold), np.flatnonzero(dealt == fold)) for fold in range(folds)]


def _samples(name: str, X: object, y: object) -> Samples:
    if y is None:
        if not isinstance(X, tuple) or len(X) != 2:
            raise DtypeError("data.pair", f"{name}, argument X", got=type(X).__name__)
        if isinstance(X, Samples):
            return X
        X, y = X
    rows, targets = array(X, f"{name}, argument X"), array(y, f"{name}, argument y")
    same_rows(rows, targets, name)
    return Samples(rows, targets, kind="classes" if is_classes(targets) else "numbers")


def _labels(name: str, targets: Array, stratify: bool | None, shuffle: bool) -> Array | None:
    one_column = targets.size == len(targets)
    wanted = (shuffle and one_column and is_classes(targets)) if stratify is None else stratify
    if not wanted:
        return None
    if not shuffle:
        raise ArgumentError("data.stratify_order", f"{name}, argument stratify")
    if not one_column or not (is_classes(targets) or (targets == np.floor(targets)).all()):
        raise DataError("data.stratify_numbers", f"{name}, argument y", shape=targets.shape, dtype=targets.dtype)
    return targets.reshape(-1)


def _random_order(n: int, seed: int) -> Ints:
    return np.argsort(streams.words(n, seed, streams.SPLIT), kind="stable")


def _size(value: float, rows: int, name: str, *, up: bool) -> int:
    where = f"split, argument {name}"
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return whole(value, where, least=1)
    share = real(value, where, least=0, most=1)
    exact = round(share * rows, 9)  # 0.1 · 30 is 3.0000000000000004
    return int(np.ceil(exact) if up else np.floor(exact))


def _groups(labels: Array, rows: int) -> Ints:
    found = array(labels, "split, argument labels")
    if found.shape != (rows,):
        raise ShapeError("data.labels_shape", "split, argument labels", got=found.shape, rows=rows)
    numbers: Ints = np.unique(found, return_inverse=True)[1]
    return numbers


def _pick(order: Ints, groups: Ints, wanted: int, *, keep_one: bool) -> Array:
    """Which places of `order` to take, so that each group gives its share of `wanted`, exact to rounding."""
    counts = np.bincount(groups)
    quota = counts * wanted / len(order)
    room = np.maximum(counts - 1, 0) if keep_one and (counts > 0).sum() <= len(order) - wanted else counts
    take = np.minimum(np.floor(quota).astype(np.int64), room)
    while (missing := wanted - take.sum()) > 0:  # the largest remainders first
        ranked = np.argsort(take - quota, kind="stable")
        take[ranked[take[ranked] < room[ranked]][:missing]] += 1
    by_group = np.argsort(groups, kind="stable")
    starts = np.cumsum(counts) - counts
    taken = np.zeros(len(order), bool)
    taken[by_group] = np.arange(len(order)) - starts[groups[by_group]] < take[groups[by_group]]
    return taken
