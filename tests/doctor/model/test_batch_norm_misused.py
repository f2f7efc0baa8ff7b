"""A batch norm behind the last layer, or with too few rows to measure."""

import numpy as np

from chainrule import nn
from tests.doctor.model import settings

SIZE = int(np.random.default_rng(35).integers(2, 4))


def normed(inputs=2, last=False):
    layers = [nn.Linear(inputs, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1)]
    return nn.Sequential(*(layers[:1] + layers[2:] + [nn.BatchNorm1d(1, affine=False)] if last else layers))


def test_behind_the_last_layer_of_a_regression():
    (X, y), (Z, z) = settings.sine(), settings.moons()
    for rows, inputs in (((X, 3 * y + 4), 1), ((Z, 5 * z - 9), 2)):
        build = settings.maker(lambda inputs=inputs: normed(inputs, last=True), nn.MSELoss)
        (found,) = settings.proven(35, build, rows)
        assert found.evidence[0].name == "norm_last"


def test_small_batches():
    for rows in (settings.moons(), settings.moons(4)):
        (found,) = settings.proven(35, settings.maker(normed), rows, 40, batch_size=SIZE)
        assert found.evidence[0].name == "norm_rows"


def test_norms_in_their_place_are_left_in_peace():
    assert not settings.suspected(35, settings.maker(normed), settings.circles())
    assert not settings.suspected(35, settings.maker(lambda: nn.MLP([2, 8, 1])), settings.moons(), batch_size=1)


def test_where_it_does_no_harm_it_is_a_note():
    def model():
        return nn.Sequential(nn.MLP([2, 16, 16, 1]), nn.BatchNorm1d(1))

    (found,) = settings.suspected(35, settings.maker(model, rate=0.02), settings.circles(), 100)
    assert found.proof == "convention"
