"""Squared error behind a sigmoid: a fault only where cross-entropy learns better; at most a note elsewhere."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.doctor.model import settings

RANDOM = np.random.default_rng(20)


def slow(loss):
    """Steps that the flat ends of the sigmoid make too short."""
    rate = float(RANDOM.uniform(0.02, 0.04))

    def build():
        model = nn.Sequential(nn.MLP([2, 16, 16, 1]), nn.Sigmoid())
        return cr.Trainer(model, loss, optim.SGD(model.parameters(), lr=rate), guard="off")

    return build


@pytest.mark.parametrize("rows", [settings.circles(), settings.circles(3)])
@pytest.mark.parametrize("loss", [nn.MSELoss(), lambda outputs, targets: ((outputs - targets) ** 2).mean()])
def test_plants(rows, loss):
    (found,) = settings.proven(20, slow(loss), rows, 100)
    assert found.code == "squared_error_on_classes"


def test_softmax_against_one_hot_rows_learns_by_logarithms_too():
    X, y = settings.blobs()
    rows = X, np.eye(3)[y]
    build = settings.maker(lambda: nn.Sequential(nn.MLP([2, 16, 3]), nn.Softmax(1)), nn.MSELoss, rate=1e-4)
    (found,) = settings.suspected(20, build, rows, 1)
    trainer = found.cures[0].apply(build)()
    outputs, targets = cr.tensor([[0.5, 0.25, 0.25]]), cr.tensor([[1.0, 0.0, 0.0]])
    trainer.model.eval()
    assert trainer.loss(outputs, targets).item() == pytest.approx((0.25 + 0.0625 + 0.0625) / 3)  # judged as before
    trainer.model.train()
    assert trainer.loss(outputs, targets).item() == pytest.approx(np.log(2), rel=1e-5)


def test_where_it_learns_it_is_a_note():
    build = settings.maker(lambda: nn.Sequential(nn.MLP([2, 32, 32, 1]), nn.Sigmoid()), nn.MSELoss, rate=0.02)
    (found,) = settings.suspected(20, build, settings.moons(), 80)
    assert found.proof == "convention"


def test_a_tanh_and_a_regression_are_none():
    X, y = settings.moons()
    tanh = settings.maker(lambda: nn.Sequential(nn.MLP([2, 16, 1]), nn.Tanh()), nn.MSELoss)
    assert not settings.suspected(20, tanh, (X, 2 * y - 1))
    assert not settings.suspected(20, settings.maker(lambda: nn.MLP([1, 16, 1]), nn.MSELoss), settings.sine())
