"""Too few units for what is to be learnt."""

import numpy as np

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings

UNITS = int(np.random.default_rng(32).integers(1, 3))


def test_plants():
    for rows in (settings.circles(), cr.data.spirals(200, noise=0.02, seed=0)):
        (found,) = settings.proven(32, settings.maker(lambda: nn.MLP([2, UNITS, 1]), rate=0.03), rows, 100)
        assert (found.code, found.values["least"]) == ("network_too_small", UNITS)


def test_small_and_enough_is_left_in_peace():
    X, y = settings.blobs()
    build = settings.maker(lambda: nn.MLP([2, 3, 3]), nn.CrossEntropyLoss, rate=0.05)
    assert not settings.suspected(32, build, (X, y), 80)


def test_a_wrong_rate_is_not_cured_by_width():
    for rows in (settings.circles(), settings.moons()):
        assert not settings.proven(32, settings.maker(lambda: nn.MLP([2, 16, 1]), rate=1e-6), rows, 20)


def test_a_single_unit_is_tried_as_sixteen():
    build = settings.maker(lambda: nn.MLP([2, 1, 1], activation="silu"), rate=0.03)
    (found,) = settings.suspected(32, build, settings.circles(), 40)
    assert found.cures[0].values["factor"] == 16


def test_a_waist_through_which_rows_are_given_back_is_narrow_on_purpose():
    X = np.random.default_rng(0).normal(size=(200, 6))
    build = settings.maker(lambda: nn.MLP([6, 2, 6]), nn.MSELoss, rate=0.01)
    assert not settings.suspected(32, build, (X, X), 20)
    assert settings.suspected(32, build, (X, X[:, ::-1].copy()), 20)
