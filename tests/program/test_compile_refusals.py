"""What cannot be replayed runs as written, and the report says why."""

import copy
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.program.world import World, X, Y, alike, both, calls, draw, drive, flat, nothing, state

BUFFER = cr.tensor([1.0, 2.0, 3.0])
COUNT = 0
SEEN: list[Any] = []
STREAM = np.random.default_rng(1)
FLOW = iter(range(1000))
LARGE = np.zeros((1000, 300), np.float64)


def counted(x: Any) -> Any:
    global COUNT  # noqa: PLW0603 - what is to be noticed
    COUNT += 1
    return x * COUNT


class Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        return x * self.calls


def appended(x: Any) -> Any:
    SEEN.append(1)
    return x * len(SEEN)


EAGER = {
    "item": (lambda x: x * 2 if x.sum().item() > 0 else x * 3, "item()"),
    "bool": (lambda x: x * 2 if x.sum() > 0 else x * 3, "bool(x)"),
    "float": (lambda x: x * float(x.sum()), "item()"),
    "numpy": (lambda x: cr.tensor(np.sort(x.numpy())), "numpy()"),
    "mask": (lambda x: x[x > 0].sum(), "x[mask]"),
    "outside number": (lambda x: x * BUFFER.sum().item(), "item()"),
    "text": (lambda x: (x, f"{x.sum()}"), "item()"),
    "repr": (lambda x: (x, repr(x)), "repr"),
    "global": (counted, "COUNT"),
    "list": (appended, "SEEN"),
    "NumPy's stream": (lambda x: x * STREAM.random(), "STREAM"),
    "NumPy's global stream": (lambda x: x * np.random.rand(), "np.random"),  # noqa: NPY002
    "Python's random": (lambda x: x * random.random(), "random"),  # noqa: S311
    "iterator": (lambda x: x * next(FLOW), "FLOW"),
    "large array": (lambda x: x * float(LARGE[0, 0]), "LARGE"),
    "print": (lambda x: (print("here"), x * 2)[1], "print"),
    "module attribute": (Counting(), "calls"),
}


@pytest.mark.parametrize("name", EAGER)
def test_what_stays_eager(name: str) -> None:
    function, word = EAGER[name]
    twin = copy.deepcopy(function)
    compiled = cr.compile(function, engine="numpy")
    global COUNT, STREAM, FLOW
    xs = [cr.tensor([float((-1) ** i), 0.5]) for i in range(6)]
    told: list[Any] = []
    for f in (twin, compiled):
        COUNT, STREAM, FLOW = 0, np.random.default_rng(1), iter(range(1000))
        SEEN.clear()
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        told.append([flat(f(x)) for x in xs])
    assert alike(*told)
    report = compiled.report()
    assert report.replayed == 0
    assert word in str(report)
    assert report.stopped is not None


def test_the_line_is_named() -> None:
    def step(x: Any) -> Any:
        y = x * 2
        return y if y.sum().item() > 0 else x  # this line

    report = calls(step, {})
    assert f"{__file__}:{step.__code__.co_firstlineno + 2}" in str(report)


def test_without_fallback_it_is_refused_with_the_line() -> None:
    compiled = cr.compile(lambda x: x * x.sum().item(), engine="numpy", fallback=False)
    with pytest.raises(cr.CaptureError, match=r"test_compile_refusals\.py:\d+"):
        compiled(cr.ones(2))


def test_recordings_that_differ() -> None:
    hidden = type("Hidden", (), {"__getattr__": lambda self, name: draw.random()})

    def step(x: Any, box: Any = hidden) -> Any:
        return x * box().anything

    compiled = cr.compile(step, engine="numpy")
    got = {compiled(cr.ones(1)).item() for _ in range(4)}
    assert len(got) == 4
    assert compiled.report().replayed == 0


