"""Convolution as matrix products: windows as rows, filters as columns, and the ways back.

Filters are shown (O, C/G, KH, KW) and lie in memory as (KH, KW, C/G, O), so that no product copies them. With groups
every matrix has one more axis in front.
"""

from chainrule.nn.functional._images import NONE, Pair, Sides, as_image, padded
from chainrule.tensors.tensor import Tensor

_NARROW = 12  # numbers side by side in memory; shorter runs are copied faster with the places of the image innermost


def columns(x: Tensor, kernel: Pair, stride: Pair, sides: Sides, dilation: Pair, groups: int) -> Tensor:
    """Every window as a row: (N·OH·OW, KH·KW·C); with groups (G, N·OH·OW, KH·KW·C/G)."""
    image = as_image(x)  # (N, C, H, W)
    inner = image.shape[1] // groups
    narrow = kernel != (1, 1) and kernel[1] * inner <= _NARROW
    if not narrow:
        image = image.permute((0, 2, 3, 1))
    if sides != NONE:
        image = padded(image, sides, axis=2 if narrow else 1)
    elif kernel != (1, 1):
        image = image.contiguous()  # the windows are kept: they must not be a view of the input
    if narrow:
        image = image.permute((0, 2, 3, 1))
    seen = image.windows(kernel, stride, dilation)  # (N, OH, OW, KH, KW, C)
    n, oh, ow, kh, kw, _ = seen.shape
    places, width = n * oh * ow, kh * kw * inner
    if groups == 1:
        return seen.permute((3, 4, 5, 0, 1, 2)).reshape((width, places)).mT if narrow else seen.reshape((places, width))
    parts = seen.reshape((n, oh, ow, kh, kw, groups, inner))
    if narrow:
        return parts.permute((5, 3, 4, 6, 0, 1, 2)).reshape((groups, width, places)).mT
    return parts.permute((5, 0, 1, 2, 3, 4, 6)).reshape((groups, places, width))


def filter_matrix(weight: Tensor, groups: int) -> Tensor:
    """The filters as columns: (KH·KW·C, O); with groups (G, KH·KW·C/G, O/G)."""
    outputs, inner, kh, kw = weight.shape
    stored = weight.permute((2, 3, 1, 0))  # (KH, KW, C, O), as in memory
    if groups == 1:
        return stored.reshape((kh * kw * inner, outputs))
    parts = stored.reshape((kh * kw * inner, groups, outputs // groups))
    return parts.permute((1, 0, 2))


def grouped(rows: Tensor, groups: int) -> Tensor:
    """(M, C) as (G, M, C/G); as it is without groups."""
    if groups == 1:
        return rows
    return rows.reshape((rows.shape[0], groups, rows.shape[1] // groups)).permute((1, 0, 2))


def as_weight(matrix: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The way back of `filter_matrix`: columns shown as filters (O, C/G, KH, KW)."""
    outputs, inner, kh, kw = shape
    if matrix.ndim > 2:
        matrix = matrix.permute((1, 0, 2)).reshape((kh * kw * inner, outputs))
    return matrix.reshape((kh, kw, inner, outputs)).permute((3, 2, 0, 1))


def spread(rows: Tensor, filters: Tensor, groups: int) -> Tensor:
    """Rows times the filters of each place of the window: (M, A) and (KH, KW, A, B/G) to (KH·KW, M, B)."""
    kh, kw, width, outer = filters.shape
    filters = filters.reshape((kh * kw, width, outer))
    if groups == 1:
        return rows.unsqueeze(0) @ filters
    if groups == width:  # one channel a group: products with one term
        return (rows.unsqueeze(-1) * filters.unsqueeze(1)).reshape((kh * kw, rows.shape[0], width * outer))
    shares = grouped(rows, groups).unsqueeze(0) @ filters.reshape((kh * kw, groups, width // groups, outer))
    return shares.permute((0, 2, 1, 3)).reshape((kh * kw, rows.shape[0], groups * outer))


def shifted(z: Tensor, bias: Tensor | None) -> Tensor:
    """(N, H, W, O) + (O,), every image as one long row: short ones cost NumPy more than their additions."""
    if bias is None:
        return z
    n, height, width, outputs = z.shape
    row = bias.expand((height * width, outputs)).reshape((height * width * outputs,))
    return (z.reshape((n, height * width * outputs)) + row).reshape(z.shape)


def channel_sums(dz: Tensor) -> Tensor:
    """(N, H, W, O) summed to (O,): over the images first, for the sake of long rows again."""
    return dz.sum(0).sum((0, 1))


def joined(rows: Tensor) -> Tensor:
    """The way back of `grouped`: (G, M, C/G) as (M, C)."""
    if rows.ndim == 2:
        return rows
    groups, count, width = rows.shape
    return rows.permute((1, 0, 2)).reshape((count, groups * width))
