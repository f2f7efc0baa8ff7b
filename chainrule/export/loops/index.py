"""Indices as text: sums of loop variables, and axes in digits, so that a reshape costs no division."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple


class Linear(NamedTuple):
    """A whole number: the sum of variables times numbers, and a number."""

    terms: tuple[tuple[str, int], ...] = ()
    plus: int = 0

    def and_(self, other: "Linear") -> "Linear":
        """The sum of both."""
        found = dict(self.terms)
        for name, times in other.terms:
            found[name] = found.get(name, 0) + times
        return Linear(tuple((name, times) for name, times in found.items() if times), self.plus + other.plus)

    def times(self, factor: int) -> "Linear":
        """So many times this."""
        return Linear(tuple((name, times * factor) for name, times in self.terms if times * factor), self.plus * factor)

    @property
    def text(self) -> str:
        """As an expression."""
        text = ""
        for name, times in self.terms:
            word = name if abs(times) == 1 else f"{abs(times)} * {name}"
            sign = "-" if times < 0 else "+"
            text = f"{text} {sign} {word}" if text else (f"-{word}" if times < 0 else word)
        if not text:
            return str(self.plus)
        return text if not self.plus else f"{text} {'-' if self.plus < 0 else '+'} {abs(self.plus)}"


class Digit(NamedTuple):
    """A place of a number: from 0 to below `size`."""

    at: Linear
    size: int


Axis = tuple[Digit, ...]
"""Where along an axis: digits, the most significant first; no digit at all is 0."""


def place(axis: Sequence[Digit]) -> Linear:
    """Digits as one number."""
    found, step = Linear(), 1
    for digit in reversed(axis):
        found = found.and_(digit.at.times(step))
        step *= digit.size
    return found


def regrouped(axes: Sequence[Axis], shape: Sequence[int], quotient: str) -> list[Axis]:
    """Where an element stands in an array of the same numbers in another shape.

    Args:
        axes: where it stands.
        shape: of the other array.
        quotient: text of the whole quotient of `{0}` and `{1}`.
    """
    digits = [digit for axis in axes for digit in axis if digit.size > 1]
    made: list[Axis] = []
    waiting = digits[::-1]
    for size in shape:
        left, found = size, []
        while left > 1:
            if not waiting:
                return _divided(digits, shape, quotient)
            digit = waiting.pop()
            if left % digit.size == 0:
                left //= digit.size
            elif digit.size % left == 0:
                digit, rest = _split(digit, digit.size // left, quotient)
                waiting.append(rest)
                left = 1
            else:
                return _divided(digits, shape, quotient)
            found.append(digit)
        made.append(tuple(found))
    return made


def grains(sizes: Sequence[int], shape: Sequence[int]) -> list[tuple[int, ...]]:
    """The digits of each axis of a shape, of an array whose digits are `sizes`; whole axes where these do not fit."""
    waiting = [size for size in sizes if size > 1][::-1]
    made = []
    for size in shape:
        left, found = size, []
        while left > 1:
            if not waiting:
                return [(size,) for size in shape]
            digit = waiting.pop()
            if left % digit == 0:
                left //= digit
            elif digit % left == 0:
                waiting.append(digit // left)
                digit, left = left, 1
            else:
                return [(size,) for size in shape]
            found.append(digit)
        made.append(tuple(found) or (1,))
    return made


def _split(digit: Digit, low: int, quotient: str) -> tuple[Digit, Digit]:
    """A digit as two: so many of the lower one make one of the higher."""
    at = digit.at
    high = tuple((name, times // low) for name, times in at.terms if times % low == 0)
    rest = tuple((name, times) for name, times in at.terms if times % low)
    if not rest:
        return Digit(Linear(high, at.plus // low), digit.size // low), Digit(Linear((), at.plus % low), low)
    text = at.text if len(at.terms) == 1 and not at.plus and at.terms[0][1] == 1 else f"({at.text})"
    upper = Linear(((quotient.format(text, low), 1),))
    return Digit(upper, digit.size // low), Digit(Linear(((f"({text} % {low})", 1),)), low)


def _divided(digits: Sequence[Digit], shape: Sequence[int], quotient: str) -> list[Axis]:
    """By division, where the digits of both shapes have nothing in common."""
    whole = Digit(place(digits), prod(digit.size for digit in digits))
    made: list[Axis] = []
    for axis, size in enumerate(shape):
        below = prod(shape[axis + 1 :])
        upper = whole
        if below > 1:
            upper, whole = _split(whole, below, quotient)
        made.append((upper,) if size > 1 else ())
    return made
