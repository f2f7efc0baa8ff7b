"""49: a training that ends on its way down; one that has arrived, or stands still, is left in peace."""

import numpy as np
import pytest

from chainrule.doctor.checks.optimisation import stopped_too_early
from tests.doctor.plants import build, cancer, case, moons, proven, said

SETS = {"moons": (moons, 0.01), "cancer": (cancer, 0.002)}


@pytest.mark.parametrize("name", SETS)
def test_a_loss_that_still_falls_is_seen_and_more_epochs_cure_it(name):
    rows, rate = SETS[name]
    X, y = rows()
    epochs = int(np.random.default_rng(len(name)).integers(5, 9))
    asked = case(build(X, rate=rate), (X, y), epochs=epochs)
    (found,) = said(stopped_too_early, asked)
    assert (found.code, found.cures[0].epochs) == ("stopped_too_early", 3.0)
    assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_what_has_arrived_or_does_not_move_is_left_in_peace(name):
    X, y = SETS[name][0]()
    assert said(stopped_too_early, case(build(X, rate=0.05), (X, y), epochs=80)) == []
    assert said(stopped_too_early, case(build(X, rate=1e-8), (X, y), epochs=10)) == []
