"""Gradients of parameters by central differences, in float64: the check that stands beside each of them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.glass.evaluating import function_of, in_float64, widened
from chainrule.glass.recording import Recorded

Array = npt.NDArray[Any]
MOST = 400
"""Of a parameter with more numbers so many are checked, evenly spread."""
LEAST, WORK = 20, 30_000_000
"""In a large network fewer are, so that checks times all parameters stay within this; but never fewer than that."""
CLOSE = 1e-6
"""Where the slopes to both sides differ at this distance, a corner lies on the very spot: no difference can judge."""
_STEPS = (1e-4, 1e-5, 1e-3, 1e-6, 1e-7)


def numeric_gradient(
    recorded: Recorded, given: Mapping[int, Any], value: int, loss: Callable[[Mapping[int, Any]], Any] | None = None
) -> Array:
    """∂loss/∂parameter ≈ (8 (L(w+h) - L(w-h)) - (L(w+2h) - L(w-2h))) / 12h; NaN where not checked.

    Where a step would cross a corner (of ReLU, of a maximum) the differences of one and of two steps disagree; then
    other steps are tried, and the one on which both agree best is taken.

    Args:
        recorded: the step.
        given: its free values.
        value: the parameter.
        loss: the loss as a function of the free values, if there is one already.
    """
    of = loss_function(recorded) if loss is None else loss
    numbers = widened(given)
    base = np.array(numbers[value], dtype=np.float64, order="C")
    flat = base.reshape(-1)
    everything = sum(int(np.size(numbers[parameter])) for parameter in recorded.parameters.values())
    most = min(MOST, max(LEAST, WORK // max(1, everything)))
    places = np.unique(np.linspace(0, flat.size - 1, min(most, flat.size)).astype(int))
    found = np.full(flat.size, np.nan)
    size = max(1.0, float(np.abs(base).max(initial=0.0)))

    def at(place: int, step: float) -> float:
        moved = flat.copy()
        moved[place] += step
        return float(of({**numbers, value: moved.reshape(base.shape)})[0])

    here = at(0, 0.0) if places.size else 0.0
    for place in places:
        best = np.inf
        for relative in _STEPS:
            h = relative * size
            one = (at(place, h) - at(place, -h)) / (2 * h)
            two = (at(place, 2 * h) - at(place, -2 * h)) / (4 * h)
            if abs(one - two) < best:
                best, found[place] = abs(one - two), (4 * one - two) / 3
            if best <= 1e-7 * max(1.0, abs(one)):
                break
        h = CLOSE * size
        sides = (at(place, h) - here) / h, (here - at(place, -h)) / h
        if abs(sides[0] - sides[1]) > 0.02 * max(map(abs, sides)) + 1e-7:
            found[place] = np.nan
    return found.reshape(base.shape)


def loss_function(recorded: Recorded) -> Callable[[Mapping[int, Any]], Any]:
    """The loss as a function of the free values of its Program, in float64."""
    run = function_of(in_float64(recorded.program), (recorded.loss,))

    def quiet(given: Mapping[int, Any]) -> Any:
        with np.errstate(all="ignore"):
            return run(given)

    return quiet
