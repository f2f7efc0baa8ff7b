"""The transposed convolution: every number of the image lays down the whole filter, and what overlaps is added."""

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
from chainrule.nn.functional._images import Pair, Sides, batched, folded, like, pair, rows_of
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor


def conv_transpose2d(
    input: Any, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:
    """Lay filters down on a larger image: the gradient of `conv2d` by its input, used as a layer.

    z[n, o, i · stride + k · dilation - padding, …] += Σ_c weight[c, o, k, l] x[n, c, i, j]

    Args:
        input: (N, C, H, W), or (C, H, W).
        weight: (C, outputs / groups, KH, KW).
        bias: (outputs,) or None.
        stride: steps from filter to filter in the result, at least 1; one number or (down, right).
        padding: rows and columns cut off at each side of the result.
        output_padding: rows and columns put on at the bottom and on the right; below `stride`.
        groups: so many parts of the channels are filtered apart.
        dilation: steps from place to place of a filter, at least 1.

    Returns:
        Tensor: (N, outputs, OH, OW), OH = (H - 1) stride - 2 padding + dilation (KH - 1) + output_padding + 1.

    Raises:
        ShapeError: when channels do not fit the weights, or nothing is left of the result.
        ArgumentError: for sizes below 1, or an `output_padding` that reaches `stride`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.conv_transpose2d(cr.tensor([[[[1.0, 2.0]]]]), cr.ones(1, 1, 1, 2), stride=(1, 2))
        tensor([[[[1., 1., 2., 2.]]]])

    Source:
        M. Zeiler et al., Deconvolutional networks (2010).
    """
    where = "conv_transpose2d"
    x, single = batched(input, 2, where)
    if weight.ndim != 4:
        raise ShapeError("images.weight", f"{where}, argument weight", shape=weight.shape, rank=4)
    down, right = pair(padding, 2, "padding", where, least=0)
    z = _conv_transpose(
        x, weight, bias, stride=pair(stride, 2, "stride", where), sides=((down, down), (right, right)),
        extra=pair(output_padding, 2, "output_padding", where, least=0), dilation=pair(dilation, 2, "dilation", where),
        groups=groups,
    )
    return z.squeeze(0) if single else z  # type: ignore[no-any-return]  # a region gives what its function gives


def _result_size(x: Tensor, weight: Tensor, stride: Pair, sides: Sides, extra: Pair, dilation: Pair) -> tuple[int, ...]:
    spans = (reach * (span - 1) + 1 for reach, span in zip(dilation, weight.shape[2:], strict=True))
    return tuple(
        (size - 1) * step + span + more - sum(side)
        for size, step, span, more, side in zip(x.shape[2:], stride, spans, extra, sides, strict=True)
    )


def _refuse(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: Pair, extra: Pair, groups: int, size: tuple[int, ...]
) -> None:
    """Say in words what does not fit; asked once for each combination of shapes."""
    where = "conv_transpose2d, argument"
    inputs, outer = weight.shape[:2]
    if not isinstance(groups, int) or groups < 1 or inputs % groups:
        raise ArgumentError("images.groups", f"{where} groups", groups=groups, inputs=inputs, outputs=outer * groups)
    if x.shape[1] != inputs:
        raise ShapeError("images.channels", f"{where} input", shape=x.shape, got=x.shape[1], want=inputs)
    if bias is not None and bias.shape != (outer * groups,):
        raise ShapeError("images.bias", f"{where} bias", shape=bias.shape, outputs=outer * groups)
    if any(more >= step for more, step in zip(extra, stride, strict=True)):
        raise ArgumentError("images.output_padding", f"{where} output_padding", got=extra, stride=stride)
    if min(size) < 1:
        raise ShapeError("images.nothing_left", f"{where} padding", size=size)


@region("conv_transpose")
def _conv_transpose(
    x: Tensor, weight: Tensor, bias: Tensor | None, *,
    stride: Pair, sides: Sides, extra: Pair, dilation: Pair, groups: int,
) -> Tensor:
    size = _result_size(x, weight, stride, sides, extra, dilation)
    _refuse(x, weight, bias, stride, extra, groups, size)
    inputs, outer, kh, kw = weight.shape
    n, _, height, width = x.shape
    rows = rows_of(x).reshape((n * height * width, inputs))
    shares = spread(rows, weight.permute((2, 3, 0, 1)), groups)  # (KH·KW, N·H·W, O)
    shares = shares.reshape((kh * kw, n, height, width, outer * groups))
    image = folded(shares, (n, *size, outer * groups), sides, (kh, kw), stride, dilation)
    return like(shifted(image, bias), x)


@_conv_transpose.derivative
def _(
    d: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None, z: Tensor, *,
    stride: Pair, sides: Sides, extra: Pair, dilation: Pair, groups: int,
) -> tuple[Tensor | None, ...]:
    inputs, _, kh, kw = weight.shape
    n, _, height, width = x.shape
    cols = columns(d, (kh, kw), stride, sides, dilation, groups)  # (N·H·W, KH·KW·O)
    dx = joined(cols @ filter_matrix(weight, groups)).reshape((n, height, width, inputs))
    rows = grouped(rows_of(x).reshape((n * height * width, inputs)), groups)
    dW = as_weight(cols.mT @ rows, weight.shape)
    return like(dx, x), dW, None if bias is None else channel_sums(rows_of(d))
