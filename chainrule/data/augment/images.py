"""Changes of pictures that leave their meaning: moved, mirrored, turned, partly hidden.

Pictures are (n, height, width), or with channels (n, height, width, channels) for `layout="NHWC"` and
(n, channels, height, width) for `layout="NCHW"`.
"""

from typing import Literal

import numpy as np

from chainrule.data import streams
from chainrule.data.arrays import Array, numbers, real, whole
from chainrule.errors import ArgumentError, ShapeError

Layout = Literal["NHWC", "NCHW"]


def shift(images: object, pixels: int = 2, *, seed: streams.Seed = 0, layout: Layout = "NHWC") -> Array:
    """Each picture moved by a random whole number of pixels each way; what comes in from outside is 0.

    Args:
        images: (n, height, width) or with channels, see `layout`.
        pixels: the farthest move, from 0 to height and width.
        seed: whole number, or a generator that goes on.
        layout: where the channels are, when there are any.

    Returns:
        A new array of the same shape and type.

    Raises:
        ShapeError: for arrays that are no pictures.
        ArgumentError: for another layout, or moves out of range.

    Example:
        >>> import numpy as np
        >>> import chainrule.data
        >>> chainrule.data.augment.shift(np.ones((2, 4, 4)), pixels=1, seed=3).shape
        (2, 4, 4)
    """
    found, axes = _pictures(images, layout, "shift")
    height, width = found.shape[1:3]
    most = whole(pixels, "augment.shift, argument pixels", least=0, most=min(height, width))
    moves = streams.generator(seed, streams.AUGMENT).integers(-most, most + 1, (len(found), 2))
    rows = np.arange(height) - moves[:, :1]  # (n, H): where each row of the new picture comes from
    columns = np.arange(width) - moves[:, 1:]  # (n, W)
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]  # (n, H, W)
    taken = _take(found, np.clip(rows, 0, height - 1)[:, :, None], np.clip(columns, 0, width - 1)[:, None, :])
    return _back(np.where(inside[..., None], taken, np.zeros((), found.dtype)), axes, layout)


def flip(
    images: object,
    p: float = 0.5,
    *,
    axis: Literal["width", "height"] = "width",
    seed: streams.Seed = 0,
    layout: Layout = "NHWC",
) -> Array:
    """Each picture mirrored with probability p: left to right, or upside down.

    Args:
        images: (n, height, width) or with channels, see `layout`.
        p: probability, from 0 to 1.
        axis: `"width"` swaps left and right, `"height"` top and bottom.
        seed: whole number, or a generator that goes on.
        layout: where the channels are, when there are any.

    Returns:
        A new array of the same shape and type.

    Raises:
        ShapeError: for arrays that are no pictures.
        ArgumentError: for a probability, axis or layout that does not exist.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.augment.flip([[[1, 2, 3]]], p=1.0).tolist()
        [[[3, 2, 1]]]
    """
    found, axes = _pictures(images, layout, "flip")
    chance = real(p, "augment.flip, argument p", least=0, most=1)
    if axis not in ("width", "height"):
        raise ArgumentError("data.flip_axis", "augment.flip, argument axis", got=repr(axis))
    chosen = streams.generator(seed, streams.AUGMENT).random(len(found)) < chance
    mirrored = found[:, :, ::-1] if axis == "width" else found[:, ::-1]
    return _back(np.where(chosen[:, None, None, None], mirrored, found), axes, layout)


