"""What a network answers, block by block.

A matrix product over some of the rows may round otherwise than one over all of them. In blocks of 8 rows, a last one
filled up with copies, the matrix products at hand treat each row alike, wherever in the block it stands: so up to
`FEW` rows a dense network gives each row the very bits that it gives it alone. More rows go in larger blocks, where
that holds to rounding.
"""

from typing import Any

import numpy as np

from chainrule.data.arrays import Array
from chainrule.errors import ShapeError
from chainrule.nn.module import Module
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor

BLOCK, FEW = 8, 256


def answers(model: Module, inputs: tuple[Array, ...], batch_size: int | None, where: str) -> Array:
    """The outputs of a network in evaluation mode, one row for each row of the inputs.

    Raises:
        ShapeError: when the outputs are not one tensor with a row for each row of the inputs.
    """
    rows = len(inputs[0])
    size = batch_size or (BLOCK if rows <= FEW else FEW)
    fill = batch_size is not None or rows <= FEW
    pieces = []
    for start in range(0, rows, size):
        block = [part[start : start + size] for part in inputs]
        missing = size - len(block[0]) if fill else 0
        if missing:
            block = [np.concatenate([part, np.repeat(part[-1:], missing, axis=0)]) for part in block]
        outputs: Any = model(*[wrap(part) for part in block])
        if not isinstance(outputs, Tensor) or outputs.shape[:1] != (len(block[0]),):
            got = outputs.shape if isinstance(outputs, Tensor) else type(outputs).__name__
            raise ShapeError("train.outputs", where, got=got, rows=len(block[0]))
        pieces.append(outputs.numpy()[: size - missing])
    return np.concatenate(pieces) if pieces else np.zeros((0,), inputs[0].dtype)
