"""What a network answers, block by block.

A matrix product over some of the rows may round otherwise than one over all of them. In blocks of 8 rows, a last one
filled up with copies, the matrix products at hand treat each row alike, wherever in the block it stands: so up to
`FEW` rows a dense network gives each row the very bits that it gives it alone. More rows go in larger blocks, where
that holds to rounding.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.data.arrays import Array
from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn.module import Module
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor

BLOCK, FEW = 8, 256
Compiled = Callable[[Sequence[Tensor]], Array | None]


def answers(
    model: Module, inputs: tuple[Array, ...], batch_size: int | None, compiled: Compiled, where: str
) -> Array:
    """The outputs of a network in evaluation mode, one row for each row of the inputs.

    Args:
        model: the network.
        inputs: rows.
        batch_size: rows at a time; None for 8, or 256 of many.
        compiled: gives the outputs of a block too, or None where the network itself has to be asked.
        where: for errors.

    Raises:
        ShapeError: when the outputs are not one tensor with a row for each row of the inputs.
    """
    rows = len(inputs[0])
    size = batch_size or (BLOCK if rows <= FEW else FEW)
    fill = batch_size is not None or rows <= FEW
    pieces: list[Array] = []
    start = 0
    while start < rows:
        block = [part[start : start + size] for part in inputs]
        count = len(block[0])
        found = compiled([wrap(part) for part in _filled(block, size)]) if fill or count == size else None
        if found is None and pieces and not fill and size > BLOCK:  # compiled: the last ones in small blocks
            size, fill = BLOCK, True
            continue
        if found is None:
            block = _filled(block, size) if fill else block
            outputs = asked(model, [wrap(part) for part in block], where)
            if not isinstance(outputs, Tensor) or outputs.shape[:1] != (len(block[0]),):
                got = outputs.shape if isinstance(outputs, Tensor) else type(outputs).__name__
                raise ShapeError("train.outputs", f"{where}, X", got=got, rows=len(block[0]))
            found = outputs.numpy()
        pieces.append(found[:count])
        start += count
    return np.concatenate(pieces) if pieces else np.zeros((0,), inputs[0].dtype)


def asked(model: Module, inputs: Sequence[Tensor], where: str) -> Any:
    """What a network answers.

    Raises:
        ArgumentError: for another number of inputs than it has arguments.
    """
    try:
        return model(*inputs)
    except TypeError:
        names = _arguments(model)
        if names is None or _fits(model, len(inputs)):
            raise
        raise ArgumentError("train.input_count", f"{where}, X", got=len(inputs), names=", ".join(names)) from None


def _arguments(model: Module) -> list[str] | None:
    try:
        return list(inspect.signature(model.forward).parameters)
    except (TypeError, ValueError):
        return None


def _fits(model: Module, count: int) -> bool:
    try:
        inspect.signature(model.forward).bind(*range(count))
    except TypeError:
        return False
    return True


def _filled(block: list[Array], size: int) -> list[Array]:
    """A block with copies of its last row, so that it has `size` of them."""
    missing = size - len(block[0])
    return [np.concatenate([part, np.repeat(part[-1:], missing, axis=0)]) for part in block] if missing else block
