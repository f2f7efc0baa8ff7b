"""Dense layers without a bias: a fault where one helps, silent behind a norm and where nothing is wrong."""

import numpy as np
import pytest

from chainrule import nn
from tests.doctor.model import settings

RANDOM = np.random.default_rng(34)


def bare(inputs, activation):
    return nn.Sequential(nn.Linear(inputs, 16, bias=False), activation(), nn.Linear(16, 1, bias=False))


def shifted_sine():
    X, y = settings.sine()
    return X, y + float(RANDOM.uniform(1.5, 3.0))


PLANTS = [(settings.circles(), 2, nn.BCEWithLogitsLoss), (shifted_sine(), 1, nn.MSELoss)]


@pytest.mark.parametrize(("rows", "inputs", "loss"), PLANTS)
def test_plants_and_their_cure(rows, inputs, loss):
    build = settings.maker(lambda: bare(inputs, nn.Tanh), loss, rate=0.02)
    (found,) = settings.proven(34, build, rows, 60)
    assert found.code == "missing_bias"
    trainer = found.cures[0].apply(build)()
    before = [m.bias.numpy().copy() for m in trainer.model.modules() if isinstance(m, nn.Linear)]
    trainer.fit(rows, epochs=2, progress=False)
    after = [m.bias.numpy() for m in trainer.model.modules() if isinstance(m, nn.Linear)]
    assert all((a != b).any() for a, b in zip(before, after, strict=True))


def test_behind_a_norm_it_is_not_missed():
    norm = lambda: nn.Sequential(nn.Linear(2, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))
    assert not settings.suspected(34, settings.maker(norm, rate=1e-5), settings.moons(), 5)


def test_a_training_that_ends_well_is_left_in_peace():
    X, y = settings.sine()  # as much below 0 as above: no bias is needed
    assert not settings.suspected(34, settings.maker(lambda: bare(1, nn.Tanh), nn.MSELoss, rate=0.05), (X, y), 100)
