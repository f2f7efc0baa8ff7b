"""Windows over images stored as (N, H, W, C), and their way back: all that convolution and pooling need."""

from chainrule.errors import ShapeError
from chainrule.ops.layout import c_order, dense_strides
from chainrule.ops.program import Primitive, Value

Pair = tuple[int, int]


def window_count(size: int, kernel: int, stride: int, dilation: int) -> int:
    """How many windows fit along an axis."""
    return (size - dilation * (kernel - 1) - 1) // stride + 1


def _windows_shape(x: Value, kernel: Pair, stride: Pair, dilation: Pair) -> tuple[Value, ...]:
    n, *image, c = x.shape
    counts = [window_count(*sizes) for sizes in zip(image, kernel, stride, dilation, strict=True)]
    if min(counts) < 1:
        raise ShapeError("ops.windows", "windows", kernel=kernel, dilation=dilation, size=tuple(image))
    shape = (n, *counts, *kernel, c)
    return (Value(shape, x.dtype, _window_order(x, stride, dilation), x.rows),)


def _window_order(x: Value, stride: Pair, dilation: Pair) -> tuple[int, ...]:
    sn, sh, sw, sc = dense_strides(x)
    steps = (sn, sh * stride[0], sw * stride[1], sh * dilation[0], sw * dilation[1], sc)
    return tuple(sorted(range(6), key=lambda axis: -steps[axis]))


WINDOWS = Primitive(
    "windows", _windows_shape,
    lambda x, kernel, stride, dilation: f"windows({x}, {kernel}, {stride}, {dilation})",
    derivative=lambda d, x, y, kernel, stride, dilation: (d.fold(x.shape, kernel, stride, dilation),),
    views=True, formula=r"\text{{windows}}({0})",
    preamble="""\
def windows(x, kernel, stride, dilation):  # (N, H, W, C) -> (N, OH, OW, KH, KW, C), a view
    n, h, w, c = x.shape
    oh = (h - dilation[0] * (kernel[0] - 1) - 1) // stride[0] + 1
    ow = (w - dilation[1] * (kernel[1] - 1) - 1) // stride[1] + 1
    sn, sh, sw, sc = x.strides
    steps = (sn, sh * stride[0], sw * stride[1], sh * dilation[0], sw * dilation[1], sc)
    return np.lib.stride_tricks.as_strided(x, (n, oh, ow, *kernel, c), steps, writeable=False)
""",
)

FOLD = Primitive(
    "fold", lambda d, shape, kernel, stride, dilation: (Value(shape, d.dtype, c_order(len(shape)), d.rows),),
    lambda d, shape, kernel, stride, dilation: f"fold({d}, {shape}, {kernel}, {stride}, {dilation})",
    derivative=lambda d, a, y, shape, kernel, stride, dilation: (d.windows(kernel, stride, dilation),),
    formula=r"\text{{fold}}({0})",
    preamble="""\
def fold(d, shape, kernel, stride, dilation):  # every window added back where it was taken
    out = np.zeros(shape, dtype=d.dtype)
    oh, ow = d.shape[1:3]
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            top, left = i * dilation[0], j * dilation[1]
            out[:, top:top + oh * stride[0]:stride[0], left:left + ow * stride[1]:stride[1]] += d[:, :, :, i, j]
    return out
""",
)
