"""A value as loops see it: what stands in an array, or is computed where it is read."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np

from chainrule.export.loops.index import Axis, Digit, Linear, grains, place, regrouped

Kind = Literal["real", "whole", "mask"]
Shape = tuple[int, ...]

TIGHT, UNARY, PRODUCT, SUM, ORDER, BOTH, EITHER, CHOICE = 9, 8, 7, 6, 5, 3, 2, 1
"""How strongly an expression holds together."""


def kind_of(dtype: str) -> Kind:
    """The kind of a dtype."""
    return "mask" if dtype == "bool" else "real" if np.dtype(dtype).kind == "f" else "whole"


class Text(NamedTuple):
    """An expression, and how strongly it holds together."""

    text: str
    level: int = TIGHT

    def within(self, level: int) -> str:
        """As part of an expression of this level; in brackets if need be."""
        return self.text if self.level >= level else f"({self.text})"


class Seen:
    """A value that can be read anywhere.

    Args:
        shape: of the value.
        kind: of its numbers.
        read: from where along each axis to an expression; may write statements that the expression needs.
        parts: of each axis the digits in which it is best run through.
        cost: operations for each number; 0 for what is only read.
        layers: what it belongs to, for comments.

    Attributes:
        own: whether it is an array that nothing else stands for.
    """

    def __init__(
        self, shape: Shape, kind: Kind, read: Callable[[list[Axis]], Text],
        parts: Sequence[tuple[int, ...]] | None = None, cost: int = 0, layers: tuple[str, ...] = (),
    ) -> None:
        self.shape, self.kind, self.read, self.cost, self.layers = shape, kind, read, cost, layers
        self.own = False
        self.parts = list(parts) if parts is not None else [(size,) for size in shape]


def array(name: str, shape: Shape, kind: Kind, at: Linear | None = None, suffix: str = "") -> Seen:
    """What stands in a flat array, rows first, from `at` on."""
    start = Linear() if at is None else at
    strides = [prod(shape[axis + 1 :]) for axis in range(len(shape))]

    def read(axes: list[Axis]) -> Text:
        found = start
        for axis, stride in zip(axes, strides, strict=True):
            found = found.and_(place(axis).times(stride))
        return Text(f"{name}[{found.text}]{suffix}")

    return Seen(shape, kind, read)


def number(text: Text, kind: Kind, shape: Shape = ()) -> Seen:
    """The same number everywhere."""
    return Seen(shape, kind, lambda axes: text)


def permuted(source: Seen, axes: Sequence[int]) -> Seen:
    """With its axes in another order."""

    def read(at: list[Axis]) -> Text:
        found: list[Axis] = [()] * len(at)
        for place_, axis in enumerate(axes):
            found[axis] = at[place_]
        return source.read(found)

    shape = tuple(source.shape[axis] for axis in axes)
    return Seen(shape, source.kind, read, [source.parts[axis] for axis in axes], source.cost, source.layers)


def reshaped(source: Seen, shape: Shape, quotient: str) -> Seen:
    """The same numbers in another shape."""
    flat = [size for parts in source.parts for size in parts]
    return Seen(
        shape, source.kind, lambda at: source.read(regrouped(at, source.shape, quotient)), grains(flat, shape),
        source.cost, source.layers,
    )


def expanded(source: Seen, shape: Shape) -> Seen:
    """Stretched to a larger shape."""
    offset = len(shape) - len(source.shape)
    parts: list[tuple[int, ...]] = [(size,) for size in shape]
    for axis, size in enumerate(source.shape):
        if size == shape[axis + offset]:
            parts[axis + offset] = source.parts[axis]

    def read(at: list[Axis]) -> Text:
        return source.read(stretched(at, source.shape))

    return Seen(shape, source.kind, read, parts, source.cost, source.layers)


def stretched(at: list[Axis], shape: Shape) -> list[Axis]:
    """Where an element of a larger shape stands in an array that is stretched to it."""
    return [() if size == 1 else axis for axis, size in zip(at[len(at) - len(shape) :], shape, strict=True)]


def sliced(source: Seen, shape: Shape, items: Sequence[tuple[Any, ...]]) -> Seen:
    """A part, by numbers, slices and new axes."""

    def read(at: list[Axis]) -> Text:
        found: list[Axis] = []
        mine = iter(at)
        for item in items:
            if item[0] == "new":
                next(mine)
                continue
            size = source.shape[len(found)]
            if item[0] == "int":
                found.append((Digit(Linear((), item[1] % size), size),))
                continue
            start, _, step = slice(*item[1:]).indices(size)
            axis = next(mine)
            whole = (start, step) == (0, 1)
            found.append(axis if whole and _covers(axis, size) else (
                Digit(place(axis).times(step).and_(Linear((), start)), size),
            ))
        return source.read([*found, *mine])

    return Seen(shape, source.kind, read, None, source.cost, source.layers)


def _covers(axis: Axis, size: int) -> bool:
    return prod(digit.size for digit in axis) == size


def windowed(
    source: Seen, shape: Shape, stride: tuple[int, int], dilation: tuple[int, int]
) -> Seen:
    """Windows (N, OH, OW, KH, KW, C) over images (N, H, W, C)."""

    def read(at: list[Axis]) -> Text:
        n, oh, ow, kh, kw, channel = at
        down = place(oh).times(stride[0]).and_(place(kh).times(dilation[0]))
        right = place(ow).times(stride[1]).and_(place(kw).times(dilation[1]))
        height, width = source.shape[1:3]
        return source.read([n, (Digit(down, height),), (Digit(right, width),), channel])

    return Seen(shape, source.kind, read, None, source.cost, source.layers)
