"""Every optimizer, compiled: with groups, clipping, schedules and dropout, as NumPy's text gives it."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.program.loops.step import CompiledStep
from chainrule.program.replay import Replay
from tests.optim.table import ELEMENTWISE, Row
from tests.program.loops.agreeing import check, recorded, run


def training(optimizer: Any, net: Any, limit: float = 0.5) -> Any:
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), limit)
        optimizer.step()
        return loss

    return step


def batches_of(count: int, dtype: str, rows: int = 6) -> list[Any]:
    draw = np.random.default_rng(4)
    return [
        (cr.tensor(draw.normal(size=(rows, 3)), dtype=dtype), cr.tensor(draw.integers(0, 2, rows)))
        for _ in range(count)
    ]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", ELEMENTWISE, ids=str)
def test_optimizers(row: Row, dtype: str) -> None:
    with cr.settings(dtype=dtype):
        cr.manual_seed(2)
        net = nn.MLP([3, 5, 2], activation="tanh", dropout=0.2, norm="batch")
        batches = batches_of(4, dtype)
        step = training(row.make(net.parameters()), net)
        # The gradient of a bias before a batch norm is 0: Adam and its kin make of its rounding a whole step.
        recording = recorded(step, *batches[0], model=net)
        check(recording, batches[1:], skip=lambda name: name.startswith("0.bias"), anew=True)


def test_groups_schedules_and_clipping() -> None:
    """A learning rate for each group, changed at every step through its control; clipping that acts, or does not."""
    for limit in (0.01, 100.0):
        cr.manual_seed(2)
        net = nn.MLP([3, 8, 2], activation="gelu", dropout=0.5).double()
        rest = {"params": list(net.parameters())[2:], "lr": 0.5, "weight_decay": 0.1}
        groups = [{"params": net[0].parameters()}, rest]
        optimizer = optim.AdamW(groups, lr=0.1)
        batches = batches_of(4, "float64")
        recording = recorded(training(optimizer, net, limit), *batches[0], model=net)
        assert {"lr[0]", "lr[1]"} <= set(recording.controls)
        controls = [{}, {"lr[0]": 0.0, "lr[1]": 0.02}, {"lr[0]": 0.3, "lr[1]": 0.0}]
        check(recording, batches[1:], controls)
        left = [dict(step.left) for step in run(CompiledStep, recording, batches[1:], controls)]
        np.testing.assert_array_equal(left[1]["0.weight"], left[0]["0.weight"])
        assert (left[2]["0.weight"] != left[1]["0.weight"]).any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [1, 6, 130])
def test_dropout_draws_the_same_bits(rows: int, dtype: str) -> None:
    net = nn.Sequential(nn.Dropout(0.4), nn.Dropout(0.1))
    x = cr.ones((rows, 37), dtype=dtype)
    recording = recorded(lambda x: (net(x), cr.rand(rows, 5), cr.bernoulli(x * 0.3)), x)
    wanted, got = (run(kind, recording, [(x,)] * 3) for kind in (Replay, CompiledStep))
    for one, two in zip(wanted, got, strict=True):
        (_, dropped), *draws = one.left
        (_, mine), *others = two.left
        np.testing.assert_array_equal(mine == 0, dropped == 0)
        np.testing.assert_allclose(mine, dropped, rtol=1e-6)
        for (name, a), (_, b) in zip(draws, others, strict=True):
            assert a.tobytes() == b.tobytes(), name
    assert (wanted[0].left[0][1] != wanted[1].left[0][1]).any()
