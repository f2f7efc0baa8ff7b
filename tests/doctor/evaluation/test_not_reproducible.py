"""Draws that no seed commands: of first weights, and of noise."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings


def unseeded(inputs):
    model = nn.MLP([inputs, 8, 1])
    with cr.no_grad():
        model[0].weight.copy_(cr.tensor(np.random.default_rng().normal(size=(8, inputs))))
    return model


class Noise(nn.Module):
    """Noise from a generator that has no seed."""

    def forward(self, x):
        return x + cr.tensor(np.random.default_rng().normal(size=x.shape)) if self.training else x


def noisy(inputs):
    return nn.Sequential(nn.Linear(inputs, 8), Noise(), nn.Tanh(), nn.Linear(8, 1))


@pytest.mark.parametrize(("model", "name"), [(unseeded, "bytes_first"), (noisy, "bytes_steps")])
def test_plants(model, name):
    for rows, inputs, loss in ((settings.moons(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        build = settings.maker(lambda inputs=inputs: model(inputs), loss)
        (found,) = settings.suspected(58, build, rows, 2)
        assert (found.code, found.proof, found.evidence[0].name) == ("not_reproducible", "exact", name)


def test_seeded_noise_is_left_in_peace():
    def seeded():
        model = nn.MLP([2, 8, 1])
        with cr.no_grad():
            model[0].weight.copy_(cr.tensor(np.random.default_rng(5).normal(size=(8, 2))))
        return model

    for rows in (settings.moons(), settings.circles()):
        for model in (seeded, lambda: nn.MLP([2, 16, 16, 1], dropout=0.3, norm="batch")):
            assert not settings.suspected(58, settings.maker(model), rows, 2)
