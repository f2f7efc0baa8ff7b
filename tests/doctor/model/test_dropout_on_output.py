"""A dropout behind the last layer: a fault where it does harm."""

import numpy as np

from chainrule import nn
from tests.doctor.model import settings

P = float(np.random.default_rng(37).uniform(0.4, 0.6))


def named(suspicions):
    return [one.proof for one in suspicions if one.code == "dropout_on_output"]


def test_plants():
    (Z, z) = settings.moons()
    for rows, inputs in ((settings.sine(), 1), ((Z, 4 * z - 2), 2)):
        def model(inputs=inputs):
            return nn.Sequential(nn.Linear(inputs, 32), nn.Tanh(), nn.Linear(32, 1), nn.Dropout(P))

        assert named(settings.proven(36, settings.maker(model, nn.MSELoss, rate=0.03), rows, 60)) == ["rerun"]


def test_where_it_does_no_harm_it_is_a_note():
    build = settings.maker(lambda: nn.Sequential(nn.MLP([2, 16, 3]), nn.Dropout(0.3)), nn.CrossEntropyLoss, rate=0.02)
    assert named(settings.suspected(36, build, settings.blobs(), 60)) == ["convention"]


def test_between_the_layers_it_is_none():
    for rows in (settings.moons(), settings.circles()):
        assert not named(settings.suspected(36, settings.maker(lambda: nn.MLP([2, 16, 1], dropout=0.5)), rows, 5))
