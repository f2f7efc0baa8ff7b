"""44: hidden units far out in the flat parts; an output that is sure of itself is meant to be there."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.checks.optimisation import saturated_units
from chainrule.doctor.looks.layers import look_into
from tests.doctor.plants import build, cancer, case, in_peace, moons, proven, said

SETS = {"moons": moons, "cancer": cancer}


def _saturated(width, size, activation):
    def make():
        model = nn.MLP([width, 16, 16, 1], activation=activation)
        for parameter in model.parameters():
            if parameter.ndim == 2:
                nn.init.normal_(parameter, 0.0, size)
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=0.05))

    return make


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@pytest.mark.parametrize("name", SETS)
def test_units_that_are_flat_from_the_start_are_seen(name, activation):
    X, y = SETS[name]()
    size = np.random.default_rng([len(name), len(activation)]).uniform(20, 60)
    asked = case(_saturated(X.shape[1], size, activation), (X, y), epochs=20)
    (found,) = said(saturated_units, asked)
    assert (found.code, found.proof) == ("saturated_units", "rerun")
    assert found.evidence[0].name == "saturated_before"
    assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_units_that_jump_from_one_end_to_the_other_are_seen(name):
    X, y = SETS[name]()
    size = np.random.default_rng(len(name)).uniform(40, 90)

    def make():
        model = nn.MLP([X.shape[1], 8, 1], activation="sigmoid")
        with cr.no_grad():
            next(iter(model.parameters())).mul_(size)
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=1e-4))

    asked = case(make, (X, y), epochs=10)
    layer = look_into(asked.first, asked.feed)[0]
    assert layer.flat > 0.8
    (found,) = said(saturated_units, asked)
    assert found.evidence[0].name == "saturated_before"


@pytest.mark.parametrize("name", SETS)
def test_answers_that_are_sure_and_units_in_the_middle_are_left_in_peace(name):
    X, y = SETS[name]()
    sure = build(X, hidden=(16,), rate=0.1)
    assert in_peace(saturated_units, case(sure, (X, y), epochs=60))
    slow = build(X, hidden=(16, 16), rate=1e-6)
    assert said(saturated_units, case(slow, (X, y), epochs=5)) == []
