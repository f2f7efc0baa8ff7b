"""First weights too small, too large, or unfit for the depth: 29, 30, 31; each needs its experiment."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.doctor.model import settings

RANDOM = np.random.default_rng(29)


def scaled(sizes, factor, activation="relu"):
    """A network whose weights are so many times as large."""
    model = nn.MLP(sizes, activation=activation)
    with cr.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear):
                module.weight.copy_(module.weight * factor)
    return model


def with_sgd(model, loss, rate):
    def build():
        network = model()
        return cr.Trainer(network, loss(), optim.SGD(network.parameters(), lr=rate), guard="off")

    return build


SMALL = 10 ** float(RANDOM.uniform(-2.5, -1.8))
LARGE = float(RANDOM.uniform(24, 30))


@pytest.mark.parametrize(("rows", "inputs", "loss"), [
    (settings.circles(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss),
])
def test_too_small(rows, inputs, loss):
    build = with_sgd(lambda: scaled([inputs, 16, 16, 1], SMALL), loss, 0.1)
    (found,) = settings.proven(29, build, rows, 60)
    assert found.code == "weights_too_small"


@pytest.mark.parametrize(("rows", "inputs", "loss"), [
    (settings.circles(), 2, nn.BCEWithLogitsLoss), (settings.moons(), 2, nn.BCEWithLogitsLoss),
])
def test_too_large(rows, inputs, loss):
    build = settings.maker(lambda: scaled([inputs, 16, 16, 1], LARGE, "tanh"), loss, rate=0.01)
    (found,) = settings.proven(30, build, rows, 40)
    assert found.code == "weights_too_large"


@pytest.mark.parametrize("rows", [settings.circles(), settings.circles(1)])
def test_unfit_for_the_depth(rows):
    depth, factor = int(RANDOM.integers(8, 11)), float(RANDOM.uniform(1.6, 2.0))
    build = settings.maker(lambda: scaled([2, *[16] * depth, 1], factor), rate=1e-3)
    (found,) = settings.proven(31, build, rows, 40)
    assert found.code == "weights_unfit_for_depth"
    assert found.evidence[0].values["slope"] > 1


@pytest.mark.parametrize("seed", [0, 1])
def test_tanh_that_is_stretched_by_every_layer_and_bounded_behind_it(seed):
    rows, draw = settings.circles(seed), np.random.default_rng([31, seed])
    depth, factor = int(draw.integers(9, 12)), float(draw.uniform(3.8, 5.0))
    build = with_sgd(lambda: scaled([2, *[16] * depth, 1], factor, "tanh"), nn.BCEWithLogitsLoss, 0.1)
    (found,) = settings.proven(31, build, rows, 40)
    assert found.code == "weights_unfit_for_depth"
    assert found.evidence[0].name == "stretch"
    assert found.evidence[0].values["stretch"] > 2


def test_small_weights_that_learn_are_left_in_peace():
    healthy = (
        settings.maker(lambda: scaled([2, 16, 16, 1], 0.1), rate=0.03),
        settings.maker(lambda: nn.MLP([2, 16, 16, 1]), rate=0.03),
        settings.maker(lambda: nn.MLP([2, *[16] * 6, 1], norm="batch"), rate=0.03),
    )
    for build in healthy:
        for number in (29, 30, 31):
            assert not settings.suspected(number, build, settings.circles(), 60)
