"""Recurrence as one operation equals the loop written out: values, gradients, gradients of gradients."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.program.capture import record
from chainrule.program.replay import Replay
from chainrule.tape import scan as scans
from chainrule.tape.scan import scan

RNG = np.random.default_rng(0)


def make(*shape: int) -> Any:
    return cr.tensor(RNG.normal(size=shape) * 0.5, dtype=np.float64, requires_grad=True)


def simple(h: Any, x: Any, w: Any, b: Any) -> Any:
    h = (x + h @ w.T + b).tanh()
    return (h,), (h * h,)


def two_states(h: Any, c: Any, x: Any, w: Any, b: Any) -> Any:
    z = x + h @ w.T + b
    c = c * z.sigmoid() + z.tanh() * 0.5
    return (z.sin() * c, c), (c, z)


def constant_used_twice(h: Any, x: Any, w: Any, b: Any) -> Any:
    h = (h @ w.T) @ w.T * 0.1 + x + (b * b).sum() * h
    return (h,), (h,)


def no_result(h: Any, x: Any, w: Any, b: Any) -> Any:
    return (h * 0.9 + x * b,), ()


BODIES = {
    "simple": (simple, 1), "two states": (two_states, 2), "constant used twice": (constant_used_twice, 1),
    "no result": (no_result, 1),
}


def both(body: Any, states: int, reverse: bool, by_scan: bool) -> Any:
    def function(*args: Any) -> Any:
        start, (x, w, b) = args[:states], args[states:]
        if by_scan:
            last, results = scan(body, start, (x,), (w, b), reverse=reverse)
        else:
            carried, rows = tuple(start), []
            steps = range(len(x) - 1, -1, -1) if reverse else range(len(x))
            for t in steps:
                carried, row = body(*carried, x[t], w, b)
                rows.append(row)
            rows = rows[::-1] if reverse else rows
            last, results = carried, tuple(cr.stack(list(column)) for column in zip(*rows, strict=True))
        total = sum((h.sin().sum() for h in last), last[0].sum() * 0.0)
        return total + sum(((y * y * 0.3 + y).sum() for y in results), total * 0.0)

    return function


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", BODIES)
def test_a_scan_equals_its_loop(name: str, reverse: bool) -> None:
    body, states = BODIES[name]
    args = [*(make(3, 4) for _ in range(states)), make(5, 3, 4), make(4, 4), make(4)]
    values, slopes = [], []
    for by_scan in (True, False):
        for arg in args:
            arg.grad = None
        value = both(body, states, reverse, by_scan)(*args)
        value.backward()
        values.append(value.item())
        slopes.append([np.zeros(a.shape) if a.grad is None else a.grad.numpy() for a in args])
    assert values[0] == pytest.approx(values[1], rel=1e-13)
    for one, two in zip(*slopes, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-12)
    cr.testing.check_gradients(both(body, states, reverse, True), *[a.detach() for a in args])


def test_only_what_wants_a_gradient_gets_one() -> None:
    h, x, w, b = make(3, 4).detach(), make(5, 3, 4).detach(), make(4, 4), make(4).detach()
    (last,), _ = scan(simple, (h,), (x,), (w, b))
    last.sum().backward()
    assert h.grad is None
    assert x.grad is None
    assert w.grad is not None


def test_a_recorded_scan_replays_to_the_same_bits() -> None:
    w, b = make(4, 4), make(4)
    h, x = make(3, 4).detach(), make(5, 3, 4).detach()

    def step(h: Any, x: Any) -> Any:
        w.grad = b.grad = None
        (last,), (ys,) = scan(simple, (h,), (x,), (w, b))
        loss = (ys * ys).sum() + last.sum()
        loss.backward()
        return loss, last

    (loss, last), recording = record(step, h, x)
    slopes = [w.grad.numpy().tobytes(), b.grad.numpy().tobytes()]
    assert {entry.primitive for entry in recording.program.entries} >= {"scan"}
    again, last_again = Replay(recording)(h, x)
    assert again.item() == loss.item()
    assert last_again.numpy().tobytes() == last.numpy().tobytes()
    assert [w.grad.numpy().tobytes(), b.grad.numpy().tobytes()] == slopes
    step(h, x)
    assert [w.grad.numpy().tobytes(), b.grad.numpy().tobytes()] == slopes


def test_no_steps_are_refused() -> None:
    with pytest.raises(cr.ShapeError, match="0 steps"):
        scan(simple, (cr.zeros(3, 4),), (cr.zeros(0, 3, 4),), (cr.zeros(4, 4), cr.zeros(4)))


def test_ever_new_shapes_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "MOST_TEXTS", 3)
    scans._BODIES.clear()
    for rows in range(1, 9):
        scan(simple, (cr.zeros(rows, 4),), (cr.zeros(2, rows, 4),), (cr.zeros(4, 4), cr.zeros(4)))
        assert len(scans._BODIES) <= 3
