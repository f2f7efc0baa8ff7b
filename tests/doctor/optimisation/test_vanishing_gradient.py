"""42: gradients that fade on the way back, and a proven cure; converged and shallow networks are left in peace."""

import numpy as np
import pytest

from chainrule import optim
from chainrule.doctor.checks.optimisation import vanishing_gradient
from tests.doctor.plants import build, cancer, case, proven, said, wine

SETS = {"wine": (wine, 3), "cancer": (cancer, 1)}


@pytest.mark.parametrize("name", SETS)
def test_many_sigmoids_fade_and_another_activation_cures_it(name):
    rows, outputs = SETS[name]
    X, y = rows()
    layers = int(np.random.default_rng(len(name)).integers(7, 10))
    asked = case(build(X, outputs, hidden=(16,) * layers, activation="sigmoid", rate=0.003), (X, y), epochs=10)
    (found,) = said(vanishing_gradient, asked)
    assert (found.code, found.proof) == ("vanishing_gradient", "rerun")
    told = found.evidence[0].values
    assert told["first"] < 0.01 * told["last"]
    assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_networks_that_learn_or_do_not_fade_are_left_in_peace(name):
    rows, outputs = SETS[name]
    X, y = rows()
    fine = build(X, outputs, hidden=(16, 16, 16), activation="relu")
    shallow = build(X, outputs, activation="sigmoid", optimizer=optim.SGD, rate=1e-4)
    steady = build(X, outputs, hidden=(16,) * 6, activation="relu", optimizer=optim.SGD, rate=1e-6)
    for make in (fine, shallow, steady):
        assert said(vanishing_gradient, case(make, (X, y), epochs=15)) == []
