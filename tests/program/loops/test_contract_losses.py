"""Every loss, compiled: the loss, its gradient, and weights for each example, as NumPy's text gives them."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.nn.losses.table import ROWS, LossRow
from tests.program.loops.agreeing import check, recorded


@pytest.mark.parametrize(
    ("reduction", "dtype"), [("mean", "float32"), ("mean", "float64"), ("none", "float64"), ("weights", "float32")]
)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_losses(row: LossRow, reduction: str, dtype: str) -> None:
    x, y = row.drawn()
    outputs = nn.Parameter(cr.tensor(x, dtype=dtype))
    targets = cr.from_numpy(y) if np.asarray(y).dtype.kind != "f" else cr.tensor(y, dtype=dtype)
    weights = cr.tensor(np.linspace(0.2, 2.0, np.shape(x)[0]), dtype=dtype) if reduction == "weights" else None
    optimizer = optim.SGD([outputs], lr=1e-4)

    def step(y: Any) -> Any:
        optimizer.zero_grad()
        loss = row.call(outputs, y, "mean" if reduction == "weights" else reduction, weights)
        (loss * loss if reduction == "none" else loss).sum().backward()
        optimizer.step()
        return loss

    with cr.settings(dtype=dtype):
        check(recorded(step, targets), [(targets,)])
