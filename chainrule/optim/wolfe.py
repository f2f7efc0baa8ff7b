"""A line search that ends at a point which is low enough and flat enough: the strong Wolfe conditions."""

from collections.abc import Callable
from math import sqrt
from typing import Any, NamedTuple

_LOWER, _FLATTER = 1e-4, 0.9  # c₁ and c₂ of the book, as usual for quasi-Newton directions
_SMALLEST = 1e-9


class Point(NamedTuple):
    """A place on the line: how far, the loss there, its gradient, and the slope along the line."""

    t: float
    loss: float
    gradient: Any
    slope: float


def strong_wolfe(at: Callable[[float], Point], start: Point, t: float, longest: float, most: int) -> tuple[Point, int]:
    """A point with loss ≤ loss₀ + c₁ t slope₀ and |slope| ≤ c₂ |slope₀|, or the best one found.

    Args:
        at: evaluates the point at a distance.
        start: the point at distance 0; its slope is negative.
        t: the distance to try first.
        longest: the largest element of the direction: a bracket shorter than 1e-9 in it is not divided.
        most: evaluations after the first, at most.

    Returns:
        tuple: the point; the number of evaluations.

    Source:
        J. Nocedal, S. Wright, Numerical optimization (2006), algorithms 3.5 and 3.6; the safeguards are those of
        M. Schmidt, minFunc (2005), which PyTorch has too.
    """

    def too_high(point: Point) -> bool:
        return point.loss > start.loss + _LOWER * point.t * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -_FLATTER * start.slope

    previous, new = start, at(t)
    tries = 0
    while tries < most:
        if too_high(new) or (tries > 1 and new.loss >= previous.loss):
            bracket = [previous, new]
            break
        if flat(new):
            return new, tries + 1
        if new.slope >= 0:
            bracket = [previous, new]
            break
        far = _lowest(previous, new, new.t + 0.01 * (new.t - previous.t), new.t * 10)
        previous, new = new, at(far)
        tries += 1
    else:
        bracket = [start, new]
    low, high = _ordered(bracket)
    stuck = False
    while tries < most and abs(bracket[1].t - bracket[0].t) * longest >= _SMALLEST:
        t, stuck = _inside(bracket, stuck)
        new = at(t)
        tries += 1
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[high] = new
            low, high = _ordered(bracket)
            continue
        done = flat(new)
        if not done and new.slope * (bracket[high].t - bracket[low].t) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = new
        if done:
            break
    return bracket[low], tries + 1


def _ordered(bracket: list[Point]) -> tuple[int, int]:
    return (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)


def _inside(bracket: list[Point], stuck: bool) -> tuple[float, bool]:
    """The next distance to try, a tenth of the bracket away from its ends when the search comes too near them."""
    ends = sorted((bracket[0].t, bracket[1].t))
    t = _lowest(bracket[0], bracket[1], *ends)
    margin = 0.1 * (ends[1] - ends[0])
    if min(ends[1] - t, t - ends[0]) >= margin:
        return t, False
    if stuck or t >= ends[1] or t <= ends[0]:
        return (ends[1] - margin if abs(t - ends[1]) < abs(t - ends[0]) else ends[0] + margin), False
    return t, True


def _lowest(a: Point, b: Point, least: float, most: float) -> float:
    """Where the cubic through two points with their slopes is lowest (equation 3.59), held within bounds."""
    a, b = (a, b) if a.t <= b.t else (b, a)
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0:
        return (least + most) / 2
    d2 = sqrt(square)
    top, bottom = b.slope + d2 - d1, b.slope - a.slope + 2 * d2
    if bottom == 0:  # a straight line: as far as it falls
        return most if top < 0 else least if top > 0 else (least + most) / 2
    return min(max(b.t - (b.t - a.t) * (top / bottom), least), most)
