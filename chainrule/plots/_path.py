"""The path of gradient descent on a function of one or two numbers, and the function around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.plots._arrays import array, numbers
from chainrule.plots._chart import Numbers
from chainrule.tape.mode import enable_grad, no_grad
from chainrule.tensors.creation import tensor


@dataclass(frozen=True)
class Path:
    """Where descent went: (steps + 1, 1 or 2) positions and their (steps + 1,) heights."""

    places: Numbers
    heights: Numbers


def descend(function: Callable[..., Any], start: object, lr: float, steps: int, where: str) -> Path:
    """Follow x ← x − lr · f′(x) from `start`; it ends early where f or x is no longer finite.

    Raises:
        ArgumentError: for a start of other than one or two numbers, or steps that cannot be.
    """
    place = numbers(start, f"{where}, argument start").reshape(-1)
    if place.size not in (1, 2) or not np.isfinite(place).all():
        raise ArgumentError("plots.start", f"{where}, argument start", got=start)
    if steps < 1 or not np.isfinite(lr):
        raise ArgumentError("plots.steps", where, got=(lr, steps))
    places, heights = [], []
    for _ in range(steps + 1):
        with enable_grad(), np.errstate(all="ignore"):  # a run-away path ends below
            inputs = [tensor(value, dtype=np.float64, requires_grad=True) for value in place]
            height = function(*inputs)
            if not hasattr(height, "backward") or array(height).size != 1:
                raise ArgumentError("plots.function", f"{where}, argument function", got=type(height).__name__)
            height.reshape(()).backward()
        value = float(array(height).reshape(()))
        if not np.isfinite(value):
            break
        places.append(place)
        heights.append(value)
        slope = np.array([0.0 if one.grad is None else float(array(one.grad)) for one in inputs])
        place = place - lr * slope
        if not np.isfinite(place).all():
            break
    if not places:
        raise ArgumentError("plots.start", f"{where}, argument start", got=start)
    return Path(np.array(places), np.array(heights))


def heights(function: Callable[..., Any], *axes: Numbers) -> Numbers:
    """f over the grid that the axes span: (n,) for one, (rows, columns) for two with x along the columns."""
    grid = np.meshgrid(*axes)
    with no_grad(), np.errstate(all="ignore"):
        found = array(function(*[tensor(one, dtype=np.float64) for one in grid]))
        if found.shape != grid[0].shape:  # not element by element: ask at every point
            flat = zip(*[one.reshape(-1) for one in grid], strict=True)
            values = [function(*[tensor(value, dtype=np.float64) for value in point]) for point in flat]
            found = np.array([float(array(value)) for value in values]).reshape(grid[0].shape)
    return found.astype(np.float64)


def span(values: Numbers, given: Sequence[float] | None, share: float, where: str) -> tuple[float, float]:
    """From where to where to show: as given, else the path and a `share` of its length, run-away ends left out.

    Raises:
        ArgumentError: for a range that is none.
    """
    if given is not None:
        low, high = (float(end) for end in given)
        if not (np.isfinite([low, high]).all() and low < high):
            raise ArgumentError("plots.range", where, got=tuple(given))
        return low, high
    reach = 3 * max(1.0, abs(float(values[0])))
    near = values[np.abs(values) <= reach]
    low, high = float(near.min()), float(near.max())
    beyond = max(share * (high - low), 0.25 * max(1.0, abs(float(values[0]))))
    return low - beyond, high + beyond


def even_levels(z: Numbers, count: int = 16) -> Numbers:
    """Levels closer together near the lowest point, so that a bowl gets rings at equal distances."""
    finite = z[np.isfinite(z)]
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        high = low + max(1.0, abs(low))
    return low + (high - low) * np.linspace(0.0, 1.0, count) ** 2
