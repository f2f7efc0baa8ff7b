"""46: single rows at a rate that only larger batches bear; small batches with a small rate are fine."""

import numpy as np
import pytest

from chainrule import optim
from chainrule.doctor.checks.optimisation import batch_too_small
from tests.doctor.plants import build, cancer, case, in_peace, moons, proven, said

SETS = {"moons": (lambda: moons(noise=0.1), optim.Adam), "cancer": (cancer, optim.SGD)}


@pytest.mark.parametrize("name", SETS)
def test_single_rows_at_a_high_rate_are_seen_and_larger_batches_cure_it(name):
    rows, optimizer = SETS[name]
    X, y = rows()
    rate = np.random.default_rng(len(name)).uniform(0.4, 0.8)
    asked = case(build(X, rate=rate, optimizer=optimizer, activation="relu"), (X, y), epochs=10, batch_size=1)
    (found,) = said(batch_too_small, asked)
    assert found.values["size"] == 1
    assert found.cures[0].batch_size == 8
    assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_small_batches_at_a_small_rate_are_left_in_peace(name):
    X, y = SETS[name][0]()
    fine = build(X, rate=0.05, optimizer=optim.SGD)
    assert in_peace(batch_too_small, case(fine, (X, y), epochs=60, batch_size=2))
    slow = case(build(X, rate=1e-7), (X, y), epochs=4, batch_size=4)
    assert in_peace(batch_too_small, slow)
    assert said(batch_too_small, case(build(X, rate=1e-7), (X, y), epochs=4, batch_size=32)) == []
