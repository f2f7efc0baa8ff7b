"""Average pooling to a wanted size: a mean along rows and a mean along columns, as two small matrices."""

from typing import Any

from chainrule.nn.functional._images import Pair, as_image, batched, like, rows_of, sizes
from chainrule.tape.region import region
from chainrule.tensors.creation import arange
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Tensor:
    """Means of `output_size` windows that cover a sequence evenly.

    y[n, c, t] = mean of x[n, c, ⌊t L / T⌋ … ⌈(t + 1) L / T⌉ - 1]

    Args:
        input: (N, C, L), or (C, L).
        output_size: T, the wanted length; None keeps L.

    Returns:
        Tensor: (N, C, T).

    Raises:
        ArgumentError: for a size below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.adaptive_avg_pool1d(cr.tensor([[[1.0, 3.0, 5.0]]]), 2)
        tensor([[[2., 4.]]])
    """
    x, single = batched(input, 1, "adaptive_avg_pool1d")
    wanted = _wanted(output_size, x.shape[2:], "adaptive_avg_pool1d")
    y = _adaptive_avg_pool(floating(x), size=(1, wanted[0]))
    return y.squeeze(0) if single else y  # type: ignore[no-any-return]  # a region gives what its function gives


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Tensor:
    """Means of windows that cover an image evenly, as many as are wanted.

    y[n, c, i, j] = mean of x[n, c, ⌊i H / OH⌋ … ⌈(i + 1) H / OH⌉ - 1, …]

    Args:
        input: (N, C, H, W), or (C, H, W).
        output_size: (OH, OW), or one number for both; None in the place of either keeps that size.

    Returns:
        Tensor: (N, C, OH, OW).

    Raises:
        ArgumentError: for a size below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.adaptive_avg_pool2d(cr.tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), 1)
        tensor([[[[1.5]]]])

    Source:
        M. Lin et al., Network in network (2013), section 3.2, where one window covers all.
    """
    x, single = batched(input, 2, "adaptive_avg_pool2d")
    height, width = _wanted(output_size, x.shape[2:], "adaptive_avg_pool2d")
    y = _adaptive_avg_pool(floating(x), size=(height, width))
    return y.squeeze(0) if single else y  # type: ignore[no-any-return]  # a region gives what its function gives


def _wanted(output_size: Any, size: tuple[int, ...], where: str) -> tuple[int, ...]:
    several = output_size if isinstance(output_size, tuple | list) else (output_size,) * len(size)
    if len(several) == len(size):
        several = tuple(own if asked is None else asked for asked, own in zip(several, size, strict=True))
    return sizes(several, len(size), "output_size", where)


def _means(size: int, count: int, like_x: Tensor) -> Tensor:
    """(count, size): row i holds the shares of the numbers that window i is the mean of."""
    places, windows = arange(size), arange(count).unsqueeze(1)
    inside: Tensor = ((places + 1) * count > windows * size) & (places * count < (windows + 1) * size)
    return inside.to(like_x.dtype) / inside.sum(1, keepdim=True).to(like_x.dtype)


@region("adaptive_avg_pool")
def _adaptive_avg_pool(x: Tensor, *, size: Pair) -> tuple[Tensor, Tensor, Tensor]:
    n, channels, height, width = as_image(x).shape
    down, right = _means(height, size[0], x), _means(width, size[1], x)
    rows = down @ rows_of(x).reshape((n, height, width * channels))  # (N, OH, W·C)
    y = right @ rows.reshape((n * size[0], width, channels))  # (N·OH, OW, C)
    return like(y.reshape((n, *size, channels)), x), down, right


@_adaptive_avg_pool.derivative
def _(d: Tensor, x: Tensor, y: Tensor, down: Tensor, right: Tensor, *, size: Pair) -> tuple[Tensor]:
    n, channels, height, width = as_image(x).shape
    if size == (1, 1):  # every number has the same share
        share = rows_of(d) / float(height * width)
        return (like(share.expand((n, height, width, channels)), x),)
    rows = right.mT @ rows_of(d).reshape((n * size[0], size[1], channels))  # (N·OH, W, C)
    dx = down.mT @ rows.reshape((n, size[0], width * channels))  # (N, H, W·C)
    return (like(dx.reshape((n, height, width, channels)), x),)
