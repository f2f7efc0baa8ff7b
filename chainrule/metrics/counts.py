"""Precision, recall and F1 from counts, and their averages over classes."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ArgumentError
from chainrule.metrics.gates import Doubles

Average = Literal["binary", "macro", "micro", "weighted"]
Share = Literal["precision", "recall", "f1"]
AVERAGES = ("binary", "macro", "micro", "weighted")


def confusion(true: NDArray[np.int64], predicted: NDArray[np.int64], weights: Doubles, classes: int) -> Doubles:
    """(classes, classes) summed weights: row the true class, column the predicted one; -1 is left out."""
    inside = (true >= 0) & (predicted >= 0)
    place = true[inside] * classes + predicted[inside]
    return np.bincount(place, weights[inside], classes * classes).reshape(classes, classes).astype(np.float64)


def by_class(matrix: Doubles) -> Doubles:
    """(3, classes): `hit`, `predicted` and `actual` of each class, from a confusion matrix."""
    return np.stack((np.diagonal(matrix), matrix.sum(axis=0), matrix.sum(axis=1)))


def share(which: Share, counts: Doubles, average: Average | None, zero_division: float) -> Doubles | float:
    """One of precision, recall and F1 of each class, or its average.

    precision = hit / predicted, recall = hit / actual, F1 = 2 hit / (predicted + actual).

    Args:
        which: which of the three.
        counts: (3, classes) summed weights: `hit`, rows of a class that were predicted as such; `predicted`, all rows
            predicted as this class; `actual`, all rows of this class.
        average: over classes; `"binary"` for the single one given; `None` for each by itself.
        zero_division: what a share of nothing is: 0, 1, or NaN, which averages leave out.
    """
    hit, predicted, actual = counts.sum(axis=1, keepdims=True) if average == "micro" else counts
    above = 2 * hit if which == "f1" else hit
    below = {"precision": predicted, "recall": actual, "f1": predicted + actual}[which]
    each = np.where(below == 0, zero_division, above / np.where(below == 0, 1.0, below))
    if average is None:
        return each
    known = ~np.isnan(each)
    if not known.any():
        return float("nan")
    if average == "weighted" and actual[known].sum() > 0:
        return float(np.average(each[known], weights=actual[known]))
    return float(each[known].mean())


def checked_average(average: object, where: str) -> Average | None:
    """The average by name.

    Raises:
        ArgumentError: for an unknown one.
    """
    if average is not None and average not in AVERAGES:
        raise ArgumentError("metrics.average", where, got=repr(average))
    return average  # type: ignore[return-value]  # just compared


def checked_zero_division(value: object, where: str) -> float:
    """0, 1 or NaN.

    Raises:
        ArgumentError: for anything else.
    """
    if not isinstance(value, int | float) or not (value in (0, 1) or np.isnan(value)):
        raise ArgumentError("metrics.zero_division", where, got=repr(value))
    return float(value)
