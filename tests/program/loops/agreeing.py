"""Run one recording twice, by NumPy's text and by compiled loops, from equal state, and compare all they leave."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

import chainrule as cr
from chainrule.program.capture import Recording, module_names, record
from chainrule.program.loops.step import CompiledStep
from chainrule.program.replay import Replay
from chainrule.tape.tracked import wrap

pytest.importorskip("llvmlite")

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
STEPS = 3


class Step(NamedTuple):
    """What one step has left: name, array."""

    left: list[tuple[str, Any]]


def recorded(step: Callable[..., Any], *inputs: Any, model: Any = None, calls: int = 1) -> Recording:
    """The recording of a step that has run before: what lives between steps exists."""
    for _ in range(calls):
        step(*inputs)
    _, recording = record(step, *inputs, names=module_names(model) if model is not None else None)
    return recording


def tensors(result: Any) -> Iterator[Any]:
    """All tensors in what a step returns."""
    if isinstance(result, cr.Tensor):
        yield result
    elif isinstance(result, dict):
        for part in result.values():
            yield from tensors(part)
    elif isinstance(result, (tuple, list)):
        for part in result:
            yield from tensors(part)


def slots(recording: Recording) -> list[tuple[str, Any]]:
    """What lies in each slot now."""
    found = []
    for slot, tensor in zip(recording.program.slots, recording.slots, strict=True):
        held = tensor.grad if slot.role == "gradient" else tensor
        found.append((slot.names[0], None if held is None else np.array(held._array)))
    return found


def put_back(recording: Recording, kept: Sequence[tuple[str, Any]]) -> None:
    """Every slot as it was."""
    for slot, tensor, (_, array) in zip(recording.program.slots, recording.slots, kept, strict=True):
        if slot.role == "gradient":
            tensor.grad = None if array is None else wrap(np.array(array))
        else:
            tensor._store(np.array(array, order="K"))


def run(
    kind: Any, recording: Recording, batches: Sequence[Sequence[Any]], controls: Sequence[dict[str, float]] = (),
    states: Sequence[Step] = (),
) -> list[Step]:
    """What each step leaves; the slots are put back afterwards. With `states`, steps after the first begin there."""
    kept = slots(recording)
    function = kind(recording)
    found: list[Step] = []
    for place, batch in enumerate(batches):
        if place and states:
            put_back(recording, states[place - 1].left[-len(kept) :])
        result = function(*batch, **(controls[place] if controls else {}))
        left = [(f"result {k}", np.array(t.numpy())) for k, t in enumerate(tensors(result))]
        found.append(Step([*left, *slots(recording)]))
    put_back(recording, kept)
    return found


def distance(one: Any, two: Any) -> float:
    """The largest difference, of the largest magnitude or 0.01; NaN, infinity and whole numbers must be equal."""
    if one.shape != two.shape or one.dtype != two.dtype:
        return np.inf
    if one.dtype.kind != "f":
        return 0.0 if np.array_equal(one, two) else np.inf
    if not np.array_equal(np.isfinite(one), np.isfinite(two)):
        return np.inf
    finite = np.isfinite(one)
    if not np.array_equal(one[~finite], two[~finite], equal_nan=True):
        return np.inf
    if not finite.any():
        return 0.0
    a, b = one[finite].astype(np.float64), two[finite].astype(np.float64)
    return float(np.abs(a - b).max() / max(np.abs(a).max(), 1e-2))


def differences(
    one: Sequence[Step], two: Sequence[Step], skip: Callable[[str], bool] = lambda name: False
) -> list[str]:
    """What differs by more than the tolerance of its type."""
    found = []
    for place, (a, b) in enumerate(zip(one, two, strict=True)):
        for (name, x), (_, y) in zip(a.left, b.left, strict=True):
            if skip(name) or (x is None and y is None):
                continue
            gap = np.inf if x is None or y is None else distance(x, y)
            if gap > TOLERANCE.get(str(x.dtype) if x is not None else "", 0.0):
                found.append(f"step {place}, {name}: {gap:.2g}")
    return found


def check(
    recording: Recording, batches: Sequence[Sequence[Any]], controls: Sequence[dict[str, float]] = (),
    skip: Callable[[str], bool] = lambda name: False, anew: bool = False,
) -> None:
    """Both engines give the same; with `anew`, each step from what NumPy's text has left before it."""
    wanted = run(Replay, recording, batches, controls)
    found = differences(wanted, run(CompiledStep, recording, batches, controls, wanted if anew else ()), skip)
    assert not found, found
