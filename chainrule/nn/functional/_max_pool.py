"""Max pooling: of every window the largest number, and on the way back the whole gradient to where it stood."""

from typing import Any

from chainrule.errors import ArgumentError
from chainrule.nn.functional._images import (
    Pair,
    as_image,
    batched,
    filled_sides,
    folded,
    like,
    padded,
    pair,
    refuse_window,
    rows_of,
    taps,
)
from chainrule.tape.region import region
from chainrule.tensors.creation import arange
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor


def max_pool1d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest number of every window of a sequence.

    y[n, c, t] = max_k x[n, c, t · stride + k · dilation - padding]

    Of equal ones the first takes the gradient. A window that holds a NaN gives NaN, and passes no gradient.

    Args:
        input: (N, C, L), or (C, L).
        kernel_size: places of a window.
        stride: steps from window to window; default `kernel_size`.
        padding: places of -inf put at both ends, at most half of a window.
        dilation: steps from place to place of a window.
        ceil_mode: True keeps a last window that reaches beyond the end.
        return_indices: True gives also where along L each maximum stood, int64.

    Returns:
        Tensor: (N, C, T); with `return_indices` a pair of them.

    Raises:
        ArgumentError: for sizes below 1, or too much padding.
        ShapeError: when a window is longer than the padded input.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.max_pool1d(cr.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2)
        tensor([[[3., 2.]]])
    """
    return _pooled("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest number of every window of an image.

    y[n, c, i, j] = max_{k, l} x[n, c, i · stride + k · dilation - padding, …]

    Of equal ones the first takes the gradient. A window that holds a NaN gives NaN, and passes no gradient.

    Args:
        input: (N, C, H, W), or (C, H, W).
        kernel_size: rows and columns of a window; one number or (rows, columns), and so for the others.
        stride: steps from window to window; default `kernel_size`.
        padding: rows and columns of -inf put at each side, at most half of a window.
        dilation: steps from place to place of a window.
        ceil_mode: True keeps last windows that reach beyond the image.
        return_indices: True gives also where each maximum stood, as row · W + column, int64.

    Returns:
        Tensor: (N, C, OH, OW); with `return_indices` a pair of them.

    Raises:
        ArgumentError: for sizes below 1, or too much padding.
        ShapeError: when a window is larger than the padded image.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.max_pool2d(cr.tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), 2)
        tensor([[[[3.]]]])

    Source:
        M. Ranzato et al., Unsupervised learning of invariant feature hierarchies (2007).
    """
    return _pooled("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _pooled(
    where: str, rank: int, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
    return_indices: bool,
) -> Any:
    x, single = batched(input, rank, where)
    kernel = pair(kernel_size, rank, "kernel_size", where)
    window: dict[str, Any] = {
        "kernel": kernel,
        "stride": kernel if stride is None else pair(stride, rank, "stride", where),
        "padding": pair(padding, rank, "padding", where, least=0),
        "dilation": pair(dilation, rank, "dilation", where),
        "ceil_mode": bool(ceil_mode),
    }
    y = _max_pool(floating(x), **window)
    y = y.squeeze(0) if single else y
    if not return_indices:
        return y
    places = _places(floating(x.detach()), **window)
    return y, places.squeeze(0) if single else places


def _seen(x: Tensor, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, ceil_mode: bool) -> Tensor:
    """What stands under every place of the window: (KH·KW, N, OH, OW, C), -inf beyond the image."""
    reach = tuple(step * (span - 1) + 1 for step, span in zip(dilation, kernel, strict=True))
    if any(2 * pad > span for pad, span in zip(padding, reach, strict=True)):
        raise ArgumentError("images.pool_padding", "max_pool, argument padding", got=padding, span=reach)
    size = as_image(x).shape[2:]
    sides = filled_sides(size, kernel, stride, padding, dilation, ceil_mode)
    refuse_window("max_pool", size, sides, kernel, dilation)
    return taps(padded(rows_of(x), sides, float("-inf")), kernel, stride, dilation)


def _countdown(count: int) -> Tensor:
    """count … 1 along the first axis: the largest number is that of the first place."""
    dtype = "int8" if count < 128 else "int16" if count < 32768 else "int32"
    return arange(count, 0, -1).to(dtype).reshape((count, 1, 1, 1, 1))


@region("max_pool")
def _max_pool(
    x: Tensor, *, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, ceil_mode: bool
) -> tuple[Tensor, Tensor]:
    seen = _seen(x, kernel, stride, padding, dilation, ceil_mode)
    y = seen.amax(0)  # (N, OH, OW, C)
    first = ((seen == y) * _countdown(seen.shape[0])).amax(0)
    return like(y, x), first


@_max_pool.derivative
def _(
    d: Tensor, x: Tensor, y: Tensor, first: Tensor, *,
    kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, ceil_mode: bool,
) -> tuple[Tensor]:
    n, channels, height, width = as_image(x).shape
    sides = filled_sides((height, width), kernel, stride, padding, dilation, ceil_mode)
    shares = rows_of(d) * (first == _countdown(kernel[0] * kernel[1]))  # (KH·KW, N, OH, OW, C)
    return (like(folded(shares, (n, height, width, channels), sides, kernel, stride, dilation), x),)


@region("max_pool_places")
def _places(x: Tensor, *, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, ceil_mode: bool) -> Tensor:
    seen = _seen(x, kernel, stride, padding, dilation, ceil_mode)
    count, _, oh, ow, _ = seen.shape
    first = ((seen == seen.amax(0)) * _countdown(count)).amax(0)
    width = x.shape[-1]
    down, right = arange(kernel[0]) * (dilation[0] * width), arange(kernel[1]) * dilation[1]
    inside = (down.unsqueeze(1) + right).reshape((count,))
    top, left = (arange(oh) * stride[0] - padding[0]) * width, arange(ow) * stride[1] - padding[1]
    corner = top.reshape((oh, 1, 1)) + left.reshape((ow, 1))
    return like(corner + inside[count - first.to("int64")], x)
