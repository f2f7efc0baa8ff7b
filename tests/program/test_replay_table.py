"""Every module, loss and optimizer: a step recorded once and replayed gives the eager step's bits."""

import copy
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.program.capture import Recording, module_names, record
from chainrule.program.replay import Replay
from chainrule.tensors.random import default_generator
from tests.nn.contract import ModuleRow
from tests.nn.table import MODULES
from tests.optim.table import ROWS as OPTIMIZERS
from tests.optim.table import Row

STEPS = 4


def tensors(result: Any) -> list[Any]:
    if isinstance(result, cr.Tensor):
        return [result]
    return [t for part in result or () for t in tensors(part)] if isinstance(result, (tuple, list)) else []


def total_of(result: Any) -> Any:
    floats = [t for t in tensors(result) if t.dtype.kind == "f"]
    total = (floats[0] * floats[0] * 0.5 + floats[0] * 0.1).sum()
    for t in floats[1:]:
        total = total + (t * 0.3).sum()
    return total


def bytes_of(module: Any) -> dict[str, bytes]:
    state = {name: value.numpy().tobytes() for name, value in module.state_dict().items()}
    state.update({f"{n}.grad": p.grad.numpy().tobytes() for n, p in module.named_parameters() if p.grad is not None})
    return state


def run_both(module: Any, make_optimizer: Any, make_step: Any, batches: list[Any]) -> None:
    """Train a module eagerly and its twin by replay; everything they leave behind has the same bytes."""
    twin = copy.deepcopy(module)
    start = default_generator.get_state()
    optimizer = make_optimizer(module)
    step = make_step(module, optimizer)
    wanted = [step(*batch) for batch in batches]
    ends = default_generator.get_state()
    default_generator.set_state(start)
    optimizer = make_optimizer(twin)
    step = make_step(twin, optimizer)
    got = [step(*batches[0])]  # eager: makes what lives between steps
    result, recording = record(step, *batches[1], names=module_names(twin))
    assert isinstance(recording, Recording)
    got.append(result)
    replay = Replay(recording)
    got += [replay(*batch) for batch in batches[2:]]
    for one, two in zip(wanted, got, strict=True):
        for a, b in zip(tensors(one), tensors(two), strict=True):
            assert a.numpy().tobytes() == b.numpy().tobytes()
    assert bytes_of(module) == bytes_of(twin)
    assert default_generator.get_state() == ends
    hash(recording.program)


@pytest.mark.parametrize("row", MODULES, ids=str)
@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
def test_modules(row: ModuleRow, train: bool) -> None:
    module = row.build().train(train)
    given = [cr.from_numpy(np.asarray(a)) for a in row.arrays()]
    draw = np.random.default_rng(1)
    batches = [
        [x if x.dtype.kind != "f" else x + cr.tensor(draw.normal(size=x.shape) * 0.1, dtype=x.dtype) for x in given]
        for _ in range(STEPS)
    ]

    def make_step(module: Any, optimizer: Any) -> Any:
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

        return step

    def make_optimizer(module: Any) -> Any:
        parameters = list(module.parameters())
        return optim.SGD(parameters, lr=0.01, momentum=0.9) if parameters else None

    run_both(module, make_optimizer, make_step, batches)


REPLAYED = [row for row in OPTIMIZERS if row.name != "LBFGS"]  # its control flow stays in Python, between Programs


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", REPLAYED, ids=str)
def test_optimizers(row: Row, dtype: str) -> None:
    with cr.settings(dtype=dtype):
        cr.manual_seed(2)
        net = nn.MLP([3, 5, 2], activation="tanh", dropout=0.2, norm="batch")
        draw = np.random.default_rng(4)
        batches = [(cr.tensor(draw.normal(size=(6, 3))), cr.tensor(draw.integers(0, 2, 6))) for _ in range(6)]

        def make_step(module: Any, optimizer: Any) -> Any:
            criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

            def step(x: Any, y: Any) -> Any:
                optimizer.zero_grad()
                loss = criterion(module(x), y)
                loss.backward()
                nn.utils.clip_grad_norm_(module.parameters(), 0.5)
                optimizer.step()
                return loss

            return step

        run_both(net, lambda module: row.make(module.parameters()), make_step, batches)


def test_a_learning_rate_is_a_control_for_each_group() -> None:
    net = nn.MLP([3, 4, 1])
    groups = [{"params": net[0].parameters()}, {"params": net[2].parameters(), "lr": 0.5}]
    optimizer = optim.Adam(groups, lr=0.1)
    x = cr.rand(5, 3)

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (net(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    step(x)
    _, recording = record(step, x, names=module_names(net))
    assert {"lr[0]", "lr[1]"} <= set(recording.controls)
    before = net[2].weight.numpy().copy(), net[0].weight.numpy().copy()
    Replay(recording)(x, **{"lr[1]": 0.0})
    np.testing.assert_array_equal(net[2].weight.numpy(), before[0])
    assert (net[0].weight.numpy() != before[1]).any()
