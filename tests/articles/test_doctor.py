"""Faults that the articles speak of, trained, and named by the doctor; networks that start well are not blamed."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.case import Case
from chainrule.doctor.checks.optimisation import vanishing_gradient
from chainrule.doctor.experiment import tried

RANDOM = np.random.default_rng(15)
SMALL, LAYERS = float(RANDOM.uniform(0.006, 0.01)), int(RANDOM.integers(6, 9))
ROWS = {"moons": cr.data.moons(200, noise=0.15, seed=0), "circles": cr.data.circles(200, noise=0.05, seed=0)}
WEIGHTS = {"weights_too_small", "weights_unfit_for_depth"}


def diagnosed(data, layers, optimizer, epochs, **options):
    def build():
        model = nn.MLP([2, *[16] * layers, 1], **options)
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optimizer(model.parameters()))

    return cr.doctor.diagnose(build, data, epochs=epochs, budget=60)


def descent(parameters):
    return optim.SGD(parameters, lr=0.1)


def adam(parameters):
    return optim.Adam(parameters, lr=0.01)


@pytest.mark.slow
@pytest.mark.article("W-15")
@pytest.mark.parametrize(("activation", "name"), [("tanh", "moons"), ("relu", "circles")])
def test_weights_started_too_small_are_named(activation, name):
    first = diagnosed(ROWS[name], 3, descent, 60, activation=activation, init=SMALL).findings[0]
    assert (first.code, first.level) == ("weights_too_small", "fault")
    assert first.experiment.change.name == "first_weights"
    assert first.experiment.convincing


@pytest.mark.slow
@pytest.mark.article("W-15")
def test_weights_that_fit_the_activation_are_not_blamed():
    found = diagnosed(ROWS["moons"], 3, descent, 60, activation="relu")
    assert not WEIGHTS & {one.code for one in found.findings}


@pytest.mark.slow
@pytest.mark.article("S0-15")
def test_a_deep_network_of_weights_near_a_hundredth():
    found = diagnosed(ROWS["moons"], LAYERS, adam, 10, activation="tanh", init=0.01).findings[0]
    assert found.code in WEIGHTS
    assert found.level == "fault"
    assert {found.code, *(one.code for one in found.behind)} >= WEIGHTS


def sigmoids():
    model = nn.MLP([2, *[16] * 19, 1], activation="sigmoid")
    return cr.Trainer(model, nn.BCEWithLogitsLoss(), adam(model.parameters()))


@pytest.mark.slow
@pytest.mark.article("S1-19")
def test_twenty_layers_of_sigmoids_and_their_cure():
    case = Case(sigmoids, ROWS["moons"], None, 8, 32, 60.0)
    (found,) = vanishing_gradient.CHECK.look(case)
    assert found.evidence[0].values["first"] < 1e-6 * found.evidence[0].values["last"]
    assert tried(case, found.cures[0]).convincing


@pytest.mark.night
@pytest.mark.article("S1-19")
def test_twenty_layers_of_sigmoids_have_a_vanishing_gradient():
    found = cr.doctor.diagnose(sigmoids, ROWS["moons"], epochs=8, budget=60).findings[0]
    assert (found.code, found.level) == ("vanishing_gradient", "fault")
    assert found.experiment.convincing
