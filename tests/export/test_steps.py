"""Recurrences of every kind of state: that change places, stand still, are seen backwards, or are a single number."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.tape.scan import scan
from tests.export import judges
from tests.export.table import Case
from tests.export.test_modules import exported

X = np.random.default_rng(5).normal(size=(4, 6, 3))


class Net(nn.Module):
    def __init__(self, step, states, reverse=False):
        super().__init__()
        self.step, self.states, self.reverse = step, states, reverse

    def forward(self, x):
        first = tuple(x[:, 0] * (place + 1) for place in range(self.states))
        last, results = scan(self.step, first, (x.transpose(0, 1),), (cr.ones(3, 3) / 3,), reverse=self.reverse)
        return (*last, *(result.transpose(0, 1) for result in results))


def swapped(a, b, x, w):
    return (b, a), (a, x)


def backwards(a, x, w):
    return (a[:, ::-1],), (a[:, ::-1] + x,)


def still(a, b, x, w):
    return (a, b + x @ w), (a, b)


def summed(a, x, w):
    total = (a * x).sum(1, keepdim=True).tanh()
    return (a + total,), (total, total * 2, x)


CASES = [
    Case(f"{step.__name__} {reverse}", lambda step=step, n=n, reverse=reverse: Net(step, n, reverse), [X])
    for step, n in ((swapped, 2), (backwards, 1), (still, 2), (summed, 1)) for reverse in (False, True)
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_onnx_and_numpy(case, tmp_path):
    for kind, run in (
        ("onnx", judges.onnxruntime_answers), ("onnx", judges.reference_answers), ("numpy", judges.numpy_answers),
    ):
        model, arrays, path = exported(kind, case, tmp_path)
        judges.agree(run(path, arrays), judges.answers(model, arrays), 1e-5, 1e-6)


@judges.needs_cc
@judges.needs_node
def test_loops(tmp_path):
    for kind, run in (("c", judges.c_answers), ("javascript", judges.javascript_answers)):
        made = [exported(kind, case, tmp_path, f"{kind}{place}") for place, case in enumerate(CASES)]
        got = run([path for _, _, path in made], [judges.as_rows(arrays, 0) for _, arrays, _ in made])
        for case, answer, (model, arrays, _) in zip(CASES, got, made, strict=True):
            want = judges.answer_rows(model, arrays, 0)
            np.testing.assert_allclose(answer, want, rtol=1e-6, atol=1e-6, err_msg=f"{kind} {case}")
