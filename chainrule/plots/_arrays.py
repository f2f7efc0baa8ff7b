"""Reads what a user hands to a picture: lists, arrays, tensors, columns of a table."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import DataError, DtypeError, ShapeError
from chainrule.plots._chart import Numbers


def array(values: object) -> NDArray[Any]:
    """The values as an array; tensors give up their numbers without their gradients."""
    source: Any = values
    if hasattr(source, "detach"):
        source = source.detach()
    return np.asarray(source.numpy() if hasattr(source, "numpy") else source)


def numbers(values: object, where: str) -> Numbers:
    """The values as a float64 array of native byte order; the user's own array is never written to."""
    found = array(values)
    if found.dtype.kind not in "fiub":
        raise DtypeError("plots.numbers", where, got=found.dtype)
    return found.astype(np.float64)


def column(values: object, where: str) -> Numbers:
    """One number a row, from (n,) or (n, 1), as (n,)."""
    found = numbers(values, where)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise ShapeError("plots.column", where, got=found.shape)
    return found


def rows_of_features(values: object, where: str) -> Numbers:
    """(n, features), at least one row, all numbers finite."""
    found = numbers(values, where)
    if found.ndim != 2:
        raise ShapeError("plots.rows", where, got=found.shape)
    if not len(found):
        raise DataError("plots.empty", where)
    if not np.isfinite(found).all():
        row, feature = np.argwhere(~np.isfinite(found))[0]
        raise DataError("plots.finite", where, got=found[row, feature], row=row, column=feature)
    return found
