"""Edges around arrays, and class numbers as rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.tape.tracked import wrap
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.tensor import Tensor


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """An edge of one number around the last axes; negative widths cut instead.

    Args:
        input: any shape.
        pad: widths before and after, of the last axis, then of the one before it, ...: (left, right, top, bottom).
        mode: "constant", the only one there is.
        value: the number; default 0.

    Returns:
        Tensor: larger by the widths.

    Raises:
        ArgumentError: for another mode, an odd count of widths, or more than there are axes.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.pad(cr.tensor([1.0, 2.0]), (1, 2))
        tensor([0., 1., 2., 0., 0.])
    """
    if mode != "constant":
        raise ArgumentError("layers.choice", "pad, argument mode", got=repr(mode), known='"constant"')
    x = as_tensor(input)
    if len(pad) % 2 or len(pad) > 2 * x.ndim:
        known = " ".join(str(2 * count) for count in range(1, x.ndim + 1))
        raise ArgumentError("layers.choice", "pad, argument pad, len", got=len(pad), known=known)
    for count in range(len(pad) // 2):
        axis = x.ndim - 1 - count
        widths = pad[2 * count], pad[2 * count + 1]
        if min(widths) < 0:
            start, stop = (max(-width, 0) for width in widths)
            x = x.narrow(axis, start, x.shape[axis] - start - stop)
        before, after = (max(width, 0) for width in widths)
        size = x.shape[axis]
        if before or after:
            items = (*(("slice", None, None, None),) * axis, ("slice", before, before + size, None))
            fill = x.dtype.type(value or 0).item()
            x = x.place((*x.shape[:axis], before + size + after, *x.shape[axis + 1 :]), items, fill)
    return x


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Class numbers as rows of zeros with a single one.

    Args:
        tensor: int64, any shape.
        num_classes: how long the rows are; default one more than the largest number.

    Returns:
        Tensor: int64, (…, num_classes).

    Raises:
        ArgumentError: for numbers below 0, or not below `num_classes`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.one_hot(cr.tensor([2, 0]))
        tensor([[0, 0, 1],
                [1, 0, 0]])
    """
    classes = as_tensor(tensor)
    found = classes.numpy()
    count = int(found.max()) + 1 if num_classes < 0 else num_classes
    if found.size and not (found.min() >= 0 and found.max() < count):
        got, known = f"{found.min()} … {found.max()}", f"0 … {count - 1}"
        raise ArgumentError("layers.choice", "one_hot, argument tensor", got=got, known=known)
    rows: Tensor = classes.unsqueeze(-1) == wrap(np.arange(count))
    return rows.long()
