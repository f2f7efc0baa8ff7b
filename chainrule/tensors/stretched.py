"""What a loop written by hand gets wrong most often: outputs (N, 1) minus targets (N,) are (N, N)."""

from typing import Any

from chainrule.errors import ChainruleWarning, warn
from chainrule.tape.mode import mode
from chainrule.tape.tracked import Tracked

LEAST = 3  # rows: two by two is soon meant


def say_if_stretched(a: Any, b: Any) -> None:
    """Say it when what a network computed meets data of as many numbers, and every row every other.

    Data against data, and parameters or outputs against outputs, are compared so on purpose.
    """
    if mode.recorder is not None or mode.trusting or not isinstance(a, Tracked) or not isinstance(b, Tracked):
        return
    made, data = (a, b) if a.requires_grad else (b, a)
    one, two = made._array, data._array
    if made._node is None or data.requires_grad or one is None or two is None:
        return
    if {one.ndim, two.ndim} != {1, 2} or one.size != two.size or one.size < LEAST or 1 not in (one.shape + two.shape):
        return
    column = one if one.ndim == 2 else two
    if column.shape[1] == 1:
        warn(ChainruleWarning(
            "tensors.stretched", "-", one=a._array.shape, two=b._array.shape, rows=one.size,
            want="(-1, 1)" if one.ndim == 2 else "-1",
        ))
