"""Targets that the last activation cannot reach."""

import numpy as np
import pytest

from chainrule import nn
from tests.doctor.model import settings

FACTOR = float(np.random.default_rng(22).uniform(2, 5))


def net(last):
    return settings.maker(lambda: nn.Sequential(nn.MLP([1, 16, 1], activation="tanh"), last()), nn.MSELoss, rate=0.03)


@pytest.mark.parametrize("last", [nn.ReLU, nn.Sigmoid, nn.Tanh])
def test_plants_and_their_cure(last):
    for seed in range(2):
        X, y = settings.sine(seed)
        (found,) = settings.suspected(22, net(last), (X, FACTOR * y), 2)
        assert (found.code, found.proof) == ("target_out_of_range", "exact")
    losses = []
    for one in (net(last), found.cures[0].apply(net(last))):
        trainer = one()
        trainer.fit((X, FACTOR * y), epochs=80, progress=False)
        losses.append(trainer.evaluate((X, FACTOR * y))["loss"])
    assert losses[1] < 0.5 * losses[0]


def test_targets_in_reach_are_left_in_peace():
    X, y = settings.sine()
    Z, z = settings.moons()
    assert not settings.suspected(22, net(nn.Tanh), (X, 0.8 * y), 2)
    assert not settings.suspected(22, net(nn.ReLU), (X, y - y.min()), 2)
    sigmoid = settings.maker(lambda: nn.Sequential(nn.MLP([2, 8, 1]), nn.Sigmoid()), nn.MSELoss)
    assert not settings.suspected(22, sigmoid, (Z, z), 2)  # 0 and 1 are its very ends
