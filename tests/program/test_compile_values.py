"""Python values that steer a compiled function are looked at before every replay."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import optim
from tests.program.world import World, at, both, calls, set_

FACTOR = 2.0
TABLE = {"a": 1.0, "b": [1, 2]}
MASK = np.array([1.0, 0.0, 1.0], np.float32)
BUFFER = cr.tensor([1.0, 2.0, 3.0])


def helper(x: Any) -> Any:
    return x * FACTOR


class Options:
    rate = 0.5
    sizes = (1, 2)

    def __init__(self) -> None:
        self.on = True
        self.weight = 1.5

    @property
    def both(self) -> float:
        return self.weight + self.rate


def test_a_global_a_helper_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {4: lambda: monkeypatch.setitem(globals(), "FACTOR", 5.0)}
    assert "FACTOR: 2.0 before, 5.0 now" in str(calls(lambda x: helper(x) + 1, changes))


def test_a_helper_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {4: lambda: monkeypatch.setitem(globals(), "helper", lambda x: x * 7)}
    assert calls(lambda x: helper(x) + 1, changes).replayed == 6


def test_global_containers_and_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {
        3: lambda: monkeypatch.setitem(TABLE, "a", 4.0), 5: lambda: monkeypatch.setitem(TABLE, "b", [1, 2, 3]),
        7: lambda: MASK.__setitem__(1, 9.0),
    }
    assert calls(lambda x: x * TABLE["a"] * len(TABLE["b"]) + MASK, changes, count=12).replayed >= 4
    MASK[1] = 0.0


def test_a_tensor_outside_is_read_by_reference() -> None:
    report = calls(lambda x: x + BUFFER, {4: lambda: BUFFER.fill_(8.0), 6: lambda: BUFFER.data.copy_(cr.ones(3))})
    assert report.replayed == 8


def test_a_swapped_input_buffer() -> None:
    buffer = np.ones(3, np.float32)
    x = cr.from_numpy(buffer)
    compiled = cr.compile(lambda x: x * 2, engine="numpy")
    for i in range(6):
        buffer[:] = i
        x.copy_(buffer)
        assert compiled(x).tolist() == [2.0 * i] * 3


def test_closures_defaults_and_attributes() -> None:
    level = 1.0
    options = Options()

    def step(x: Any, slope: float = 2.0, *, shift: float = 1.0) -> Any:
        y = x * level * slope + shift + options.both
        return y * options.weight if options.on else y

    def set_level(value: float) -> None:
        nonlocal level
        level = value

    changes = {
        3: lambda: set_level(3.0), 5: lambda: set_(options, "on", False), 7: lambda: set_(options, "weight", 9.0),
        9: lambda: set_(step, "__defaults__", (4.0,)), 11: lambda: set_(step, "__kwdefaults__", {"shift": 0.0}),
        13: lambda: set_(Options, "rate", 0.75),
    }
    report = calls(step, changes, count=16)
    Options.rate = 0.5
    assert report.replayed >= 2
    assert {row.again.words for row in report.rows if row.again} >= {"level", "options.on", "slope", "shift"}


def test_the_sign_of_zero_and_the_type_of_a_number() -> None:
    world = {"z": 0.0, "n": 1}
    changes = {4: lambda: world.update(z=-0.0), 7: lambda: world.update(n=1.0), 10: lambda: world.update(n=True)}
    with np.errstate(divide="ignore"):
        calls(lambda x: (x * 0 + 1) / (x * 0 + world["z"]) * world["n"], changes, count=13)


def test_a_branch_on_a_python_value() -> None:
    world = {"deep": False}

    def step(x: Any) -> Any:
        return x.tanh() if world["deep"] else x

    assert calls(step, {4: lambda: world.update(deep=True), 8: lambda: world.update(deep=False)}).replayed == 6


def test_a_rate_that_the_step_itself_looks_at() -> None:
    def make_step(world: Any) -> Any:
        inner = world.step()

        def step(x: Any, y: Any) -> Any:
            loss, out = inner(x, y)
            return loss.detach() * 2 if world.optimizer.param_groups[0]["lr"] < 0.005 else loss, out

        return step

    def change(world: Any, i: int) -> None:
        world.optimizer.param_groups[0]["lr"] = 0.01 / (1 + i // 4)

    both(change, calls=16, step=make_step, replayed=10)


def test_an_optimizer_of_the_users() -> None:
    class Plain(optim.Optimizer):
        @cr.no_grad()
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    p.data -= group["lr"] * p.grad

    def change(world: Any) -> None:
        world.optimizer.param_groups[0]["lr"] = 0.02

    both(at(5, change), make=lambda: World(lambda p: Plain(p, {"lr": 0.1})), replayed=6)


def test_two_optimizers_with_rates_of_their_own() -> None:
    class Two(World):
        def __init__(self) -> None:
            super().__init__(lambda p: optim.SGD(list(p)[:2], lr=0.1, momentum=0.9))
            self.other = optim.SGD(list(self.model.parameters())[2:], lr=0.1)

        def step(self) -> Any:
            def step(x: Any, y: Any) -> Any:
                self.optimizer.zero_grad()
                self.other.zero_grad()
                loss = self.criterion(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                self.other.step()
                return loss

            return step

    def change(world: Any, i: int) -> None:
        world.other.param_groups[0]["lr"] = 0.1 / (i + 1)

    both(change, make=Two, replayed=8)


def test_hooks_of_modules_and_parameters() -> None:
    def change(world: Any, i: int) -> None:
        if i == 4:
            world.handle = world.model[2].register_forward_hook(lambda module, args, out: out * 2)
        if i == 7:
            world.handle.remove()
            world.model[0].weight.register_hook(lambda g: g * 3)

    both(change, calls=12)


def test_a_hook_that_keeps_what_it_sees_stays_eager() -> None:
    seen: list[Any] = []

    def change(world: Any, i: int) -> None:
        if i == 0:
            world.model[2].register_forward_hook(lambda module, args, out: seen.append(out.detach()))

    assert "seen" in str(both(change, replayed=0).report())
    assert len(seen) == 20
