"""Rows of a table, picked by number."""

import numpy as np

from chainrule.errors import ArgumentError, DtypeError
from chainrule.tape.mode import mode
from chainrule.tape.region import region
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.tensor import Tensor

_ROWS = (("array", 0),)  # an index array along axis 0


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """Rows of a table.

    y = W[i]; a row that is picked several times gets the sum of the gradients

    Args:
        input: whole numbers 0 … K - 1, of any shape.
        weight: the table, (K, D).
        padding_idx: a row that gets no gradient; default none.

    Returns:
        Tensor: (*shape of `input`, D).

    Raises:
        DtypeError: for numbers that are not whole.
        ArgumentError: for numbers outside the table.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.embedding(cr.tensor([1, 1]), cr.tensor([[0.0, 0.0], [3.0, 4.0]]))
        tensor([[3., 4.],
                [3., 4.]])
    """
    index = as_tensor(input)
    if index.dtype.kind not in "iu":
        raise DtypeError("layers.index_dtype", "embedding", dtype=index.dtype)
    if mode.recorder is None:
        _check_range(np.asarray(index._array), weight.shape[0])
    row = padding_idx if padding_idx is None or padding_idx >= 0 else padding_idx + weight.shape[0]
    return _embedding(weight, index, padding=row)  # type: ignore[no-any-return]  # a region gives what its function gives


def _check_range(index: "np.ndarray[tuple[int, ...], np.dtype[np.integer]]", count: int) -> None:
    # Seen without sign a negative number is huge: one maximum finds both kinds of strays.
    if index.size and int(index.astype(np.uint64).max()) >= count:
        raise ArgumentError("layers.index_range", "embedding", low=int(index.min()), high=int(index.max()), count=count)


@region("embedding")
def _embedding(weight: Tensor, index: Tensor, *, padding: int | None) -> Tensor:
    return weight.take(_ROWS, index)


@_embedding.derivative
def _(d: Tensor, weight: Tensor, index: Tensor, y: Tensor, *, padding: int | None) -> tuple[Tensor, None]:
    if padding is not None:
        d = d * (index != padding).unsqueeze(-1)
    return d.index_sum(weight.shape, _ROWS, index), None
