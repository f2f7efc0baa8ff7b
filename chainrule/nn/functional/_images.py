"""What convolution and pooling share: sizes for each axis, padding, windows, and the way back of them.

Images are shown as (N, C, H, W) and lie in memory as (N, H, W, C); sequences (N, C, L) are images of height 1.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.ops.index import Item
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.tensor import Tensor

Pair = tuple[int, int]
Sides = tuple[Pair, Pair]

NONE: Sides = ((0, 0), (0, 0))
_ALL: Item = ("slice", None, None, None)


def sizes(value: Any, count: int, name: str, where: str, least: int = 1) -> tuple[int, ...]:
    """One whole number for each axis, from one for all or from a sequence of them."""
    if type(value) is tuple and len(value) == count and all(type(size) is int and size >= least for size in value):
        return value  # what a module hands over at every call
    several = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,) * count
    whole = all(isinstance(size, int | np.integer) and not isinstance(size, bool) for size in several)
    if not whole or len(several) not in {1, count} or min(several) < least:
        raise ArgumentError("images.sizes", f"{where}, argument {name}", got=value, least=least, count=count)
    several = tuple(int(size) for size in several)
    return several if len(several) == count else several * count


def pair(value: Any, rank: int, name: str, where: str, least: int = 1) -> Pair:
    """`sizes` for both axes of an image; of a sequence (rank 1) the height is the smallest that does nothing."""
    found = sizes(value, rank, name, where, least)
    return (found[0], found[1]) if rank > 1 else (least, found[0])


def batched(input: Any, rank: int, where: str) -> tuple[Tensor, bool]:
    """The input with a batch axis, and whether it was put there; refused unless it has `rank` axes, and channels."""
    x = input if isinstance(input, Tensor) else as_tensor(input)
    if x.ndim == rank + 2:
        return x, False
    if x.ndim != rank + 1:
        axes = "N, C, H, W" if rank > 1 else "N, C, L"
        raise ShapeError("images.rank", f"{where}, argument input", shape=x.shape, axes=axes, one=axes[3:])
    return x.unsqueeze(0), True


def as_image(x: Tensor) -> Tensor:
    """(N, C, H, W), of a sequence (N, C, L) too."""
    return x if x.ndim > 3 else x.unsqueeze(2)


def like(image: Tensor, x: Tensor) -> Tensor:
    """(N, H, W, C) shown as `x` is: (N, C, H, W), or (N, C, W)."""
    shown = image.permute((0, 3, 1, 2))
    return shown if x.ndim > 3 else shown.squeeze(2)


def rows_of(x: Tensor) -> Tensor:
    """Every place of an image as a row of its channels: (N, C, H, W) or (N, C, L) to (N, H, W, C)."""
    return as_image(x).permute((0, 2, 3, 1))


def filled_sides(
    size: tuple[int, ...], kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, ceil_mode: bool
) -> Sides:
    """What a pooling puts around images of `size`: its padding, and what the last window needs with `ceil_mode`."""
    sides = []
    for length, span, step, pad, reach in zip(size, kernel, stride, padding, dilation, strict=True):
        more = 0
        if ceil_mode:
            free = length + 2 * pad - reach * (span - 1) - 1
            count = -(-free // step) + 1
            if (count - 1) * step >= length + pad:  # the last window has to begin inside
                count -= 1
            more = max(0, (count - 1) * step - free)
        sides.append((pad, pad + more))
    return (sides[0], sides[1])


def refuse_window(where: str, size: tuple[int, ...], sides: Sides, kernel: Pair, dilation: Pair) -> None:
    """Say in words that a window is larger than the padded image."""
    room = tuple(length + sum(side) for length, side in zip(size, sides, strict=True))
    span = tuple(reach * (width - 1) + 1 for reach, width in zip(dilation, kernel, strict=True))
    if any(a < b for a, b in zip(room, span, strict=True)):
        raise ShapeError("images.window", f"{where}, argument input", room=room, span=span)


def padded(x: Tensor, sides: Sides, fill: float = 0.0, axis: int = 1) -> Tensor:
    """More rows and columns around an image whose height is axis `axis`; itself where there are none."""
    if sides == NONE:
        return x
    shape, items = list(x.shape), [_ALL] * axis
    for at, (before, after) in enumerate(sides, start=axis):
        items.append(("slice", before, before + shape[at], None))
        shape[at] += before + after
    return x.place(tuple(shape), tuple(items), fill)


def cropped(x: Tensor, sides: Sides) -> Tensor:
    """The way back of `padded`: (N, H, W, C) without its border."""
    if sides == NONE:
        return x
    (top, bottom), (left, right) = sides
    _, height, width, _ = x.shape
    return x.slice((_ALL, ("slice", top, height - bottom, None), ("slice", left, width - right, None)))


def taps(x: Tensor, kernel: Pair, stride: Pair, dilation: Pair) -> Tensor:
    """For every place of the window what stands under it: (N, H, W, C) to (KH·KW, N, OH, OW, C)."""
    seen = x.windows(kernel, stride, dilation)  # (N, OH, OW, KH, KW, C)
    n, oh, ow, _, _, channels = seen.shape
    return seen.permute((3, 4, 0, 1, 2, 5)).reshape((kernel[0] * kernel[1], n, oh, ow, channels))


def folded(
    d: Tensor, shape: tuple[int, ...], sides: Sides, kernel: Pair, stride: Pair, dilation: Pair
) -> Tensor:
    """The way back of `padded` and `taps`: (KH·KW, N, OH, OW, C) added up to an image of `shape` (N, H, W, C)."""
    n, height, width, channels = shape
    (top, bottom), (left, right) = sides
    _, _, oh, ow, _ = d.shape
    whole = (n, top + height + bottom, left + width + right, channels)
    seen = d.reshape((*kernel, n, oh, ow, channels)).permute((2, 3, 4, 0, 1, 5))  # (N, OH, OW, KH, KW, C)
    if kernel == (1, 1) and stride == (1, 1):
        return cropped(seen.reshape(whole), sides)
    return cropped(seen.fold(whole, kernel, stride, dilation), sides)
