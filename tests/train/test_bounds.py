"""The least a loss can be, and the best constant, against definitions and by brute force."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.train.bounds import bounds


def loss(kind, **attributes):
    return type(kind, (SimpleNamespace,), {})(**attributes)


@pytest.mark.article("S2-14")
def test_the_floor_of_the_third_article():
    found = bounds("bce", np.array([[0.0], [0.85], [1.0], [0.0]]))
    entropy = -(0.85 * math.log(0.85) + 0.15 * math.log(0.15))
    assert found.floor == pytest.approx(entropy / 4, abs=1e-15)
    assert found.floor == pytest.approx(0.105677, abs=1e-6)


@pytest.mark.article("S2-15")
def test_the_floor_of_its_other_targets():
    assert bounds("bce_with_logits", [0.96, 0.63, 0.75, 0.45]).floor == pytest.approx(0.519343, abs=1e-6)


def test_hard_targets_have_the_floor_0():
    assert bounds("bce", [0, 1, 1, 0]).floor == 0.0
    assert bounds("bce", [0, 1, 1, 0]).best_constant == pytest.approx(math.log(2))
    found = bounds("cross_entropy", [0, 1, 2, 2])
    assert (found.floor, found.best_constant) == (0.0, pytest.approx(0.5 * math.log(4) + 0.5 * math.log(2)))
    assert math.copysign(1, found.floor) == 1


def test_one_answer_only():
    assert bounds("bce", [1.0, 1.0]).best_constant == 0.0
    assert bounds("cross_entropy", [1, 1]).best_constant == 0.0
    assert bounds("mse", [3.0]).best_constant == 0.0


STREAM = np.random.default_rng(0)
NUMBERS = STREAM.normal(size=(40, 2)) ** 3
SHARES = STREAM.dirichlet(np.ones(3), size=30)
CLASSES = STREAM.integers(0, 3, 30)
PARTS = STREAM.uniform(size=(30, 2))
WEIGHT = [0.5, 1.0, 3.0]


@pytest.mark.parametrize(
    ("name", "how", "targets"),
    [
        ("MSELoss", {}, NUMBERS),
        ("MSELoss", {"reduction": "sum"}, NUMBERS),
        ("L1Loss", {}, NUMBERS),
        ("HuberLoss", {"delta": 0.5}, NUMBERS),
        ("SmoothL1Loss", {"beta": 0.5}, NUMBERS),
        ("BCELoss", {}, PARTS),
        ("BCEWithLogitsLoss", {}, PARTS),
        ("BCEWithLogitsLoss", {"pos_weight": [2.0, 0.3]}, PARTS),
        ("BCEWithLogitsLoss", {"weight": [2.0, 0.3], "reduction": "sum"}, PARTS),
        ("CrossEntropyLoss", {}, CLASSES),
        ("CrossEntropyLoss", {"label_smoothing": 0.1}, CLASSES),
        ("CrossEntropyLoss", {"weight": WEIGHT}, CLASSES),
        ("CrossEntropyLoss", {"ignore_index": 1}, CLASSES),
        ("CrossEntropyLoss", {}, SHARES),
        ("CrossEntropyLoss", {"weight": WEIGHT, "label_smoothing": 0.2}, SHARES),
        ("NLLLoss", {}, CLASSES),
    ],
)
def test_no_answer_does_better(name, how, targets):
    """PyTorch's loss, minimised by PyTorch: over all answers, and over those that are the same for every row."""
    torch = pytest.importorskip("torch")
    given = {key: torch.tensor(value) if isinstance(value, list) else value for key, value in how.items()}
    judge = getattr(torch.nn, name)(**given).double()
    goal = torch.tensor(targets)
    many = name in ("CrossEntropyLoss", "NLLLoss")
    width = 3 if many else targets.shape[1]

    def read(answers):
        if name == "BCELoss":
            return answers.sigmoid()
        return answers.log_softmax(dim=1) if name == "NLLLoss" else answers

    def least(rows):
        answers = torch.zeros(rows, width, dtype=torch.float64, requires_grad=True)
        search = torch.optim.LBFGS([answers], max_iter=500, line_search_fn="strong_wolfe", tolerance_change=1e-14)

        def step():
            search.zero_grad()
            value = judge(read(answers.expand(len(targets), width)), goal)
            value.backward()
            return value

        search.step(lambda: step().detach())
        return float(step().detach())

    found = bounds(loss(name, **{"reduction": "mean", **how}), targets)
    assert found.best_constant == pytest.approx(least(1), rel=1e-4)
    soft = not np.issubdtype(targets.dtype, np.integer) or "label_smoothing" in how
    assert found.floor == pytest.approx(
        least(len(targets)) if many or name.startswith("BCE") else 0.0, rel=1e-5, abs=2e-5
    )
    assert soft or found.floor == 0.0


@pytest.mark.parametrize(
    ("error", "kind", "targets"),
    [
        (ArgumentError, "hinge", [0, 1]),
        (ArgumentError, loss("HingeLoss"), [0, 1]),
        (DataError, "mse", []),
        (DataError, "mse", [math.nan]),
        (DataError, "mse", ["a"]),
        (DataError, "bce", [0.0, 1.5]),
        (DataError, "cross_entropy", [0.5, 1.0]),
        (DataError, "cross_entropy", [-1, 0]),
        (ShapeError, "cross_entropy", np.zeros((2, 2, 2), int)),
    ],
)
def test_refusals(error, kind, targets):
    with pytest.raises(error, match="bounds"):
        bounds(kind, targets)
