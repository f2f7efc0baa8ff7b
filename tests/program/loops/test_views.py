"""Operands of every form in memory: transposed, sliced, broadcast, reversed, with axes of one element, without axes."""

from typing import Any, NamedTuple

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import chainrule as cr
from chainrule.program.capture import record
from chainrule.program.loops import plan
from chainrule.program.loops.step import CompiledStep, Unsupported
from chainrule.program.replay import Replay
from tests.program.loops.agreeing import distance, tensors


class Seen(NamedTuple):
    """One way to look at an array."""

    kind: str
    what: Any


@st.composite
def ways(draw: st.DrawFn) -> tuple[tuple[int, ...], list[Seen]]:
    """A shape, and views of views of it."""
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    made: list[Seen] = []
    now = shape
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["permute", "slice", "expand", "reshape", "new", "int"]))
        if kind == "permute":
            order = tuple(draw(st.permutations(range(len(now)))))
            made.append(Seen(kind, order))
            now = tuple(now[i] for i in order)
        elif kind == "slice" and now:
            items = tuple(
                slice(draw(st.integers(0, n - 1)), None, draw(st.integers(1, 3))) if draw(st.booleans())
                else slice(None, None, None)
                for n in now
            )
            made.append(Seen("index", items))
            now = tuple(len(range(n)[item]) for n, item in zip(now, items, strict=True))
        elif kind == "expand":
            wanted = (draw(st.integers(1, 3)), *(draw(st.integers(2, 4)) if n == 1 else n for n in now))
            made.append(Seen(kind, wanted))
            now = wanted
        elif kind == "reshape" and len(now) > 1:
            now = (now[0] * now[1], *now[2:])
            made.append(Seen(kind, now))
        elif kind == "new":
            made.append(Seen("index", (None,)))
            now = (1, *now)
        elif kind == "int" and len(now) > 1:
            made.append(Seen("index", (draw(st.integers(-now[0], now[0] - 1)),)))
            now = now[1:]
    return shape, made


def seen(x: Any, made: list[Seen]) -> Any:
    for kind, what in made:
        if kind == "permute":
            x = x.permute(*what) if what else x
        elif kind == "index":
            x = x[what]
        else:
            x = x.expand(what) if kind == "expand" else x.reshape(what)
    return x


def used(x: Any) -> Any:
    """What an array is used for: statements, sums and extremes over each axis, products with itself."""
    found = [x * 2.0 + 1.0, x.sum(), x.tanh()]
    for axis in range(x.ndim):
        found += [x.sum(axis), x.amax(axis), x.argmin(axis), x - x.mean(axis, keepdim=True), x.cumsum(axis)]
    if x.ndim > 1:
        found += [x @ x.transpose(-1, -2), x.transpose(0, 1) * 3.0]
        found.append(cr.cat([x, x * 2.0], 0) + 1.0)
    return found


@pytest.mark.parametrize("small", [True, False], ids=["small", "staged"])
@given(way=ways(), order=st.sampled_from(["C", "F", "reversed"]), dtype=st.sampled_from(["float32", "float64"]))
@settings(max_examples=25)
def test_views(small: bool, way: Any, order: str, dtype: str) -> None:
    shape, made = way
    array = np.random.default_rng(len(made)).normal(size=shape).astype(dtype)
    array = np.asfortranarray(array) if order == "F" else array[::-1] if order == "reversed" else array
    x = cr.from_numpy(array)
    _, recording = record(lambda x: [*used(seen(x, made) * 1.0), seen(x, made), seen(x * 1.5, made)], x)
    _, direct = record(lambda x: used(seen(x, made)), x)
    limit = plan.SMALL
    try:
        plan.SMALL = limit if small else -1
        for one in (recording, direct):
            try:
                step = CompiledStep(one)
            except Unsupported:
                continue
            for wanted, got in zip(tensors(Replay(one)(x)), tensors(step(x)), strict=True):
                assert distance(wanted.numpy(), got.numpy()) < {"float32": 2e-6, "float64": 1e-14}[dtype] * 8
    finally:
        plan.SMALL = limit


def test_users_arrays_of_every_kind() -> None:
    """Read-only, big-endian, strided, lists: taken as they come, and never written to."""
    _, recording = record(lambda x: (x * 2.0, x.sum(0)), cr.ones((3, 4), dtype="float64"))
    step, replay = CompiledStep(recording), Replay(recording)
    base = np.random.default_rng(0).normal(size=(6, 8))
    kept = base.copy()
    frozen = base[::2, ::-2]
    frozen.flags.writeable = False
    for x in (frozen, base[:3, :4].astype(">f8"), base[:3, :4].tolist(), np.asfortranarray(base[:3, :4])):
        given_ = cr.tensor(x, dtype="float64")
        for one, two in zip(replay(given_), step(given_), strict=True):
            np.testing.assert_allclose(two.numpy(), one.numpy(), rtol=1e-14)
    np.testing.assert_array_equal(base, kept)