def test_lbfgs_stays_eager() -> None:
    def make_step(world: Any) -> Any:
        def step(x: Any, y: Any) -> Any:
            def closure() -> Any:
                world.optimizer.zero_grad()
                loss = world.criterion(world.model(x), y)
                loss.backward()
                return loss

            return world.optimizer.step(closure)

        return step

    make = lambda: World(lambda p: optim.LBFGS(p, max_iter=3), net=lambda: nn.Linear(5, 3))
    both(nothing, calls=4, make=make, step=make_step, replayed=0)


def test_more_than_50000_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.program.capture.LONGEST", 100)

    def step(x: Any) -> Any:
        for _ in range(101):
            x = x + 1
        return x

    assert "nn.GRU" in str(calls(step, {}))


def test_a_step_that_fails_leaves_nothing_behind() -> None:
    world = World()
    inner = world.step()
    fail = [False]

    def step(x: Any, y: Any) -> Any:
        result = inner(x, y)
        if fail[0]:
            raise KeyError("after the update")
        return result

    for calls_before in (0, 1, 5):
        compiled = cr.compile(step, engine="numpy")
        fail[0] = False
        drive(world, compiled, nothing, calls_before)
        before = state(world)[:12]
        fail[0] = True
        with pytest.raises(KeyError):
            compiled(cr.tensor(X[0]), cr.tensor(Y[0]))
        assert alike(state(world)[:12], before)


def test_a_class_out_of_range_is_refused_in_words_even_when_replayed() -> None:
    world = World()
    step = cr.compile(world.step(), engine="numpy")
    drive(world, step, nothing, 4)
    with pytest.raises(cr.DataError, match="CrossEntropyLoss"):
        step(cr.tensor(X[0]), cr.tensor(Y[0] + 3))


def test_programs_are_forgotten_beyond_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.program.compiled.MOST", 3)
    compiled = cr.compile(lambda x, k: x * k, engine="numpy")
    for i in range(6):
        assert compiled(cr.ones(1), i).item() == i
    assert len(compiled.programs) == 3
    assert compiled.report().forgotten == 3


def test_nothing_recorded_yet() -> None:
    compiled = cr.compile(lambda x: x)
    with pytest.raises(cr.StateError, match="report"):
        compiled.source()
    with pytest.raises(cr.DtypeError, match="module"):
        cr.compile(3)  # type: ignore[call-overload]


def test_a_warning_is_not_taken_for_words_of_the_function() -> None:
    program = """if True:
        import chainrule as cr
        f = cr.compile(lambda x: x / 0.0, engine="numpy")
        for _ in range(4):
            f(cr.ones(1))
        print(f.report().replayed)
    """
    environment = {**os.environ, "PYTHONPATH": str(Path(cr.__file__).parents[1])}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "divide by zero" in done.stderr
    assert done.stdout == "2\n"


def test_iterators_and_streams_as_arguments() -> None:
    flow = iter(range(1, 10))
    step = cr.compile(lambda x, numbers: x * next(numbers), engine="numpy")
    assert [step(cr.ones(1), flow).item() for _ in range(4)] == [1.0, 2.0, 3.0, 4.0]
    assert "iterator" in str(step.report())
    told = []
    for f in (drawn, cr.compile(drawn, engine="numpy")):
        stream = cr.Generator(5)
        told.append([flat(f(cr.ones(4), stream)) for _ in range(6)])
    assert alike(*told)
    assert f.report().replayed == 4


def drawn(x: Any, stream: Any) -> Any:
    return cr.nn.functional.dropout(x, 0.5, generator=stream) + cr.rand(4, generator=stream)


def test_the_report_speaks_both_languages() -> None:
    world = World()
    step = cr.compile(world.step(), engine="numpy")
    drive(world, step, nothing, 5)
    other = cr.compile(lambda x: print(x.shape), engine="numpy")
    other(cr.ones(1))
    with cr.settings(lang="zh"):
        assert "重放 3 次" in str(step.report())
        assert "重新录制，因为" in str(step.report())
        assert "打印" in str(other.report())
