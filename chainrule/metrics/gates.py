"""What a metric may be given: labels, scores, amounts and weights, checked once."""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array, all_finite, array, numbers, same_rows
from chainrule.errors import DataError, ShapeError

Doubles = NDArray[np.float64]


def labels(value: object, where: str) -> Array:
    """(n,) classes as numbers or words, or (n, k) rows of 0 and 1 that say which of k labels a row bears.

    Raises:
        ShapeError: for another shape.
        DataError: for numbers that are not whole, or rows of other numbers than 0 and 1.
    """
    found = array(value, where)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found.reshape(-1)
    if found.ndim not in (1, 2):
        raise ShapeError("metrics.label_shape", where, got=found.shape)
    if not len(found):
        raise DataError("metrics.empty", where)
    all_finite(found, where)
    if found.dtype.kind == "f" and (found != np.floor(found)).any():
        raise DataError("metrics.not_labels", where, got=found[found != np.floor(found)][0])
    if found.ndim == 2 and (found.dtype.kind in "US" or not np.isin(found, (0, 1)).all()):
        raise DataError("metrics.not_indicators", where, got=found[~np.isin(found, (0, 1))][0])
    return found


def label_pair(y_true: object, y_pred: object, name: str) -> tuple[Array, Array]:
    """True and predicted labels of one shape and one kind.

    Raises:
        ShapeError: when their shapes differ.
        DataError: for words on one side and numbers on the other.
    """
    true, predicted = labels(y_true, f"{name}, argument y_true"), labels(y_pred, f"{name}, argument y_pred")
    if true.shape != predicted.shape:
        raise ShapeError("metrics.shapes_differ", name, first=true.shape, second=predicted.shape)
    if (true.dtype.kind in "US") != (predicted.dtype.kind in "US"):
        raise DataError("metrics.words_and_numbers", name, first=true.dtype, second=predicted.dtype)
    return true, predicted


def numbered(name: str, known: object, *found: Array) -> tuple[Array, list[NDArray[np.int64]]]:
    """The different labels in rising order, or those that are `known`, and each array as numbers of them.

    A label that is not known becomes -1.
    """
    every = np.concatenate(found) if known is None else labels(known, f"{name}, argument labels")
    different, first = np.unique(every, return_index=True)
    if known is not None:
        if len(different) != len(every):
            raise DataError("metrics.labels_twice", f"{name}, argument labels", got=list(every))
        if (every.dtype.kind in "US") != (found[0].dtype.kind in "US"):
            raise DataError("metrics.words_and_numbers", name, first=every.dtype, second=found[0].dtype)
    places = []
    for part in found:
        at = np.clip(np.searchsorted(different, part), 0, len(different) - 1)
        places.append(np.where(different[at] == part, at if known is None else first[at], -1).astype(np.int64))
    return (different if known is None else every), places


def weights(value: object, rows: int, where: str, *, some: bool = True) -> Doubles:
    """(n,) weights, all 1 where none are given.

    Raises:
        ShapeError: unless there is one a row.
        DataError: for weights below 0 or not finite, and, with `some`, when all are 0.
    """
    if value is None:
        return np.ones(rows)
    found = numbers(value, where).astype(np.float64)
    if found.shape == (rows, 1):
        found = found.reshape(-1)
    if found.shape != (rows,):
        raise ShapeError("metrics.weight_shape", where, got=found.shape, rows=rows)
    all_finite(found, where)
    if (found < 0).any():
        raise DataError("metrics.weight_negative", where, got=found.min())
    if some and not found.any():
        raise DataError("metrics.weight_zero", where)
    return found


def amounts(y_true: object, y_pred: object, name: str) -> tuple[Doubles, Doubles]:
    """True and predicted numbers as (n, outputs) float64; (n,) and (n, 1) are the same.

    Raises:
        ShapeError: when their shapes differ, or are no columns.
        DataError: for no rows, NaN or infinity.
    """
    columns = []
    for value, argument in ((y_true, "y_true"), (y_pred, "y_pred")):
        where = f"{name}, argument {argument}"
        found = numbers(value, where).astype(np.float64)
        if found.ndim not in (1, 2) or (found.ndim == 2 and not found.shape[1]):
            raise ShapeError("metrics.amount_shape", where, got=found.shape)
        if not len(found):
            raise DataError("metrics.empty", where)
        all_finite(found, where)
        columns.append(found.reshape(len(found), -1))
    true, predicted = columns
    if true.shape != predicted.shape:
        raise ShapeError("metrics.shapes_differ", name, first=true.shape, second=predicted.shape)
    return true, predicted


def scores(y_score: object, true: Array, name: str, argument: str) -> Doubles:
    """(n,) scores or probabilities of the higher class, or (n, classes) of each; (n, 1) becomes (n,).

    Raises:
        ShapeError: when rows differ, or for more than two axes.
        DataError: for NaN or infinity.
    """
    where = f"{name}, argument {argument}"
    found = numbers(y_score, where).astype(np.float64)
    if found.ndim not in (1, 2):
        raise ShapeError("metrics.score_shape", where, got=found.shape)
    same_rows(true, found, name)
    all_finite(found, where)
    return found.reshape(-1) if found.ndim == 2 and found.shape[1] == 1 else found
