"""37, 38 and 39: rates that run away, that bounce, that creep; a high rate that works is nobody's business."""

import numpy as np
import pytest

from chainrule import nn, optim
from chainrule.doctor.checks.optimisation import (
    learning_rate_bounces,
    learning_rate_diverges,
    learning_rate_too_low,
)
from tests.doctor.plants import build, cancer, case, in_peace, moons, proven, said, sine

CHECKS = (learning_rate_diverges, learning_rate_bounces, learning_rate_too_low)
SETS = {"moons": lambda: moons(noise=0.08), "cancer": cancer}


def _all(asked):
    return [found for check in CHECKS for found in said(check, asked)]


def test_a_loss_that_runs_away_is_seen_and_cured():
    X, y = sine()
    for seed in range(2):
        rate = 10 ** np.random.default_rng(seed).uniform(0.5, 2)
        make = build(X, loss=nn.MSELoss(), optimizer=optim.SGD, activation="relu", rate=rate)
        asked = case(make, (X, y))
        (found,) = _all(asked)
        assert (found.code, found.evidence[-1].name) == ("learning_rate_too_high", "diverged")
        assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_a_rate_that_bounces_is_seen_and_cured(name):
    X, y = SETS[name]()
    rate = np.random.default_rng(len(name)).uniform(1.5, 4)
    asked = case(build(X, hidden=(16, 16), rate=rate), (X, y))
    codes = {found.code for found in _all(asked)}
    assert codes == {"learning_rate_too_high"}
    assert proven(asked, _all(asked)[0])


@pytest.mark.parametrize("name", SETS)
def test_a_rate_that_creeps_is_seen_and_cured(name):
    X, y = SETS[name]()
    rate = 10 ** np.random.default_rng(len(name)).uniform(-6.5, -4.5)
    asked = case(build(X, rate=rate), (X, y))
    (found,) = _all(asked)
    assert found.code == "learning_rate_too_low"
    assert found.cures[0].values["rate"] > 10 * rate
    assert proven(asked, found)


def test_a_rate_of_nothing_is_certain():
    X, y = moons()
    (found,) = _all(case(build(X, rate=0.0), (X, y), epochs=3))
    assert (found.code, found.proof) == ("learning_rate_too_low", "exact")


@pytest.mark.parametrize("name", SETS)
def test_rates_that_work_are_left_in_peace(name):
    X, y = SETS[name]()
    for optimizer, rate in ((optim.SGD, 0.5), (optim.Adam, 0.1), (optim.Adam, 0.02)):
        asked = case(build(X, optimizer=optimizer, rate=rate, activation="relu"), (X, y), epochs=120)
        assert all(in_peace(check, asked) for check in CHECKS)
