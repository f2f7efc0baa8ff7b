"""49: a training that ends on its way down; one that has arrived, or stands still, is left in peace."""

import numpy as np
import pytest

from chainrule.doctor.checks.optimisation import stopped_too_early
from tests.doctor.plants import build, cancer, case, proven, said, wine

SETS = {"wine": (wine, 3, 0.002), "cancer": (cancer, 1, 0.0007)}


@pytest.mark.parametrize("name", SETS)
def test_a_loss_that_still_falls_is_seen_and_more_epochs_cure_it(name):
    rows, outputs, rate = SETS[name]
    X, y = rows()
    epochs = int(np.random.default_rng(len(name)).integers(5, 9))
    asked = case(build(X, outputs, rate=rate), (X, y), epochs=epochs)
    (found,) = said(stopped_too_early, asked)
    assert (found.code, found.cures[0].epochs) == ("stopped_too_early", 3.0)
    assert proven(asked, found)


@pytest.mark.parametrize("name", SETS)
def test_what_has_arrived_or_does_not_move_is_left_in_peace(name):
    rows, outputs, _ = SETS[name]
    X, y = rows()
    assert said(stopped_too_early, case(build(X, outputs, rate=0.05), (X, y), epochs=80)) == []
    assert said(stopped_too_early, case(build(X, outputs, rate=1e-8), (X, y), epochs=10)) == []
