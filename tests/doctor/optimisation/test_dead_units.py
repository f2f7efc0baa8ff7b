"""43: a layer that is mostly dead and cured by living units; some dead units in a network that learns are fine."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.checks.optimisation import dead_units
from chainrule.doctor.looks.layers import look_into
from tests.doctor.plants import build, cancer, case, in_peace, moons, proven, said

SETS = {"moons": moons, "cancer": cancer}


def _biased(width, bias, share, rate=0.01):
    """A network of which this share of the first units begins far below 0."""

    def make():
        model = nn.MLP([width, 24, 1], activation="relu")
        first = next(module for module in model.modules() if isinstance(module, nn.Linear))
        start = np.zeros(24, dtype=np.float32)
        start[: round(share * 24)] = bias
        with cr.no_grad():
            first.bias.copy_(cr.tensor(start))
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=rate))

    return make


@pytest.mark.parametrize("name", SETS)
def test_a_layer_that_is_dead_from_the_start_is_seen_and_cured(name):
    X, y = SETS[name]()
    draw = np.random.default_rng(len(name))
    asked = case(_biased(X.shape[1], -draw.uniform(40, 80), 1.0), (X, y), epochs=30)
    (found,) = said(dead_units, asked)
    assert (found.code, found.evidence[0].name) == ("dead_units", "dead_before")
    assert found.evidence[0].values["share"] > 0.9
    assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_a_third_of_the_units_dead_in_a_network_that_learns_is_fine(name):
    X, y = SETS[name]()
    asked = case(_biased(X.shape[1], -60.0, 0.33, rate=0.03), (X, y), epochs=60)
    assert max(layer.dead for layer in look_into(asked.first, asked.feed)) > 0.3
    assert not asked.underfits
    assert in_peace(dead_units, asked)


def test_living_units_that_learn_slowly_are_another_matter():
    X, y = cancer()
    assert said(dead_units, case(build(X, activation="relu", rate=1e-7), (X, y), epochs=5)) == []
