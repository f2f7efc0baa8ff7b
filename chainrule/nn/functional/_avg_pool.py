"""Average pooling: the mean of every window."""

from typing import Any

from chainrule.errors import ArgumentError
from chainrule.nn.functional._images import (
    NONE,
    Pair,
    Sides,
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
from chainrule.tensors.creation import ones
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor

_STEP = (1, 1)


def avg_pool1d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of every window of a sequence.

    y[n, c, t] = Σ_k x[n, c, t · stride + k - padding] / K

    Args:
        input: (N, C, L), or (C, L).
        kernel_size: places of a window.
        stride: steps from window to window; default `kernel_size`.
        padding: zeros put at both ends, at most half of a window.
        ceil_mode: True keeps a last window that reaches beyond the end; what lies beyond is not counted.
        count_include_pad: False leaves the zeros of `padding` out of the mean.

    Returns:
        Tensor: (N, C, T).

    Raises:
        ArgumentError: for sizes below 1, or too much padding.
        ShapeError: when a window is longer than the padded input.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.avg_pool1d(cr.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2)
        tensor([[[2., 1.]]])
    """
    return _pooled("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:
    """The mean of every window of an image.

    y[n, c, i, j] = Σ_{k, l} x[n, c, i · stride + k - padding, …] / (KH · KW)

    Args:
        input: (N, C, H, W), or (C, H, W).
        kernel_size: rows and columns of a window; one number or (rows, columns), and so for the others.
        stride: steps from window to window; default `kernel_size`.
        padding: rows and columns of zeros put at each side, at most half of a window.
        ceil_mode: True keeps last windows that reach beyond the image; what lies beyond is not counted.
        count_include_pad: False leaves the zeros of `padding` out of the mean.
        divisor_override: divide every sum by this number instead.

    Returns:
        Tensor: (N, C, OH, OW).

    Raises:
        ArgumentError: for sizes below 1, or too much padding.
        ShapeError: when a window is larger than the padded image.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.avg_pool2d(cr.tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), 2)
        tensor([[[[1.5]]]])

    Source:
        Y. LeCun et al., Gradient-based learning applied to document recognition (1998), section II.
    """
    return _pooled(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _pooled(
    where: str, rank: int, input: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool,
    count_include_pad: bool, divisor: int | None,
) -> Tensor:
    x, single = batched(input, rank, where)
    kernel = pair(kernel_size, rank, "kernel_size", where)
    if divisor is not None and divisor == 0:
        raise ArgumentError("images.divisor", f"{where}, argument divisor_override", got=divisor)
    y = _avg_pool(
        floating(x), kernel=kernel, stride=kernel if stride is None else pair(stride, rank, "stride", where),
        padding=pair(padding, rank, "padding", where, least=0), ceil_mode=bool(ceil_mode),
        counted=bool(count_include_pad), divisor=divisor,
    )
    return y.squeeze(0) if single else y  # type: ignore[no-any-return]  # a region gives what its function gives


def _counts(size: Pair, sides: Sides, kernel: Pair, stride: Pair, padding: Pair, counted: bool) -> Any:
    """How many numbers each window holds: one number for all of them, or (OH, OW, 1)."""
    inner: Sides = ((padding[0], padding[0]), (padding[1], padding[1]))
    if sides == NONE or (counted and sides == inner):
        return kernel[0] * kernel[1]
    there = ones(1, *size, 1, dtype="float64")
    if counted:
        there = padded(there, inner, 1.0)
        sides = tuple((0, after - before) for before, after in sides)  # type: ignore[assignment]  # two of them
    return taps(padded(there, sides), kernel, stride, _STEP).sum(0).squeeze(0)


@region("avg_pool")
def _avg_pool(
    x: Tensor, *, kernel: Pair, stride: Pair, padding: Pair, ceil_mode: bool, counted: bool, divisor: int | None
) -> tuple[Tensor, ...]:
    if any(2 * pad > span for pad, span in zip(padding, kernel, strict=True)):
        raise ArgumentError("images.pool_padding", "avg_pool, argument padding", got=padding, span=kernel)
    height, width = as_image(x).shape[2:]
    sides = filled_sides((height, width), kernel, stride, padding, _STEP, ceil_mode)
    refuse_window("avg_pool", (height, width), sides, kernel, _STEP)
    total = taps(padded(rows_of(x), sides), kernel, stride, _STEP).sum(0)  # (N, OH, OW, C)
    count = divisor if divisor is not None else _counts((height, width), sides, kernel, stride, padding, counted)
    if not isinstance(count, Tensor):
        return (like(total / float(count), x),)
    count = count.to(x.dtype)
    return like(total / count, x), count


@_avg_pool.derivative
def _(
    d: Tensor, x: Tensor, y: Tensor, *counts: Tensor,
    kernel: Pair, stride: Pair, padding: Pair, ceil_mode: bool, counted: bool, divisor: int | None,
) -> tuple[Tensor]:
    n, channels, height, width = as_image(x).shape
    sides = filled_sides((height, width), kernel, stride, padding, _STEP, ceil_mode)
    share = rows_of(d) / (counts[0] if counts else float(divisor or kernel[0] * kernel[1]))  # (N, OH, OW, C)
    shares = share.unsqueeze(0).expand((kernel[0] * kernel[1], *share.shape))
    return (like(folded(shares, (n, height, width, channels), sides, kernel, stride, _STEP), x),)
