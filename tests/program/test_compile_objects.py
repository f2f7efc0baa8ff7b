"""Objects that a compiled function reaches: modules in lists, options, partial functions, methods, optimizers."""

import functools
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.program.world import World, X, Y, alike, both, calls, flat, set_

LEVEL = cr.tensor([1.0, 2.0, 3.0])


@dataclass
class Choice:
    """Options as users write them."""

    scale: float = 2.0
    names: list[str] = field(default_factory=lambda: ["a", "b"])


class Deep(nn.Module):
    """A network with Python in it."""

    factor = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(3)])
        self.hidden = [nn.Linear(3, 3)]  # a plain list, which `parameters()` does not see
        self.options = {"skip": [0], "choice": Choice()}
        self.depth = 3

    def block(self, x: Any) -> Any:
        return x.tanh() * self.factor

    def forward(self, x: Any) -> Any:
        for i, layer in enumerate(self.layers[: self.depth]):
            if i not in self.options["skip"]:
                x = self.block(layer(x))
        return self.hidden[0](x) * self.options["choice"].scale * len(self.options["choice"].names)


def test_a_network_with_python_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Deep()

    def frozen(x: Any) -> Any:
        with cr.no_grad():
            return net(x)

    changes = {
        3: lambda: net.options["skip"].append(1), 5: lambda: set_(net.options["choice"], "scale", 5.0),
        7: lambda: net.options["choice"].names.pop(), 9: lambda: set_(net, "depth", 1),
        11: lambda: monkeypatch.setattr(Deep, "factor", 3.0),
        13: lambda: monkeypatch.setattr(Deep, "block", lambda self, x: x.relu()),
        15: lambda: net.hidden.__setitem__(0, nn.Linear(3, 3)), 17: lambda: net.options["skip"].clear(),
        19: lambda: monkeypatch.setattr(Deep, "forward", lambda self, x: x * 2),
        21: lambda: set_(net, "forward", lambda x: x * 3),
    }
    xs = [cr.rand(2, 3) for _ in range(24)]
    assert calls(frozen, changes, xs).replayed >= 4


def test_a_tensor_that_is_replaced_or_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {
        4: lambda: monkeypatch.setitem(globals(), "LEVEL", cr.tensor([5.0, 5.0, 5.0])),
        8: lambda: set_(LEVEL, "data", cr.tensor([[1.0], [2.0]])),
    }
    assert calls(lambda x: x + LEVEL, changes, count=12).replayed == 6


def test_partial_functions_and_bound_methods() -> None:
    options = SimpleNamespace(k=1.0)

    def scaled(k: float, x: Any, *, shift: float = 0.0) -> Any:
        return x * k + shift + options.k

    part = functools.partial(scaled, 2.0, shift=1.0)
    changes = {4: lambda: part.keywords.update(shift=3.0), 8: lambda: set_(options, "k", 0.0)}
    assert calls(part, changes, count=12).replayed == 6

    class Holder:
        def __init__(self) -> None:
            self.k = 1.0

        def run(self, x: Any) -> Any:
            return x * self.k

        def __call__(self, x: Any) -> Any:
            return self.run(x) + 1

    holder = Holder()
    assert calls(holder.run, {4: lambda: set_(holder, "k", 3.0)}).replayed == 6
    assert calls(holder, {4: lambda: set_(holder, "k", 5.0)}).replayed == 6
    assert calls(lambda x: holder(x), {4: lambda: set_(holder, "k", 7.0)}).replayed == 6


def test_functions_that_make_functions() -> None:
    def make(k: float) -> Any:
        def inner(x: Any) -> Any:
            return x * k

        return inner

    table = {"f": make(2.0)}
    assert calls(lambda x: table["f"](x), {4: lambda: table.update(f=make(3.0))}).replayed == 6


def test_a_derivative_of_the_users_own() -> None:
    slope = [3.0]

    class Own(cr.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, d: Any) -> Any:
            (x,) = ctx.saved_tensors
            return d * slope[0] * x

    w = cr.tensor([1.0, 2.0, 3.0], requires_grad=True)

    def step(x: Any) -> Any:
        w.grad = None
        Own.apply(w * x).sum().backward()
        return w.grad * 1.0

    assert calls(step, {5: lambda: slope.__setitem__(0, 7.0)}, count=12).replayed >= 4


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    integers = [cr.tensor([i, 2, 3]) for i in range(10)]
    changes = {5: lambda: cr.settings(dtype="float64")}
    assert calls(lambda x: x / 2 + cr.zeros(3), changes, integers).replayed == 6


@pytest.mark.parametrize("way", ["another", "group", "zero", "more"])
def test_an_optimizer_that_is_changed(way: str) -> None:
    class Held(World):
        def step(self) -> Any:
            def step(x: Any, y: Any) -> Any:
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                return loss

            return step

    def change(world: Any, i: int) -> None:
        groups = world.optimizer.param_groups
        if i == 5 and way == "another":
            world.optimizer = optim.SGD(world.model.parameters(), lr=0.2)
        elif i == 5 and way == "group":
            groups[0] = {**groups[0], "lr": 0.5}
        elif i == 5 and way == "zero":
            groups[0]["lr"] = 0.0
        elif i == 5 and way == "more":
            groups[0]["params"].pop()

    assert both(change, make=Held).report().replayed >= 6


