"""Memory order of arrays: axes slowest first, and the order NumPy gives to a new result."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from chainrule.ops.program import Value


def c_order(rank: int) -> tuple[int, ...]:
    """Rows first: the order of an array that was simply made."""
    return tuple(range(rank))


def array_order(array: npt.NDArray[np.generic]) -> tuple[int, ...]:
    """The axes of an array, slowest first, read off its strides; axes of one element keep their place."""
    strides = [abs(s) if n != 1 else 0 for s, n in zip(array.strides, array.shape, strict=True)]
    return _sorted_axes([strides], array.ndim)


def dense_strides(value: Value) -> list[int]:
    """How far apart neighbours along each axis lie, in elements, in an array without gaps."""
    strides, step = [0] * len(value.shape), 1
    for axis in reversed(value.order):
        strides[axis] = step
        step *= max(value.shape[axis], 1)
    return strides


def result_order(values: Sequence[Value], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The order NumPy gives to the fresh result of an elementwise expression (`order="K"`)."""
    rank = len(shape)
    strides = []
    for value in values:
        row = [0] * rank
        for axis, step in enumerate(dense_strides(value), start=rank - len(value.shape)):
            row[axis] = step if value.shape[axis - rank + len(value.shape)] != 1 else 0
        strides.append(row)
    return _sorted_axes(strides, rank)


def _sorted_axes(strides: list[list[int]], rank: int) -> tuple[int, ...]:
    # NumPy's own insertion sort: an axis moves inwards only when some operand says so and none objects.
    axes = list(range(rank))
    for i in range(1, rank):
        place = i
        for j in range(i - 1, -1, -1):
            swap, decided = False, False
            for row in strides:
                outer, inner = row[axes[j]], row[axes[i]]
                if outer and inner:
                    if outer >= inner:
                        swap = False
                    elif not decided:
                        swap = True
                    decided = True
            if not decided:
                continue
            if not swap:
                break
            place = j
        if place != i:
            axes.insert(place, axes.pop(i))
    return tuple(axes)


def permuted(order: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """The order of `x.transpose(axes)`, a view, when x has `order`."""
    back = {old: new for new, old in enumerate(axes)}
    return tuple(back[axis] for axis in order)