def rotate(images: object, degrees: float = 10.0, *, seed: streams.Seed = 0, layout: Layout = "NHWC") -> Array:
    """Each picture turned about its centre by a random angle, its values taken bilinearly; outside is 0.

    Args:
        images: (n, height, width) or with channels, see `layout`.
        degrees: the largest angle either way, from 0 to 180.
        seed: whole number, or a generator that goes on.
        layout: where the channels are, when there are any.

    Returns:
        A new array of the same shape and type; whole-number types are rounded.

    Raises:
        ShapeError: for arrays that are no pictures.
        ArgumentError: for another layout, or an angle out of range.

    Example:
        >>> import numpy as np
        >>> import chainrule.data
        >>> chainrule.data.augment.rotate(np.ones((1, 5, 5)), degrees=15)[0, 2, 2].item()
        1.0
    """
    found, axes = _pictures(images, layout, "rotate")
    height, width = found.shape[1:3]
    most = np.deg2rad(real(degrees, "augment.rotate, argument degrees", least=0, most=180))
    angles = streams.generator(seed, streams.AUGMENT).uniform(-most, most, len(found))[:, None, None]
    y, x = np.meshgrid(np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij")
    rows = np.cos(angles) * y + np.sin(angles) * x + (height - 1) / 2  # (n, H, W)
    columns = np.cos(angles) * x - np.sin(angles) * y + (width - 1) / 2
    top, left = np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)
    down, right = (rows - top)[..., None], (columns - left)[..., None]
    value = np.zeros(found.shape)
    for row, share_row in ((top, 1 - down), (top + 1, down)):
        for column, share_column in ((left, 1 - right), (left + 1, right)):
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            taken = _take(found, np.clip(row, 0, height - 1), np.clip(column, 0, width - 1))
            value += inside[..., None] * share_row * share_column * taken
    value = value.round() if found.dtype.kind in "iu" else value
    return _back(value.astype(found.dtype), axes, layout)


def cutout(images: object, size: int = 4, *, seed: streams.Seed = 0, layout: Layout = "NHWC") -> Array:
    """A random square of each picture set to 0; the square may reach over the edge.

    Args:
        images: (n, height, width) or with channels, see `layout`.
        size: side of the square in pixels, at least 0.
        seed: whole number, or a generator that goes on.
        layout: where the channels are, when there are any.

    Returns:
        A new array of the same shape and type.

    Raises:
        ShapeError: for arrays that are no pictures.
        ArgumentError: for another layout, or a size below 0.

    Example:
        >>> import numpy as np
        >>> import chainrule.data
        >>> int(chainrule.data.augment.cutout(np.ones((1, 8, 8)), size=1).sum())
        63

    Source:
        DeVries and Taylor, "Improved regularization of convolutional neural networks with cutout", 2017.
    """
    found, axes = _pictures(images, layout, "cutout")
    height, width = found.shape[1:3]
    side = whole(size, "augment.cutout, argument size", least=0)
    stream = streams.generator(seed, streams.AUGMENT)
    tops = stream.integers(0, height, len(found))[:, None] - side // 2
    lefts = stream.integers(0, width, len(found))[:, None] - side // 2
    rows = (np.arange(height) >= tops) & (np.arange(height) < tops + side)  # (n, H)
    columns = (np.arange(width) >= lefts) & (np.arange(width) < lefts + side)  # (n, W)
    hidden = rows[:, :, None] & columns[:, None, :]
    return _back(np.where(hidden[..., None], np.zeros((), found.dtype), found), axes, layout)


def _pictures(images: object, layout: Layout, name: str) -> tuple[Array, int]:
    """The pictures as (n, height, width, channels), and how many axes they had."""
    found = numbers(images, f"augment.{name}, argument images")
    if layout not in ("NHWC", "NCHW"):
        raise ArgumentError("data.layout", f"augment.{name}, argument layout", got=repr(layout))
    if found.ndim not in (3, 4) or not all(found.shape[1:]):
        raise ShapeError("data.pictures", f"augment.{name}, argument images", got=found.shape)
    if found.ndim == 3:
        return found[..., None], 3
    return np.moveaxis(found, 1, -1) if layout == "NCHW" else found, 4


def _back(found: Array, axes: int, layout: Layout) -> Array:
    if axes == 3:
        return np.ascontiguousarray(found[..., 0])
    return np.ascontiguousarray(np.moveaxis(found, -1, 1) if layout == "NCHW" else found)


def _take(found: Array, rows: Array, columns: Array) -> Array:
    return found[np.arange(len(found))[:, None, None], rows, columns]
