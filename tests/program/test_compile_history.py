"""Results of compiled calls have a history: `backward()` outside gives the same gradients as without `compile`."""

import copy
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.tensors.random import default_generator
from tests.nn.contract import ModuleRow
from tests.nn.table import MODULES
from tests.program.world import alike, flat


def tensors(result: Any) -> list[Any]:
    if isinstance(result, cr.Tensor):
        return [result]
    return [t for part in result or () for t in tensors(part)] if isinstance(result, (tuple, list)) else []


def trained(module: Any, f: Any, given: list[Any], calls: int) -> list[Any]:
    """Forward in `f`, backward outside: results and all gradients, call after call."""
    told = []
    draw = np.random.default_rng(1)
    for _ in range(calls):
        inputs = []
        for x in given:
            noisy = x + cr.tensor(draw.normal(size=x.shape) * 0.1, dtype=x.dtype) if x.dtype.kind == "f" else x
            inputs.append(noisy.requires_grad_() if x.dtype.kind == "f" else noisy)
        module.zero_grad()
        result = f(*inputs)
        floats = [t for t in tensors(result) if t.dtype.kind == "f" and t.requires_grad]
        if floats:
            sum(((t * t).sum() for t in floats[1:]), (floats[0] * floats[0]).sum()).backward()
        grads = [part for t in (*module.parameters(), *inputs) for part in flat(t.grad)]
        told.append((flat(tensors(result)), grads))
    return told


def one_of_each(rows: list[ModuleRow]) -> list[ModuleRow]:
    return list({row.name: row for row in rows}.values())


@pytest.mark.parametrize(
    ("row", "engine"), [(row, "numpy") for row in MODULES] + [(row, "numba") for row in one_of_each(MODULES)], ids=str
)
def test_every_module(row: ModuleRow, engine: str) -> None:
    if engine == "numba":
        pytest.importorskip("llvmlite")
    module = row.build().train()
    twin = copy.deepcopy(module)
    given = [cr.from_numpy(np.asarray(a)) for a in row.arrays()]
    start = default_generator.get_state()
    wanted = trained(module, module, given, 4)
    default_generator.set_state(start)
    compiled = cr.compile(twin, engine=engine)
    assert alike(trained(twin, compiled, given, 4), wanted, engine == "numpy")
    assert compiled.report().replayed >= 1, str(compiled.report())


def test_training_with_the_loss_outside() -> None:
    told = []
    for use in (False, True):
        cr.manual_seed(1)
        net = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Dropout(0.4), nn.Linear(5, 2))
        optimizer = optim.Adam(net.parameters(), lr=0.1)
        f = cr.compile(net, engine="numpy") if use else net
        for i in range(10):
            net[3].p = 0.1 + i / 20
            optimizer.zero_grad()
            x = cr.rand(7, 3)
            loss = nn.functional.cross_entropy(f(x), cr.tensor([0, 1, 0, 1, 0, 1, 1])) + f(x * 2).mean()
            loss.backward()
            optimizer.step()
        told.append([p.numpy().tobytes() for p in net.parameters()])
    assert alike(*told)
    assert f.report().replayed == 18
    assert f.training


def test_an_argument_with_a_history() -> None:
    first, second = nn.Linear(3, 4), nn.Linear(4, 2)
    f = cr.compile(lambda h: second(h).tanh(), engine="numpy")
    for _ in range(5):
        x = cr.rand(6, 3)
        got, want = [], []
        for g, told in ((f, got), (lambda h: second(h).tanh(), want)):
            for p in (*first.parameters(), *second.parameters()):
                p.grad = None
            (g(first(x).relu()) ** 2).sum().backward()
            told += [p.grad.numpy().tobytes() for p in (*first.parameters(), *second.parameters())]
        assert got == want
    assert f.report().replayed == 3


def test_an_argument_whose_gradient_is_computed_inside() -> None:
    def attack(x: Any) -> Any:
        (x * x).sum().backward()
        return x.grad * 0.1

    f = cr.compile(attack, engine="numpy")
    for i in range(4):
        x, y = cr.tensor([1.0, float(i)], requires_grad=True), cr.tensor([1.0, float(i)], requires_grad=True)
        assert alike(flat(f(x)), flat(attack(y)))
        assert x.grad.tolist() == y.grad.tolist()
    assert "argument" in str(f.report())


def test_results_without_a_history_stay_plain() -> None:
    net = nn.Linear(3, 2)
    f = cr.compile(lambda x: (net(x), net(x).detach(), x * 2, x.argmax()), engine="numpy")
    for _ in range(4):
        one, *rest = f(cr.rand(4, 3))
        assert one.requires_grad
        assert not any(t.requires_grad for t in rest)


def replayed() -> tuple[Any, Any]:
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    f = cr.compile(net, engine="numpy")
    for _ in range(3):
        f(cr.rand(2, 3))
    assert f.report().replayed == 1
    return net, f


def test_weights_changed_before_backward_are_refused() -> None:
    net, f = replayed()
    loss = f(cr.rand(2, 3)).sum()
    with cr.no_grad():
        net[2].weight.add_(1.0)
    with pytest.raises(cr.GradientError):
        loss.backward()


def test_backward_twice_needs_the_graph() -> None:
    net, f = replayed()
    loss = f(cr.rand(2, 3)).sum()
    loss.backward(retain_graph=True)
    once = net[0].weight.grad.numpy().copy()
    loss.backward()
    np.testing.assert_array_equal(net[0].weight.grad.numpy(), once + once)
    with pytest.raises(cr.GradientError):
        loss.backward()


def test_gradients_of_gradients_are_refused() -> None:
    net, f = replayed()
    loss = f(cr.rand(2, 3)).sum()
    with pytest.raises(cr.GradientError, match="create_graph"):
        cr.autograd.grad(loss, list(net.parameters()), create_graph=True)


def test_hooks_on_parameters_stay_eager() -> None:
    net, plain = nn.Linear(3, 1), nn.Linear(3, 1)
    plain.load_state_dict(net.state_dict())
    f = cr.compile(net, engine="numpy")
    for each in (net, plain):
        each.weight.register_hook(lambda g: g * 3)
    for _ in range(4):
        x = cr.rand(2, 3)
        for each, g in ((net, f), (plain, plain)):
            each.zero_grad()
            g(x).sum().backward()
        assert net.weight.grad.tolist() == plain.weight.grad.tolist()
    assert f.report().replayed == 0


def test_a_backward_pass_inside_that_reaches_outside() -> None:
    net = nn.Linear(3, 2)

    def step(h: Any) -> Any:
        loss = (h * h).sum()
        loss.backward()
        return loss

    f = cr.compile(step, engine="numpy")
    for _ in range(4):
        x = cr.rand(4, 3)
        net.zero_grad()
        f(net(x))
        got = net.weight.grad.tolist()
        net.zero_grad()
        step(net(x))
        assert net.weight.grad.tolist() == got
    assert f.report().replayed == 0
