"""Regions: one node eagerly, their parts in a recording, and the declared derivative is that of the parts."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.program.capture import record
from chainrule.tape.mode import mode
from chainrule.tape.region import REGIONS, region


@region("test_bump")
def bump(x: Any, scale: Any, *, power: int) -> Any:
    inside = (x * scale) ** power
    return inside / (inside + 1.0), inside


@bump.derivative
def _(d: Any, x: Any, scale: Any, y: Any, inside: Any, *, power: int) -> Any:
    slope = d * power * inside / ((inside + 1.0) * (inside + 1.0))
    return slope / x, slope.sum() / scale if hasattr(scale, "shape") else None


@pytest.fixture(autouse=True)
def _forget() -> Any:
    yield
    REGIONS.pop("test_bump", None)


def test_one_node_whose_saved_values_stay_inside() -> None:
    x = cr.tensor([1.0, 2.0], dtype=np.float64, requires_grad=True)
    y = bump(x, 0.5, power=2)
    assert y.grad_fn == "test_bump"
    cr.testing.check_gradients(lambda x: bump(x, 0.5, power=2), [1.0, 2.0])
    cr.testing.check_gradients(lambda x, s: bump(x, s, power=2), [1.0, 2.0], 0.7)


def test_declared_equals_derived() -> None:
    slopes = []
    for parts in (False, True):
        x = cr.tensor([1.0, 2.0], dtype=np.float64, requires_grad=True)
        mode.parts = parts
        try:
            bump(x, 0.5, power=3).sum().backward()
        finally:
            mode.parts = False
        slopes.append(x.grad.numpy())
    np.testing.assert_allclose(*slopes, rtol=1e-13)


def test_a_recording_shows_the_parts_under_the_name() -> None:
    x = cr.tensor([1.0, 2.0], requires_grad=True)

    def step() -> Any:
        x.grad = None
        y = bump(x, 0.5, power=2).sum()
        y.backward()
        return y

    _, recording = record(step, names={"x": x})
    program = recording.program
    names = [program.regions[e.region].name for e in program.entries if e.region is not None]
    assert "test_bump" in names
    backward = [r for r in program.regions if r.backward_of is not None]
    assert [r.name for r in backward] == ["test_bump"]
    assert any(v.grad_of is not None for v in program.values)
    assert "test_bump" in str(program)


def test_numbers_that_change_do_not_recompile() -> None:
    x = cr.tensor([1.0, 2.0], requires_grad=True)
    before = len(bump.forwards)
    results = [bump(x, s, power=2).sum().item() for s in (0.5, 0.25, 0.125)]
    assert len(bump.forwards) - before <= 1
    assert len(set(results)) == 3


def test_a_region_must_depend_on_its_arguments_alone() -> None:
    outside = cr.tensor([1.0])
    leaky = region("test_bump")(lambda x: x * outside)
    leaky.derivative(lambda d, x, y: (d,))
    with pytest.raises(cr.CaptureError, match="argument"):
        leaky(cr.tensor([2.0]))
