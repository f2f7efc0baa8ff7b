"""Seeds that learn beside seeds that do not."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.doctor.model import settings

RATE = float(np.random.default_rng(57).uniform(0.2, 0.4))


def narrow(activation, units):
    def build():
        model = nn.MLP([2, units, 1], activation=activation)
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=RATE), guard="off")

    return build


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_plants(activation):
    (found,) = settings.suspected(57, narrow(activation, 2), cr.data.xor(), 2_000, batch_size=4)
    assert found.code == "seed_lottery"


def test_enough_units_learn_with_any_seed():
    assert not settings.suspected(57, narrow("tanh", 8), cr.data.xor(), 3_000, batch_size=4)
    assert not settings.suspected(57, settings.maker(lambda: nn.MLP([2, 16, 16, 1]), rate=0.03), settings.circles(), 60)


def test_what_no_seed_learns_is_no_lottery():
    assert not settings.suspected(57, settings.maker(lambda: nn.MLP([2, 8, 1]), rate=1e-6), settings.circles(), 5)


@pytest.mark.parametrize("seed", range(2))
def test_noise_that_keeps_all_seeds_from_the_floor_is_no_lottery(seed):
    rows = cr.data.moons(300, noise=0.35, seed=seed)
    assert not settings.suspected(57, settings.maker(lambda: nn.MLP([2, 16, 16, 1]), rate=0.02), rows, 60)
