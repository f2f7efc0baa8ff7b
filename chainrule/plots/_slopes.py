"""Values and slopes of a function of one number, through the library's own gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.plots._arrays import array
from chainrule.plots._chart import Numbers
from chainrule.tape.mode import enable_grad
from chainrule.tensors.creation import tensor


def value_and_slope(function: Callable[[Any], Any], x: Numbers, where: str) -> tuple[Numbers, Numbers]:
    """f(x) and f′(x) at every position.

    Args:
        function: takes a tensor and gives one of the same shape, element by element.
        x: (n,) positions.
        where: for errors.

    Returns:
        (n,) values and (n,) slopes, float64.

    Raises:
        ShapeError: when the function does not keep the shape.
    """
    with enable_grad():
        at = tensor(x, dtype=np.float64, requires_grad=True)
        value = function(at)
        if getattr(value, "shape", None) != at.shape:
            raise ShapeError(
                "plots.elementwise", where, got=getattr(value, "shape", type(value).__name__), want=at.shape
            )
        value.sum().backward()
    slope = np.zeros_like(x) if at.grad is None else array(at.grad)
    return array(value).astype(np.float64), slope.astype(np.float64)
