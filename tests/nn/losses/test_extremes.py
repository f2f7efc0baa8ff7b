"""Losses where numbers are far out: finite, silent, and with the gradient that the formula has there."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F
from tests.nn.losses.table import ROWS

FAR = (-1e4, -500.0, -50.0, 0.0, 50.0, 500.0, 1e4)
both = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def run(loss, x, y, dtype, **given):
    """Loss and gradient; every NumPy warning is an error."""
    z = cr.tensor(np.array(x, dtype=dtype), dtype=dtype, requires_grad=True)
    with np.errstate(all="raise", under="ignore"):
        result = loss(z, np.asarray(y), **given)
        result.sum().backward()
    return result.numpy(), z.grad.numpy()


@pytest.mark.article("W-03", "W-04", "W-02")
@both
@pytest.mark.parametrize("z", FAR)
@pytest.mark.parametrize("y", [0.0, 0.3, 1.0])
def test_binary_logits(z, y, dtype):
    loss, slope = run(nn.BCEWithLogitsLoss(), [[z]], [[y]], dtype)
    p = 1 / (1 + np.exp(-z)) if z > -700 else 0.0
    exact = (1 - y) * max(z, 0.0) + y * max(-z, 0.0) + np.log1p(np.exp(-abs(z)))
    np.testing.assert_allclose(loss, exact, rtol=1e-6, atol=1e-40)
    np.testing.assert_allclose(slope, [[p - y]], rtol=1e-6, atol=1e-12)
    assert loss >= 0


@both
@pytest.mark.parametrize(
    "given", [{}, {"label_smoothing": 0.1}, {"weight": [1.0, 0.5, 2.0]}, {"reduction": "none"}], ids=str
)
def test_class_logits(given, dtype):
    z = [[1e4, -1e4, 0.0], [0.0, 1e4, -1e4], [-1e4, -1e4, 1e4], [1e4, 1e4, 1e4]]
    for y in ([0, 1, 2, 0], [1, 0, 0, 2], np.eye(3)[[0, 1, 2, 0]], np.full((4, 3), 1 / 3)):
        loss, slope = run(nn.CrossEntropyLoss(**given), z, y, dtype)
        assert np.isfinite(loss).all()
        assert (loss >= 0).all()
        assert np.isfinite(slope).all()
    perfect, slope = run(nn.CrossEntropyLoss(), z[:3], [0, 1, 2], dtype)
    assert perfect == 0.0
    assert not np.signbit(perfect)  # 0, not -0
    assert (slope == 0).all()
    worst, slope = run(nn.CrossEntropyLoss(), z[:1], [1], dtype)
    assert worst == 2e4
    assert slope.tolist() == [[1.0, -1.0, 0.0]]


@both
def test_classes_that_are_ruled_out_cost_nothing_until_they_are_true(dtype):
    z = [[-np.inf, 1.0, 1.0], [0.0, -np.inf, -np.inf]]
    for y in ([1, 0], [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]):
        loss, slope = run(nn.CrossEntropyLoss(), z, y, dtype)
        np.testing.assert_allclose(loss, np.log(2) / 2, rtol=1e-6)
        np.testing.assert_allclose(slope, [[0, -0.25, 0.25], [0, 0, 0]], atol=1e-7)
    loss, _ = run(nn.CrossEntropyLoss(), z, [0, 0], dtype)
    assert loss == np.inf


@both
def test_probabilities_at_their_ends(dtype):
    torch = pytest.importorskip("torch")
    p = np.array([0.0, 1.0, 0.0, 1.0, 1e-30, 0.5], dtype=dtype)
    for y in (np.array([0, 1, 1, 0, 0, 1]), np.array([0.3, 0.3, 1.0, 0.0, 1.0, 0.5])):
        loss, slope = run(nn.BCELoss(reduction="none"), p, y, dtype)
        x = torch.tensor(p, requires_grad=True)
        judge = torch.nn.functional.binary_cross_entropy(x, torch.tensor(y.astype(dtype)), reduction="none")
        judge.sum().backward()
        np.testing.assert_allclose(loss, judge.detach().numpy(), rtol=1e-6)
        np.testing.assert_allclose(slope, x.grad.numpy(), rtol=1e-5)
    assert run(nn.BCELoss(), [0.0, 1.0], [0, 1], dtype)[0] == 0.0
    assert run(nn.BCELoss(), [0.0, 1.0], [1, 0], dtype)[0] == 100.0


@both
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_outputs_of_ten_thousand(row, dtype):
    x, y = row.drawn()
    loss = row.module()
    if row.name == "BCELoss":
        outputs = [np.zeros_like(x), np.ones_like(x)]
    elif row.name in ("NLLLoss", "KLDivLoss"):
        outputs = [np.full_like(x, -1e4), np.zeros_like(x)]
    elif row.name == "PoissonNLLLoss":  # e^1e4 is beyond every number: 80 is far enough
        outputs = [np.full_like(x, 80.0), np.full_like(x, 0.0 if not loss.log_input else -1e4)]
    else:
        outputs = [np.full_like(x, 1e4), np.full_like(x, -1e4), np.where(x > 0, 1e4, -1e4)]
    for far in outputs:
        value, slope = run(loss, far, y, dtype)
        assert np.isfinite(value)
        assert np.isfinite(slope).all()
        assert value >= 0 or row.name in ("PoissonNLLLoss", "KLDivLoss", "HingeEmbeddingLoss")


@both
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_batches_in_which_nothing_counts(row, dtype):
    x, y = row.drawn()
    for reduction in ("mean", "sum"):
        value, slope = run(row.module(reduction), x, y, dtype, weights=np.zeros(len(x)))
        assert value == 0
        assert (slope == 0).all()


@both
@pytest.mark.parametrize("kind", [nn.CrossEntropyLoss, nn.NLLLoss])
def test_batches_that_are_all_left_out(kind, dtype):
    z = np.log(np.full((3, 2), 0.5))
    for settings in ({}, {"weight": [1.0, 2.0]}):
        for reduction in ("mean", "sum", "none"):
            value, slope = run(kind(reduction=reduction, **settings), z, [-100, -100, -100], dtype)
            assert (value == 0).all()
            assert (slope == 0).all()


@both
def test_rows_that_are_left_out_may_be_anything(dtype):
    z = np.array([[-np.inf, -np.inf], [0.0, 0.0]])
    with np.errstate(invalid="ignore"):  # the row that does not count has no softmax
        x = cr.tensor(z, dtype=dtype, requires_grad=True)
        loss = F.cross_entropy(x, [-100, 0])
        loss.backward()
    assert loss.item() == pytest.approx(np.log(2))
    np.testing.assert_allclose(x.grad.numpy(), [[0, 0], [-0.5, 0.5]])


@both
def test_many_counts_and_none(dtype):
    value, slope = run(nn.PoissonNLLLoss(), [-1e4, 0.0], [0, 0], dtype)
    assert value == 0.5
    assert slope.tolist() == [0.0, 0.5]
    value, _ = run(nn.PoissonNLLLoss(full=True), [0.0, 1.0], [0, 1e6], dtype)
    assert np.isfinite(value)


@both
def test_what_is_never_asked_for_costs_nothing(dtype):
    value, slope = run(nn.KLDivLoss("sum"), [[-np.inf, 0.0]], [[0.0, 1.0]], dtype)
    assert value == 0.0
    assert slope.tolist() == [[0.0, -1.0]]
    value, _ = run(nn.KLDivLoss("sum", log_target=True), [[-np.inf, 0.0]], [[-np.inf, 0.0]], dtype)
    assert value == 0.0


@both
def test_slopes_at_corners_are_those_that_are_documented(dtype):
    assert run(nn.L1Loss("sum"), [1.0], [1.0], dtype)[1].tolist() == [0.0]
    assert run(nn.QuantileLoss(0.9, "sum"), [1.0], [1.0], dtype)[1].tolist() == [0.0]
    assert run(nn.HingeLoss("sum"), [1.0, -1.0], [1, 0], dtype)[1].tolist() == [0.0, 0.0]
    assert run(nn.HingeEmbeddingLoss(0.5, "sum"), [0.5], [-1], dtype)[1].tolist() == [-1.0]
    assert run(nn.HuberLoss("sum", delta=0.5), [0.5, -0.5], [0.0, 0.0], dtype)[1].tolist() == [0.5, -0.5]
    assert run(nn.SmoothL1Loss("sum", beta=0.5), [0.5, -0.5], [0.0, 0.0], dtype)[1].tolist() == [1.0, -1.0]
    assert run(nn.BCEWithLogitsLoss(reduction="sum"), [0.0], [0.0], dtype)[1].tolist() == [0.5]
