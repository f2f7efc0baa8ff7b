"""How a value lies in memory: a buffer, and for each axis the steps that lead along it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from chainrule.ops.layout import dense_strides
from chainrule.ops.program import Value

Factor = tuple[int, int]  # (size, stride in elements)
Axis = tuple[Factor, ...]  # outermost first; the size of the axis is the product of the sizes


@dataclass(eq=False)
class Buffer:
    """A stretch of memory: of the engine's own, or one that somebody else holds.

    Args:
        dtype: of its elements.
        size: how many.
        kind: `"temporary"`, or where its address comes from: `"slot"`, `"input"`, `"control"`, `"output"`, `"state"`.
        key: which slot, input, control or output.
        name: as people read it.
        base: the buffer that this is one step of, in a scan: it begins at `first` and moves on by `each`, in elements.
    """

    dtype: str
    size: int
    kind: str = "temporary"
    key: int = 0
    name: str = "t"
    base: Buffer | None = None
    first: int = 0
    each: int = 0


class View(NamedTuple):
    """Elements of a buffer as an array: where it begins, and how each axis steps."""

    buffer: Buffer
    offset: int
    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return tuple(prod(size for size, _ in axis) for axis in self.axes)


def size_of(axis: Axis) -> int:
    """How many elements an axis has."""
    return prod(size for size, _ in axis)


def dense(buffer: Buffer, value: Value) -> View:
    """The whole of a buffer, in the memory order of `value`."""
    strides = dense_strides(value)
    return View(buffer, 0, tuple(axis_of(n, s) for n, s in zip(value.shape, strides, strict=True)))


def axis_of(size: int, stride: int) -> Axis:
    """An axis with one step; none where there is nothing to step over."""
    return ((size, stride),) if size != 1 else ()


def joined(axis: Axis) -> Axis:
    """The same axis with neighbouring factors made one where they step as one."""
    made: list[Factor] = []
    for size, stride in axis:
        if size == 1:
            continue
        if made and made[-1][1] == size * stride:
            made[-1] = (made[-1][0] * size, stride)
        else:
            made.append((size, stride))
    return tuple(made)


def permuted(view: View, axes: tuple[int, ...]) -> View:
    """The axes in another order."""
    return view._replace(axes=tuple(view.axes[i] for i in axes))


def expanded(view: View, shape: tuple[int, ...]) -> View:
    """Axes of one element repeated, and new ones in front."""
    missing = len(shape) - len(view.axes)
    own = ((),) * missing + view.axes
    return view._replace(
        axes=tuple(axis if size_of(axis) == n else axis_of(n, 0) for axis, n in zip(own, shape, strict=True))
    )


def reshaped(view: View, shape: tuple[int, ...]) -> View | None:
    """The same elements, row by row, under another shape; None where no steps lead there."""
    rest = list(joined(tuple(factor for axis in view.axes for factor in axis)))
    axes: list[Axis] = []
    for n in shape:
        need, axis = n, []
        while need > 1:
            size, stride = rest[0]
            if need % size == 0:
                axis.append(rest.pop(0))
                need //= size
            elif size % need == 0:
                axis.append((need, stride * (size // need)))
                rest[0] = (size // need, stride)
                need = 1
            else:
                return None
        axes.append(tuple(axis))
    return view._replace(axes=tuple(axes))


def sliced(view: View, items: tuple[tuple[object, ...], ...]) -> View | None:
    """A part by numbers, slices and new axes; None where an axis has more than one step."""
    offset, place = view.offset, 0
    axes: list[Axis] = []
    for kind, *rest in items:
        if kind == "new":
            axes.append(())
            continue
        axis = joined(view.axes[place])
        n = size_of(axis)
        place += 1
        if kind == "int":
            index = int(str(rest[0]))
            offset += offset_of(axis, index % n)
            continue
        chosen = range(*slice(*rest).indices(n))
        if chosen == range(n):
            axes.append(axis)
            continue
        if len(axis) > 1:
            return None
        stride = axis[0][1] if axis else 0
        if chosen:
            offset += chosen[0] * stride
        axes.append(axis_of(len(chosen), stride * chosen.step))
    return View(view.buffer, offset, (*axes, *view.axes[place:]))


def offset_of(axis: Axis, index: int) -> int:
    """How far element `index` of an axis lies from its beginning."""
    offset = 0
    for size, stride in reversed(axis):
        offset += index % size * stride
        index //= size
    return offset


def windowed(view: View, kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int]) -> View | None:
    """(N, H, W, C) as (N, OH, OW, KH, KW, C)."""
    images, *sides, channels = (joined(axis) for axis in view.axes)
    if any(len(side) > 1 for side in sides):
        return None
    places, taps = [], []
    for side, k, step, gap in zip(sides, kernel, stride, dilation, strict=True):
        size, along = side[0] if side else (1, 0)
        places.append(axis_of((size - gap * (k - 1) - 1) // step + 1, along * step))
        taps.append(axis_of(k, along * gap))
    return view._replace(axes=(images, *places, *taps, channels))


def extent(view: View) -> tuple[int, int]:
    """The first and the last element that a view reaches."""
    low = high = view.offset
    for axis in view.axes:
        for size, stride in axis:
            low += min(0, (size - 1) * stride)
            high += max(0, (size - 1) * stride)
    return low, high
