"""Every module, compiled: three training steps from equal state, with all they leave, as NumPy's text gives them."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.nn.contract import ModuleRow
from tests.nn.table import MODULES
from tests.program.loops.agreeing import STEPS, check, recorded, tensors


def total_of(result: Any) -> Any:
    floats = [t for t in tensors(result) if t.dtype.kind == "f"]
    total = (floats[0] * floats[0] * 0.5 + floats[0] * 0.1).sum()
    for t in floats[1:]:
        total = total + (t * 0.3).sum()
    return total


def batches_of(row: ModuleRow, dtype: str) -> list[list[Any]]:
    draw = np.random.default_rng(1)
    made = []
    for _ in range(STEPS):
        arrays = [np.asarray(a) for a in row.arrays()]
        made.append([
            cr.tensor(a + draw.normal(size=a.shape) * 0.1, dtype=dtype) if a.dtype.kind == "f" else cr.from_numpy(a)
            for a in arrays
        ])
    return made


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("row", MODULES, ids=str)
def test_modules(row: ModuleRow, train: bool, dtype: str) -> None:
    module = row.build().to(dtype).train(train)
    parameters = list(module.parameters())
    optimizer = optim.SGD(parameters, lr=0.01, momentum=0.9) if parameters else None
    batches = batches_of(row, dtype)
    # The gradient of a bias before a batch norm is 0: what is left of it is rounding alone.
    idle = "0.bias" if row.name == "Sequential" and isinstance(module[1], nn.BatchNorm1d) else "nothing"

    def step(*inputs: Any) -> Any:
        if optimizer is not None:
            optimizer.zero_grad()
        result = module(*inputs)
        total = total_of(result)
        if total.requires_grad:
            total.backward()
        if optimizer is not None:
            optimizer.step()
        return total, result

    recording = recorded(step, *batches[0], model=module)
    check(recording, batches, skip=lambda name: dtype == "float32" and name.startswith(idle))
