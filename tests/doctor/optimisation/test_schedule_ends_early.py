"""50: a schedule that ends the learning long before the training; one that ends with it is as it should be."""

import numpy as np
import pytest

from chainrule import optim
from chainrule.doctor.checks.optimisation import schedule_ends_early
from tests.doctor.plants import build, cancer, case, in_peace, moons, proven, said

SETS = {"moons": (moons, 0.02), "cancer": (cancer, 0.003)}


@pytest.mark.parametrize("name", SETS)
def test_a_rate_that_dies_early_is_seen_and_a_constant_one_cures_it(name):
    rows, rate = SETS[name]
    X, y = rows()
    factor = np.random.default_rng(len(name)).uniform(0.5, 0.8)
    asked = case(build(X, rate=rate, schedule=lambda step: rate * factor**step), (X, y))
    (found,) = said(schedule_ends_early, asked)
    assert (found.code, found.strength) == ("schedule_ends_early", 0.7)
    assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_a_schedule_that_ends_with_the_training_is_left_in_peace(name):
    X, y = SETS[name][0]()
    steps = 60 * -(-len(X) * 3 // 4 // 32)
    fine = build(X, rate=0.05, schedule=optim.schedules.cosine(0.05, steps))
    assert in_peace(schedule_ends_early, case(fine, (X, y), epochs=60))
    slow = case(build(X, schedule=lambda step: 1e-7), (X, y), epochs=5)
    assert in_peace(schedule_ends_early, slow)
    assert said(schedule_ends_early, case(build(X, rate=1e-7), (X, y), epochs=5)) == []
