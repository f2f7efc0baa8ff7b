"""41: gradients that burst are named and cured; large ones that do no harm are not."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.checks.optimisation import exploding_gradient
from tests.doctor.plants import build, cancer, case, moons, said, sine

SQUARES = {"loss": nn.MSELoss(), "optimizer": optim.SGD, "activation": "tanh"}


def _outliers(seed):
    """A sine of which a few targets are far off: each of them bursts the gradient of its batch."""
    X, y = sine(300, seed=seed)
    draw = np.random.default_rng(seed)
    y[draw.permutation(len(y))[:2]] *= draw.uniform(3e4, 1e5)
    return X, y


@pytest.mark.parametrize("seed", range(2))
def test_steps_that_burst_are_seen(seed):
    X, y = _outliers(seed)
    (found,) = said(exploding_gradient, case(build(X, rate=0.05, **SQUARES), (X, y), epochs=20, batch_size=8))
    assert (found.code, found.proof) == ("exploding_gradient", "rerun")
    assert found.cures[0].name == "clipped"
    told = found.evidence[0].values
    assert told["norm"] > 100 * told["usual"]


def _deep(width, gain, layers=14):
    """A tanh network whose weights are `gain` times Glorot's: its answers stay bounded, its gradients do not."""

    def make():
        model = nn.MLP([width, *[24] * layers, 1], activation="tanh")
        for parameter in model.parameters():
            if parameter.ndim == 2:
                nn.init.normal_(parameter, 0.0, gain / parameter.shape[1] ** 0.5)
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=0.1))

    return make


@pytest.mark.parametrize("rows", [moons, cancer])
def test_layers_that_swell_the_gradient_are_seen(rows):
    X, y = rows()
    make = _deep(X.shape[1], np.random.default_rng(X.shape[1]).uniform(4, 6))
    asked = case(make, (X, y), epochs=5)
    assert asked.trouble
    (found,) = said(exploding_gradient, asked)
    assert found.evidence[0].name == "gradients"
    assert {change.name for change in found.cures} == {"first_weights", "clipped"}


@pytest.mark.parametrize("rows", [moons, cancer])
def test_trainings_that_go_well_or_are_only_slow_are_left_in_peace(rows):
    X, y = rows()
    for rate in (0.03, 1e-6):
        assert said(exploding_gradient, case(build(X, hidden=(16, 16), rate=rate), (X, y), epochs=10)) == []


def test_outliers_that_are_clipped_already_are_left_in_peace():
    X, y = _outliers(0)
    assert said(exploding_gradient, case(build(X, rate=0.05, clip_norm=1.0, **SQUARES), (X, y), batch_size=8)) == []
