"""The floor of a loss and its best constant: no outputs do better, no other constant does."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.nn.losses.table import ROWS, N

every_row = pytest.mark.parametrize("row", ROWS, ids=str)
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.25])


def outputs_near(row, best, draw):
    """Other outputs that the loss takes, some close to the best ones, some not."""
    for size in (0.01, 0.3, 3.0):
        x = best + size * draw.normal(size=best.shape)
        if row.name == "BCELoss":
            x = np.clip(x, 0.0, 1.0)
        elif row.name == "HingeEmbeddingLoss" or row.kwargs.get("log_input") is False:
            x = np.abs(x)
        elif row.name in ("NLLLoss", "KLDivLoss"):
            axis = 1 if x.ndim > 1 else 0
            x = x - np.log(np.exp(x).sum(axis=axis, keepdims=True))
        yield x


@every_row
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_no_outputs_are_below_the_floor(row, weights, reduction):
    draw = np.random.default_rng(1)
    x, y = row.drawn()
    loss = row.module(reduction)
    floor = loss.floor(y, weights, classes=x.shape[1] if row.classes else None)
    value = lambda outputs: loss(cr.tensor(outputs, dtype=np.float64), y, weights).item()
    assert floor <= value(x) + 1e-9
    ideal = loss._ideal(y, x.shape[1] if row.classes else None)
    assert value(ideal) == pytest.approx(floor, abs=1e-12)
    for other in outputs_near(row, ideal, draw):
        assert floor <= value(other) + 1e-9


@every_row
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
def test_no_constant_is_better(row, weights):
    draw = np.random.default_rng(2)
    x, y = row.drawn()
    loss = row.module()
    classes = x.shape[1] if row.classes else None
    best, least = loss.best_constant(y, weights, classes)
    assert best.shape == (x.shape[1:2] if row.name in ("CrossEntropyLoss", "NLLLoss", "KLDivLoss") else x.shape[1:])
    assert best.dtype == np.float64
    assert np.isfinite(best).all()
    assert loss.floor(y, weights, classes) <= least + 1e-9

    def value(constant):
        return loss(cr.tensor(loss._for_all_rows(constant, y), dtype=np.float64), y, weights).item()

    assert value(best) == pytest.approx(least, abs=1e-12)
    for other in outputs_near(row, best, draw):
        assert least <= value(other) + 1e-9


@every_row
def test_single_losses_are_averaged(row):
    x, y = row.drawn()
    classes = x.shape[1] if row.classes else None
    mean, none = row.module("mean"), row.module("none")
    assert none.floor(y, None, classes) == mean.floor(y, None, classes)
    assert none.best_constant(y, None, classes).loss == mean.best_constant(y, None, classes).loss
    assert none.reduction == "none"


@pytest.mark.article("S2-14", "S2-15")
@pytest.mark.parametrize(("targets", "floor"), [([0, 0.85, 1, 0], 0.105677), ([0.96, 0.63, 0.75, 0.45], 0.519343)])
def test_the_articles_floors(targets, floor):
    y = np.array(targets)[:, None]
    for loss in (nn.BCELoss(), nn.BCEWithLogitsLoss()):
        assert loss.floor(y) == pytest.approx(floor, abs=5e-7)
    two = np.hstack([y, 1 - y])
    assert nn.CrossEntropyLoss().floor(two) == pytest.approx(floor, abs=5e-7)


def test_floors_are_entropies():
    q = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    entropy = -(q[0] * np.log(q[0])).sum()
    assert nn.CrossEntropyLoss().floor(q) == pytest.approx(entropy / 2)
    assert nn.CrossEntropyLoss().floor([0, 1, 2]) == 0
    assert nn.NLLLoss().floor(np.array([0, 1, 2])) == 0
    smoothed = np.array([0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3])
    smooth = nn.CrossEntropyLoss(label_smoothing=0.1)
    assert smooth.floor([0, 1, 2]) == pytest.approx(-(smoothed * np.log(smoothed)).sum())
    assert smooth.floor([0, 1], classes=3) == pytest.approx(-(smoothed * np.log(smoothed)).sum())
    for loss in (nn.MSELoss(), nn.L1Loss(), nn.HuberLoss(), nn.QuantileLoss(0.2), nn.SmoothL1Loss()):
        assert loss.floor(np.array([[1.0], [5.0]])) == 0


def test_best_constants_are_the_known_ones():
    y = np.array([[1.0], [2.0], [3.0], [10.0], [100.0]])
    assert nn.MSELoss().best_constant(y).outputs == y.mean()
    assert nn.MSELoss().best_constant(y).loss == pytest.approx(y.var())
    assert nn.L1Loss().best_constant(y).outputs == 3.0
    assert nn.L1Loss().best_constant(y[:4]).outputs == 2.5
    assert nn.L1Loss().best_constant(y, [1, 1, 1, 1, 9]).outputs == 100.0
    assert nn.QuantileLoss(0.9).best_constant(np.arange(100.0)).outputs == pytest.approx(89.5)
    assert nn.BCELoss().best_constant([0, 0, 0, 1]).outputs == 0.25
    assert nn.BCEWithLogitsLoss().best_constant([0, 0, 0, 1]).outputs == pytest.approx(np.log(1 / 3))
    assert nn.BCEWithLogitsLoss(pos_weight=3.0).best_constant([0, 0, 0, 1]).outputs == pytest.approx(0, abs=1e-12)
    constant, loss = nn.CrossEntropyLoss().best_constant([0, 1, 1, 2])
    np.testing.assert_allclose(np.exp(constant), [0.25, 0.5, 0.25])
    assert loss == pytest.approx(1.5 * np.log(2))
    assert nn.CrossEntropyLoss().best_constant([0, 1], classes=4).outputs.shape == (4,)
    assert nn.PoissonNLLLoss().best_constant([1, 2, 3]).outputs == pytest.approx(np.log(2))
    assert nn.HingeLoss().best_constant([0, 1, 1]).outputs == 1.0
    big = nn.HuberLoss(delta=1000.0).best_constant(y)
    assert big.outputs == pytest.approx(y.mean())
    assert nn.HuberLoss(delta=1e-3).best_constant(y).outputs == pytest.approx(3.0, abs=1e-2)


def test_targets_may_be_lists_tensors_and_single_numbers():
    assert nn.MSELoss().best_constant(cr.tensor([1.0, 3.0])).outputs == 2.0
    assert nn.MSELoss().best_constant(2.0).outputs == 2.0
    assert nn.L1Loss().best_constant(2.0).loss == 0.0
    assert nn.BCEWithLogitsLoss().floor(0.5) == pytest.approx(np.log(2))
    assert nn.HingeLoss().best_constant(1).outputs == 1.0
    assert nn.CrossEntropyLoss().floor(np.int64(1)) == 0
    assert nn.CrossEntropyLoss().best_constant([0.5, 0.5]).loss == pytest.approx(np.log(2))


def test_rows_without_weight_do_not_count():
    y = np.array([[1.0], [2.0], [50.0]])
    for loss in (nn.MSELoss(), nn.L1Loss(), nn.HuberLoss(), nn.QuantileLoss(0.3), nn.PoissonNLLLoss()):
        one, two = loss.best_constant(y[:2]), loss.best_constant(y, [1, 1, 0])
        np.testing.assert_allclose(one.outputs, two.outputs, rtol=1e-9)
        assert one.loss == pytest.approx(two.loss)


def test_nothing_is_recorded_and_targets_are_left_alone():
    y = np.linspace(0, 1, N)[:, None]
    y.flags.writeable = False
    loss = nn.BCEWithLogitsLoss(pos_weight=cr.tensor([2.0]))
    before = y.copy()
    loss.floor(y), loss.best_constant(y)
    np.testing.assert_array_equal(y, before)
    assert cr.is_grad_enabled()
