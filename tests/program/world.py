"""A training step and everything it lives in, driven with and without `compile`."""

from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn, optim
from chainrule.tensors.random import default_generator

draw = np.random.default_rng(0)
X = draw.normal(size=(12, 20, 5)).astype(np.float32)
Y = draw.integers(0, 3, (12, 20))


class World:
    """Everything a training step lives in, so that a test can change any of it."""

    def __init__(self, make_optimizer: Any = None, net: Any = None) -> None:
        cr.manual_seed(3)
        self.model = net() if net is not None else nn.Sequential(
            nn.Linear(5, 8, bias=False), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.3), nn.Linear(8, 3)
        )
        make = make_optimizer or (lambda p: optim.Adam(p, lr=0.01))
        self.optimizer = make(self.model.parameters())
        self.criterion = nn.CrossEntropyLoss()
        self.limit = 1.0
        self.scale = 1.0
        self.calls = 0

    def step(self) -> Any:
        model, optimizer, criterion = self.model, self.optimizer, self.criterion

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            out = model(x)
            loss = criterion(out, y) * self.scale
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), self.limit)
            optimizer.step()
            return loss, out

        return step


def state(world: Any) -> list[Any]:
    """Copies of everything that a step may change."""
    found = [*world.model.state_dict().values(), *(p.grad for p in world.model.parameters())]
    for kept in world.optimizer.state.values():
        found += [t for t in kept.values() if isinstance(t, cr.Tensor)]
    return [*(part for t in found for part in flat(t)), default_generator.get_state()]


def flat(result: Any) -> list[Any]:
    """A result as a list of arrays and plain values, for comparisons."""
    if isinstance(result, cr.Tensor):
        return [np.array(result.numpy())]
    if isinstance(result, dict):
        return [list(result), *(part for value in result.values() for part in flat(value))]
    if isinstance(result, (list, tuple)):
        return [type(result).__name__, *(part for value in result for part in flat(value))]
    return [result]


def alike(a: Any, b: Any, exact: bool = True) -> bool:
    """Whether two lists of arrays and values are the same, byte for byte or up to rounding over some steps."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        return a.tobytes() == b.tobytes() if exact else bool(np.allclose(a, b, rtol=1e-3, atol=2e-5))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(alike(x, y, exact) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and bool(a == b)


def drive(world: Any, step: Any, change: Any, calls: int) -> list[Any]:
    told = []
    for i in range(calls):
        args = change(world, i)
        x, y = (cr.tensor(X[i % 12]), cr.tensor(Y[i % 12])) if args is None else args
        told.append((flat(step(x, y)), state(world)))
    return told


def both(
    change: Any, calls: int = 10, make: Any = World, replayed: int | None = None, step: Any = None,
    engine: str = "numpy",
) -> Any:
    """Train with and without `compile`: all numbers have the same bytes; nearly the same in compiled loops."""
    make_step = step or (lambda world: world.step())
    world = make()
    wanted = drive(world, make_step(world), change, calls)
    world = make()
    compiled = cr.compile(make_step(world), engine=engine)
    got = drive(world, compiled, change, calls)
    for i, (a, b) in enumerate(zip(wanted, got, strict=True)):
        assert alike(a, b, engine == "numpy"), f"call {i}\n{compiled.report()}"
    report = compiled.report()
    if replayed is not None:
        assert report.replayed == replayed, str(report)
    assert report.replayed + report.eager == calls
    return compiled


def nothing(world: Any, i: int) -> Any:
    return None


def at(call: int, change: Any) -> Any:
    """A change before one of the calls."""
    return lambda world, i: change(world) if i == call else None


def set_(thing: Any, name: str, value: Any) -> None:
    setattr(thing, name, value)


def calls(function: Any, changes: Any, xs: Any = None, count: int = 10, engine: str = "numpy") -> Any:
    """A function with and without `compile`, its surroundings changed before some calls and put back at the end."""
    compiled = cr.compile(function, engine=engine)
    xs = xs or [cr.tensor([float(i), -1.0, 2.0]) for i in range(count)]
    for i, x in enumerate(xs):
        if i in changes:
            changes[i]()
        assert alike(flat(compiled(x)), flat(function(x)), engine == "numpy"), f"call {i}\n{compiled.report()}"
    return compiled.report()
