"""Rows put together to a batch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.errors import DtypeError, ShapeError
from chainrule.tensors.creation import from_numpy, tensor
from chainrule.tensors.tensor import Tensor


def default_collate(rows: Sequence[Any]) -> Any:
    """Rows put together to a batch, part by part.

    Tensors, arrays and numbers are stacked; tuples, lists and dictionaries are gone through; words stay a list.

    Args:
        rows: at least one, all built alike.

    Returns:
        A tensor with one more axis in front, or a list or dictionary of them; float64 arrays and Python floats in the
        default dtype.

    Raises:
        ShapeError: for rows of different shapes or lengths.
        DtypeError: for something that cannot be stacked.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.default_collate([([1.0, 2.0], 0), ([3.0, 4.0], 1)])
        [[tensor([1., 3.]), tensor([2., 4.])], tensor([0, 1])]
    """
    first = rows[0]
    if isinstance(first, str | bytes):
        return list(rows)
    if isinstance(first, Mapping):
        return {key: default_collate([row[key] for row in rows]) for key in first}
    if isinstance(first, tuple | list):
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            raise ShapeError("data.rows_unlike", "DataLoader", got=sorted(lengths))
        return [default_collate([row[part] for row in rows]) for part in range(len(first))]
    if not isinstance(first, Tensor | np.ndarray | np.generic | int | float):
        raise DtypeError("data.collate", "DataLoader", got=type(first).__name__)
    arrays = [np.asarray(row) for row in rows]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1:
        raise ShapeError("data.rows_unlike", "DataLoader", got=sorted(shapes))
    stacked = np.stack(arrays)
    return from_numpy(stacked) if isinstance(first, Tensor) else tensor(stacked)
