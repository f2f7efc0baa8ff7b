"""Weights of rows and of classes.

A row of weight k counts as the row k times. For L-BFGS and full batches that is what a weighted mean says. Mini-batches
ask for more: how many steps an epoch has, and which rows meet, must not depend on how the same data are written. So
whole weights are spread into that many rows, as long as these are not too many; batches of `batch_size` are then of
that much weight. Weights with a fraction stay weights, of means over batches of rows, as in scikit-learn.
"""

from typing import Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from chainrule.data.arrays import Array
from chainrule.errors import ArgumentError, DataError
from chainrule.sklearn.rows import Rows

MOST = 10  # times as many rows as there were, to which whole weights are spread
FEW = 10_000  # or as many as this


def checked(sample_weight: Any, X: Any, where: str) -> Array | None:
    """(n,) float64 weights, at least one of them above 0.

    Raises:
        DataError: for negative weights.
    """
    if sample_weight is None:
        return None
    weights: Array = _check_sample_weight(sample_weight, X, dtype=np.float64)
    if (weights < 0).any():
        raise DataError("sklearn.negative_weights", where, count=int((weights < 0).sum()), least=weights.min())
    return weights


def spread(rows: Rows) -> Rows:
    """The same rows: none of weight 0, and one of weight k as k rows where all weights are whole."""
    weights = rows.weights
    if weights is None:
        return rows
    total = weights.sum()
    if (weights == np.floor(weights)).all() and total <= max(FEW, MOST * rows.count):
        places = np.repeat(np.arange(rows.count), weights.astype(np.int64))
        return Rows(rows.inputs, rows.targets).take(places)
    return rows.take(np.flatnonzero(weights))


def by_class(class_weight: Any, classes: Array, codes: Array, weights: Array | None, where: str) -> Array | None:
    """The weights of rows with those of their classes.

    Args:
        class_weight: class to weight, `"balanced"` for n / (K n_class) with n counted by weight, or None.
        classes: (K,) the classes.
        codes: (n,) of which class each row is.
        weights: (n,) of the rows, or None.
        where: for errors.

    Raises:
        ArgumentError: for anything else, a class that there is not, or weights below 0.
    """
    if class_weight is None:
        return weights
    each = np.ones(len(codes)) if weights is None else weights
    if isinstance(class_weight, str) and class_weight == "balanced":
        mass = np.bincount(codes, weights=each, minlength=len(classes))
        seen = mass > 0
        factors = np.divide(mass.sum() / seen.sum(), mass, out=np.zeros(len(classes)), where=seen)
    elif isinstance(class_weight, dict):
        known = classes.tolist()
        unknown = [name for name in class_weight if name not in known]
        if unknown or any(not weight >= 0 for weight in class_weight.values()):
            raise ArgumentError("sklearn.class_weight", where, got=class_weight, known=known)
        factors = np.array([float(class_weight.get(name, 1.0)) for name in known])
    else:
        raise ArgumentError("sklearn.class_weight", where, got=repr(class_weight), known=classes.tolist())
    return np.asarray(each * factors[codes])
