"""Labels and tokens that point outside: refused before anything is trained on them, by the name of the layer."""

from time import perf_counter
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.errors import RangeError
from chainrule.program.loops.ranges import Ranges
from chainrule.program.loops.step import CompiledStep
from tests.program.loops.agreeing import recorded, slots
from tests.program.loops.networks import trained

KINDS, CLASSES = 5, 4
X = np.array([[0, 1, 4], [2, 3, 3]])
Y = np.array([1, 3])


def compiled(**loss: Any) -> tuple[CompiledStep, Any]:
    model = nn.Sequential(nn.Embedding(KINDS, 3), nn.Flatten(), nn.Linear(9, CLASSES))
    step = trained(model, optim.Adam(model.parameters()), nn.CrossEntropyLoss(**loss), 1.0)
    recording = recorded(step, cr.tensor(X), cr.tensor(Y), model=model)
    return CompiledStep(recording), recording


@pytest.mark.parametrize(
    ("x", "y", "layer"),
    [(5, 1, "0, embedding"), (-1, 1, "0, embedding"), (1, 4, "cross_entropy"), (1, -1, "cross_entropy"), (1, -100, "")],
)
def test_layers(x: int, y: int, layer: str) -> None:
    step, recording = compiled()
    bad, labels = X.copy(), Y.copy()
    bad[1, 2], labels[0] = x, y
    before = slots(recording)
    if not layer:  # the mark of what does not count
        assert np.isfinite(step(bad, labels)[0].numpy())
        return
    with pytest.raises(RangeError, match=layer) as caught:
        step(bad, labels)
    assert isinstance(caught.value, IndexError)
    assert isinstance(caught.value, ValueError)  # as without compile
    for (name, one), (_, two) in zip(before, slots(recording), strict=True):
        np.testing.assert_array_equal(one, two, err_msg=name)
    assert np.isfinite(step(X, Y)[0].numpy())


def test_marks_of_what_does_not_count() -> None:
    step, _ = compiled(ignore_index=7)
    step(X, np.array([7, 1]))
    with pytest.raises(RangeError):
        step(X, np.array([8, 1]))


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_indexing_counts_from_both_ends(dtype: str) -> None:
    table = cr.tensor(np.arange(12.0).reshape(4, 3))
    index = cr.from_numpy(np.array([0, 3], dtype))
    step = CompiledStep(recorded(lambda i: table[i] * 2.0, index))
    if dtype != "uint8":
        np.testing.assert_array_equal(step(np.array([-4, -1], dtype)).numpy(), table.numpy()[[-4, -1]] * 2)
        with pytest.raises(RangeError):
            step(np.array([-5, 0], dtype))
    with pytest.raises(RangeError):
        step(np.array([4, 0], dtype))


def test_what_a_step_computes_itself_is_trusted() -> None:
    table = cr.tensor(np.arange(12.0).reshape(4, 3))
    recording = recorded(lambda x: table[(x @ table.T).argmax(1)], cr.tensor(np.ones((2, 3))))
    assert Ranges(recording.program, []).bounds == ()


def test_costs_about_a_microsecond() -> None:
    step, _ = compiled()
    step(X, Y)
    best = np.inf
    for _ in range(5):
        began = perf_counter()
        for _ in range(200):
            step._ranges.check()
        best = min(best, (perf_counter() - began) / 200)
    assert best < 20e-6  # about 1 µs on a quiet machine
