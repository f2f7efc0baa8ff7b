"""Arguments and results of compiled functions, of all kinds."""

from collections import namedtuple
from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn
from tests.program.world import alike, calls, flat

Pair = namedtuple("Pair", "loss, out")  # noqa: PYI024 - as a user writes it


def test_python_arguments_are_part_of_the_key() -> None:
    def step(x: Any, *more: Any, power: Any = 2, **named: Any) -> Any:
        return x**power * len(more) + sum(named.values(), 0.0)

    compiled = cr.compile(step, engine="numpy")
    x = cr.tensor([1.0, 2.0])
    for args, named in [((), {}), ((1,), {}), ((1, 2), {}), ((), {"power": 3}), ((), {"a": 1.0}), ((), {"b": 1.0})] * 4:
        assert alike(flat(compiled(x, *args, **named)), flat(step(x, *args, **named)))
    assert compiled.report().replayed >= 12


def test_tensors_inside_lists_tuples_and_dicts() -> None:
    def step(batch: Any, pair: Any) -> Any:
        x, (y, k) = batch["x"], pair
        return {"a": x + y, "b": Pair(x * k, [y]), "c": (x, None, "word")}

    compiled = cr.compile(step, engine="numpy")
    for i in range(6):
        x, y = cr.tensor([float(i)]), cr.tensor([2.0])
        got, want = compiled({"x": x}, (y, 3)), step({"x": x}, (y, 3))
        assert alike(flat(got), flat(want))
        assert type(got["b"]) is Pair
    assert compiled.report().replayed == 4


def test_a_numpy_array_as_argument_is_not_frozen() -> None:
    net = nn.Linear(3, 2)
    with cr.no_grad():
        report = calls(lambda x: net(cr.as_tensor(x)), {}, xs=[np.full((1, 3), i, np.float32) for i in range(6)])
    assert "cr.from_numpy" in str(report)


def test_views_of_inputs_and_parameters_are_copies_when_replayed() -> None:
    net = nn.Linear(3, 2)
    compiled = cr.compile(lambda x: (x[:1], net.weight.detach()[0]), engine="numpy")
    x = cr.tensor([1.0, 2.0, 3.0])
    for _ in range(4):
        part, row = compiled(x)
    row.add_(1.0)
    part.add_(1.0)
    assert x.tolist() == [1.0, 2.0, 3.0]
    assert net.weight[0].detach().tolist() != row.tolist()


def test_an_argument_changed_in_place() -> None:
    def step(x: Any) -> Any:
        x.add_(1.0)
        return x * 2

    compiled = cr.compile(step, engine="numpy")
    x, y = cr.tensor([1.0]), cr.tensor([1.0])
    for _ in range(4):
        assert alike(flat(compiled(x)), flat(step(y)))
        assert x.tolist() == y.tolist()
    assert "in place" in str(compiled.report())


def test_what_is_made_inside_begins_anew_every_time() -> None:
    def step(x: Any) -> Any:
        total = cr.zeros(3)
        total.add_(x)
        total += x
        total[0] = 7.0
        return total

    assert calls(step, {}).replayed == 8


def test_a_view_of_an_intermediate_written_in_place() -> None:
    def step(x: Any) -> Any:
        y = x * 2
        y.reshape(3, 1).add_(1.0)
        z = x + 1
        part = z[:2]
        z.mul_(2.0)
        return y, z, part

    calls(step, {})


def test_an_argument_in_the_memory_of_a_parameter() -> None:
    told = []
    for use in (False, True):
        w = cr.tensor([1.0, 2.0])

        def step(x: Any, w: Any = w) -> Any:
            w.add_(1.0)
            return x * 2 + w

        f = cr.compile(step, engine="numpy") if use else step
        told.append([flat(f(w.detach() if i > 3 else cr.tensor([1.0, 1.0]))) for i in range(8)])
    assert alike(*told)


def test_another_object_as_argument() -> None:
    nets = [nn.Linear(3, 2), nn.Linear(3, 2)]
    compiled = cr.compile(lambda net, x: net(x).detach(), engine="numpy")
    for i in range(10):
        x = cr.rand(4, 3)
        assert alike(flat(compiled(nets[i // 5], x)), flat(nets[i // 5](x)))
    assert compiled.report().replayed == 6


def test_a_compiled_method() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(3, 2)

        @cr.compile(engine="numpy")
        def forward(self, x: Any) -> Any:
            return self.inner(x).tanh()

    one, two = Net(), Net()
    with cr.no_grad():
        for _ in range(4):
            x = cr.rand(2, 3)
            for net in (one, two):
                assert alike(flat(net(x)), flat(net.inner(x).tanh()))


def test_compiled_functions_inside_compiled_functions() -> None:
    inner = cr.compile(lambda x: (x * 2).tanh(), engine="numpy")
    report = calls(lambda x: inner(x) + 1, {})
    assert report.replayed == 8
