"""A sigmoid or softmax in the network and in the loss."""

import numpy as np
import pytest

from chainrule import nn
from tests.doctor.model import settings

PLANTS = [
    (lambda: nn.Sequential(nn.MLP([2, 16, 1]), nn.Sigmoid()), nn.BCEWithLogitsLoss, settings.moons()),
    (lambda: nn.Sequential(nn.MLP([2, 16, 3]), nn.Softmax(1)), nn.CrossEntropyLoss, settings.blobs()),
    (lambda: nn.Sequential(nn.MLP([2, 16, 1]), nn.Sigmoid(), nn.Sigmoid()), nn.BCELoss, settings.circles()),
]


@pytest.mark.parametrize(("model", "loss", "rows"), PLANTS)
def test_plants(model, loss, rows):
    (found,) = settings.suspected(19, settings.maker(model, loss), rows, 2)
    assert (found.code, found.proof) == ("activation_twice", "exact")


def test_its_cure_lets_the_loss_fall():
    model, loss, rows = PLANTS[1]
    build = settings.maker(model, loss, rate=0.03)
    (found,) = settings.suspected(19, build, rows, 2)
    losses = []
    for one in (build, found.cures[0].apply(build)):
        trainer = one()
        trainer.fit(rows, epochs=60, progress=False)
        losses.append(trainer.evaluate(rows)["loss"])
    assert losses[0] > 0.5 > losses[1]  # squeezed, three classes cannot come below ln(e + 2) - 1 = 0.55


def test_once_is_right():
    soft = np.full((180, 3), 0.05) + 0.85 * np.eye(3)[settings.blobs()[1]]  # soft labels have a floor of their own
    for model, loss, rows in (
        (lambda: nn.MLP([2, 16, 1]), nn.BCEWithLogitsLoss, settings.moons()),
        (lambda: nn.Sequential(nn.MLP([2, 16, 1]), nn.Sigmoid()), nn.BCELoss, settings.circles()),
        (lambda: nn.MLP([2, 16, 3]), nn.CrossEntropyLoss, (settings.blobs()[0], soft)),
    ):
        assert not settings.suspected(19, settings.maker(model, loss), rows, 2)
