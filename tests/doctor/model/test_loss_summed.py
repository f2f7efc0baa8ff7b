"""A loss that sums: a fault where its steps are too long, a note where the rate makes up for it."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.doctor.model import settings

RANDOM = np.random.default_rng(25)


def summed(outputs, targets):
    """The squared error of all rows."""
    return ((outputs - targets) ** 2).sum()


def with_sgd(sizes, loss, rate):
    def build():
        model = nn.MLP(sizes, activation="tanh")
        return cr.Trainer(model, loss, optim.SGD(model.parameters(), lr=rate), guard="off")

    return build


PLANTS = [
    ([2, 16, 16, 1], nn.BCEWithLogitsLoss(reduction="sum"), float(RANDOM.uniform(0.4, 0.8)), settings.moons()),
    ([1, 16, 16, 1], summed, float(RANDOM.uniform(0.08, 0.15)), settings.sine()),
]


@pytest.mark.parametrize(("sizes", "loss", "rate", "rows"), PLANTS)
def test_plants(sizes, loss, rate, rows):
    (found,) = settings.proven(25, with_sgd(sizes, loss, rate), rows, 80)
    assert found.code == "loss_summed"


def test_a_rate_to_match_makes_it_a_note():
    for build, rows in (
        (with_sgd([2, 16, 16, 1], nn.BCEWithLogitsLoss(reduction="sum"), 0.02), settings.circles()),
        (with_sgd([1, 32, 1], summed, 0.005), settings.sine()),
    ):
        (found,) = settings.suspected(25, build, rows, 150)
        assert found.proof == "convention"


def test_means_are_none():
    for loss, sizes, rows in (
        (nn.BCEWithLogitsLoss(), [2, 8, 1], settings.moons()), (nn.MSELoss(), [1, 8, 1], settings.sine()),
        (nn.CrossEntropyLoss(), [2, 8, 3], settings.blobs()),
    ):
        assert not settings.suspected(25, with_sgd(sizes, loss, 0.1), rows)
