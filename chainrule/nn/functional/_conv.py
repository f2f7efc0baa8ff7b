"""Convolution as one matrix product: every window of the image a row, every filter a column.

Weights are shown as PyTorch shows them, (outputs, inputs, KH, KW), and lie in memory as (KH, KW, inputs, outputs), so
that the product needs no copy of them; images are shown (N, C, H, W) and lie as (N, H, W, C).
"""

from typing import Any

from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn.functional._filters import (
    as_weight,
    channel_sums,
    columns,
    filter_matrix,
    grouped,
    joined,
    shifted,
    spread,
)
from chainrule.nn.functional._images import (
    NONE,
    Pair,
    Sides,
    as_image,
    batched,
    folded,
    like,
    pair,
    refuse_window,
    rows_of,
)
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor


def conv1d(
    input: Any, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Slide filters over sequences.

    z[n, o, t] = b[o] + Σ_{c, k} weight[o, c, k] x[n, c, t · stride + k · dilation - padding]

    Args:
        input: (N, C, L), or (C, L).
        weight: (outputs, C / groups, K).
        bias: (outputs,) or None.
        stride: steps from window to window, at least 1.
        padding: zeros put at both ends, or `"same"` (as long as the input; stride 1) or `"valid"` (none).
        dilation: steps from place to place of a window, at least 1.
        groups: so many parts of the channels are filtered apart.

    Returns:
        Tensor: (N, outputs, T) with T = (L + 2 padding - dilation (K - 1) - 1) // stride + 1.

    Raises:
        ShapeError: when channels do not fit the weights, or a window is longer than the padded input.
        ArgumentError: for sizes below 1, or an unknown padding.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.conv1d(cr.tensor([[[1.0, 2.0, 4.0]]]), cr.tensor([[[-1.0, 1.0]]]))
        tensor([[[1., 2.]]])
    """
    return _convolved("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Slide filters over images.

    z[n, o, i, j] = b[o] + Σ_{c, k, l} weight[o, c, k, l] x[n, c, i · stride + k · dilation - padding, …]

    Args:
        input: (N, C, H, W), or (C, H, W).
        weight: (outputs, C / groups, KH, KW).
        bias: (outputs,) or None.
        stride: steps from window to window, at least 1; one number or (down, right).
        padding: zeros put at each side, or `"same"` (as large as the input; stride 1) or `"valid"` (none).
        dilation: steps from place to place of a window, at least 1.
        groups: so many parts of the channels are filtered apart.

    Returns:
        Tensor: (N, outputs, OH, OW) with OH = (H + 2 padding - dilation (KH - 1) - 1) // stride + 1.

    Raises:
        ShapeError: when channels do not fit the weights, or a window is larger than the padded image.
        ArgumentError: for sizes below 1, or an unknown padding.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.conv2d(cr.ones(1, 1, 3, 3), cr.ones(1, 1, 2, 2))
        tensor([[[[4., 4.],
                  [4., 4.]]]])
    """
    return _convolved("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def _convolved(
    where: str, rank: int, input: Any, weight: Tensor, bias: Tensor | None,
    stride: Any, padding: Any, dilation: Any, groups: int,
) -> Tensor:
    x, single = batched(input, rank, where)
    if weight.ndim != rank + 2:
        raise ShapeError("images.weight", f"{where}, argument weight", shape=weight.shape, rank=rank + 2)
    strides, dilations = pair(stride, rank, "stride", where), pair(dilation, rank, "dilation", where)
    kernel = pair(weight.shape[2:], rank, "weight", where)
    z = _conv(
        x, weight, bias, stride=strides, sides=padding_sides(padding, rank, kernel, strides, dilations, where),
        dilation=dilations, groups=groups,
    )
    return z.squeeze(0) if single else z  # type: ignore[no-any-return]  # a region gives what its function gives


def padding_sides(padding: Any, rank: int, kernel: Pair, stride: Pair, dilation: Pair, where: str) -> Sides:
    """Zeros to put before and after along each axis; where `"same"` needs an odd number the last side gets one more."""
    if padding == "valid":
        return NONE
    if padding == "same":
        if stride != (1, 1):
            raise ArgumentError("images.same_stride", f"{where}, argument padding", stride=stride)
        down, right = (step * (size - 1) for step, size in zip(dilation, kernel, strict=True))
        return ((down // 2, down - down // 2), (right // 2, right - right // 2))
    if isinstance(padding, str):
        raise ArgumentError("images.padding", f"{where}, argument padding", got=padding)
    down, right = pair(padding, rank, "padding", where, least=0)
    return ((down, down), (right, right))


def _refuse(x: Tensor, weight: Tensor, bias: Tensor | None, sides: Sides, dilation: Pair, groups: int) -> None:
    """Say in words what does not fit; asked once for each combination of shapes."""
    outputs, channels = weight.shape[:2]
    if not isinstance(groups, int) or groups < 1 or outputs % groups:
        where, inputs = "conv, argument groups", channels * groups
        raise ArgumentError("images.groups", where, groups=groups, inputs=inputs, outputs=outputs)
    if x.shape[1] != channels * groups:
        where, want = "conv, argument input", channels * groups
        raise ShapeError("images.channels", where, shape=x.shape, got=x.shape[1], want=want)
    if bias is not None and bias.shape != (outputs,):
        raise ShapeError("images.bias", "conv, argument bias", shape=bias.shape, outputs=outputs)
    kh, kw = as_image(weight).shape[2:]
    refuse_window("conv", as_image(x).shape[2:], sides, (kh, kw), dilation)


@region("conv")
def _conv(
    x: Tensor, weight: Tensor, bias: Tensor | None, *, stride: Pair, sides: Sides, dilation: Pair, groups: int
) -> tuple[Tensor, ...]:
    _refuse(x, weight, bias, sides, dilation, groups)
    outputs, _, *kernel = as_image(weight).shape
    n, _, *image = as_image(x).shape
    oh, ow = (
        (size + sum(side) - reach * (span - 1) - 1) // step + 1
        for size, side, reach, span, step in zip(image, sides, dilation, kernel, stride, strict=True)
    )
    cols = columns(x, (kernel[0], kernel[1]), stride, sides, dilation, groups)
    z = joined(cols @ filter_matrix(as_image(weight), groups))  # (N·OH·OW, O)
    shown = like(shifted(z.reshape((n, oh, ow, outputs)), bias), x)
    # Windows of one place may be a view of the input: then the derivative looks at the input again.
    return (shown, cols) if (*kernel, sides) != (1, 1, NONE) else (shown,)


@_conv.derivative
def _(
    d: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None, z: Tensor, *saved: Tensor,
    stride: Pair, sides: Sides, dilation: Pair, groups: int,
) -> tuple[Tensor | None, ...]:
    outputs, inner, *kernel = as_image(weight).shape
    n, channels, height, width = as_image(x).shape
    kh, kw = kernel
    dz = rows_of(d)  # (N, OH, OW, O)
    _, oh, ow, _ = dz.shape
    cols = saved[0] if saved else columns(x, (kh, kw), stride, sides, dilation, groups)
    rows = grouped(dz.reshape((n * oh * ow, outputs)), groups)
    dW = as_weight(cols.mT @ rows, (outputs, inner, kh, kw))
    # The share of every place of the window, place by place, so that long runs are added up.
    filters = as_image(weight).permute((2, 3, 0, 1))  # (KH, KW, O, C/G)
    shares = spread(dz.reshape((n * oh * ow, outputs)), filters, groups).reshape((kh * kw, n, oh, ow, channels))
    dx = folded(shares, (n, height, width, channels), sides, (kh, kw), stride, dilation)
    return like(dx, x), dW if x.ndim > 3 else dW.squeeze(2), None if bias is None else channel_sums(dz)