def test_every_second_call_updates() -> None:
    def make_step(world: Any) -> Any:
        def step(x: Any, y: Any) -> Any:
            loss = world.criterion(world.model(x), y)
            loss.backward()
            if world.calls % 2:
                world.optimizer.step()
                world.optimizer.zero_grad()
            return loss

        return step

    def count(world: Any, i: int) -> None:
        world.calls = i % 2

    assert both(count, step=make_step, calls=12).report().replayed == 8


def test_a_function_called_from_several_threads() -> None:
    net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2)).eval()
    pytest.importorskip("llvmlite")
    with cr.no_grad():
        wanted = {n: net(cr.ones(n, 3)).numpy() for n in (1, 2, 3)}
    for engine in ("numpy", "numba"):
        f = cr.compile(net, engine=engine)
        wrong: list[Any] = []

        def work(n: int, f: Any = f, wrong: list[Any] = wrong) -> None:
            with cr.no_grad():
                got = [f(cr.ones(n, 3)).numpy() for _ in range(40)]
            wrong.extend(n for each in got if not np.allclose(each, wanted[n], rtol=1e-5))

        threads = [threading.Thread(target=work, args=(1 + i % 3,)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert f.report().replayed >= 200


def test_named_arguments_and_tensors_as_defaults() -> None:
    shift = cr.tensor([1.0])

    def step(x: Any, *, y: Any, shift: Any = shift) -> Any:
        return x - y + shift

    f = cr.compile(step, engine="numpy")
    for i in range(6):
        x, y = cr.tensor([float(i)]), cr.tensor([0.5])
        assert alike(flat(f(x, y=y)), flat(step(x, y=y)))
        shift.add_(1.0)
    assert f.report().replayed == 4


def test_a_compiled_step_keeps_nothing_of_its_calls() -> None:
    import gc
    import weakref

    world = World()
    step = cr.compile(world.step(), engine="numpy")
    seen = []
    for i in range(6):
        x, y = cr.tensor(X[i]), cr.tensor(Y[i])
        loss, out = step(x, y)
        seen += [weakref.ref(x), weakref.ref(loss), weakref.ref(out)]
        del x, y, loss, out
    gc.collect()
    assert [ref() for ref in seen] == [None] * len(seen)


def test_names_that_are_computed() -> None:
    class Options:
        def __init__(self) -> None:
            self.k1 = 2.0

    options = Options()

    def step(x: Any) -> Any:
        total = x
        for name in ("k1", "k2"):
            total = total * getattr(options, name[:1] + name[1:], 1.0)
        return total * (3.0 if hasattr(options, "late") else 1.0)

    changes = {
        4: lambda: set_(options, "k1", 5.0), 8: lambda: set_(options, "k2", 7.0), 12: lambda: set_(options, "late", 1),
    }
    assert calls(step, changes, count=16).replayed >= 6


def test_attributes_of_functions() -> None:
    def step(x: Any) -> Any:
        return x * getattr(step, "k", 1.0)

    assert calls(step, {4: lambda: set_(step, "k", 5.0)}).replayed >= 4

    def counting(x: Any) -> Any:
        counting.n = getattr(counting, "n", 0) + 1
        return x * counting.n

    f = cr.compile(counting, engine="numpy")
    assert [f(cr.ones(1)).item() for _ in range(4)] == [1.0, 2.0, 3.0, 4.0]


def test_globals_by_computed_names() -> None:
    report = calls(lambda x: x * globals()["LEVEL"], {}, count=4)
    assert "globals()" in str(report)


def test_a_rule_of_the_users_that_the_library_calls() -> None:
    class Half(optim.SGD):
        share = 0.5

        def _update(self, group: Any, number: Any, clock: Any) -> Any:
            update = super()._update(group, number, clock)
            return update._replace(numbers=(update.numbers[0] * self.share, *update.numbers[1:]))

    def change(world: Any, i: int) -> None:
        Half.share = 0.5 if i < 5 else 0.25

    both(change, make=lambda: World(lambda p: Half(p, lr=0.1)), replayed=6)


@pytest.mark.parametrize("name", ["seed", "order", "weights", "state"])
def test_streams_that_python_sets_or_reads(name: str) -> None:
    from chainrule.tensors.random import default_generator

    def step(x: Any) -> Any:
        if name == "seed":
            cr.manual_seed(3)
        elif name == "order":
            x = x[cr.randperm(2)]
        elif name == "weights":
            return nn.Linear(2, 1)(x).detach()
        elif default_generator.get_state()[1] % 2:
            x = x * 2
        return x * cr.rand(2)

    told = []
    for f in (step, cr.compile(step, engine="numpy")):
        cr.manual_seed(1)
        told.append([flat(f(cr.tensor([1.0, 2.0]))) for _ in range(8)])
    assert alike(*told)
    assert f.report().replayed == (6 if name == "order" else 0)  # an order comes from draws that are recorded
