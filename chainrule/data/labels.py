"""Class numbers as rows of zeros with a single one."""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Ints, all_finite, numbers, whole
from chainrule.errors import DataError, ShapeError


def one_hot(y: object, classes: int | None = None) -> NDArray[np.float64]:
    """Class numbers as rows: 1 in the column of the class, 0 elsewhere.

    Args:
        y: (n,) or (n, 1) class numbers from 0.
        classes: how many columns, above every number; default one more than the largest number.

    Returns:
        (n, classes) float64.

    Raises:
        DataError: for numbers that are not whole, below 0, or not below `classes`.
        ShapeError: for another shape.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.one_hot([2, 0]).tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    found = class_numbers(y, "one_hot, argument y")
    if classes is None:
        count = int(found.max()) + 1 if found.size else 1
    else:
        count = whole(classes, "one_hot, argument classes", least=1)
    if found.size and found.max() >= count:
        raise DataError("data.class_numbers", "one_hot, argument y", got=found.max(), most=count - 1)
    rows = np.zeros((len(found), count))
    rows[np.arange(len(found)), found] = 1.0
    return rows


def class_numbers(y: object, where: str) -> Ints:
    """(n,) or (n, 1) whole numbers from 0, of any numeric type, as (n,) int64.

    Raises:
        ShapeError: for another shape.
        DataError: for numbers that are not finite, not whole, or below 0.
    """
    found = numbers(y, where)
    if found.ndim == 0 or found.shape != (len(found), *(1,) * (found.ndim - 1)) or found.ndim > 2:
        raise ShapeError("data.one_column", where, got=found.shape)
    all_finite(found, where)
    flat = found.reshape(-1)
    wrong = (flat < 0) | (flat != np.floor(flat)) if flat.dtype.kind == "f" else flat < 0
    if wrong.any():
        raise DataError("data.not_class", where, got=flat[wrong][0], place=int(np.flatnonzero(wrong)[0]))
    return flat.astype(np.int64)
