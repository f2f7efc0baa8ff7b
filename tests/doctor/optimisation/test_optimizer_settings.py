"""48: momentum, betas and epsilon that nobody means; settings that work are the user's own."""

from functools import partial

import numpy as np
import pytest

from chainrule import optim
from chainrule.doctor.checks.optimisation import optimizer_settings
from tests.doctor.plants import build, cancer, case, in_peace, moons, proven, said

SETS = {"moons": lambda: moons(noise=0.08), "cancer": cancer}


@pytest.mark.parametrize("name", SETS)
def test_an_epsilon_that_drowns_the_gradient_is_seen_and_cured(name):
    X, y = SETS[name]()
    eps = np.random.default_rng(len(name)).uniform(20, 100)
    asked = case(build(X, optimizer=partial(optim.Adam, eps=eps)), (X, y))
    (found,) = said(optimizer_settings, asked)
    assert "eps" in found.evidence[0].words("en")
    assert proven(asked, found)


def test_a_momentum_that_never_forgets_is_seen_and_cured():
    X, y = cancer()
    momentum = np.random.default_rng(0).uniform(0.999, 0.9999)
    asked = case(build(X, optimizer=partial(optim.SGD, momentum=momentum), rate=0.5), (X, y), epochs=20)
    (found,) = said(optimizer_settings, asked)
    assert "momentum" in found.evidence[0].words("en")
    assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_settings_that_work_are_left_in_peace(name):
    X, y = SETS[name]()
    for optimizer in (partial(optim.SGD, momentum=0.9, nesterov=True), partial(optim.Adam, betas=(0.8, 0.99))):
        asked = case(build(X, optimizer=optimizer, rate=0.1), (X, y), epochs=100)
        assert in_peace(optimizer_settings, asked)
    assert said(optimizer_settings, case(build(X, rate=1e-7), (X, y), epochs=5)) == []


def test_settings_that_nobody_uses_are_better_evidence_than_unusual_ones():
    X, y = moons()
    strengths = []
    for settings in ({"eps": 30.0}, {"betas": (0.99, 0.999)}, {"betas": (0.8, 0.99)}):
        asked = case(build(X, optimizer=partial(optim.Adam, **settings), rate=1e-5), (X, y), epochs=5)
        strengths += [found.strength for found in said(optimizer_settings, asked)]
    assert strengths[0] == strengths[1] > strengths[2]
