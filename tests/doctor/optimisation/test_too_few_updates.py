"""47: one batch of all rows leaves few steps; a tiny set that fits in them does not need more."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.doctor.checks.optimisation import too_few_updates
from tests.doctor.plants import build, cancer, case, moons, proven, said

SETS = {"moons": moons, "cancer": cancer}


@pytest.mark.parametrize("name", SETS)
def test_few_steps_are_seen_and_smaller_batches_cure_it(name):
    X, y = SETS[name]()
    epochs = int(np.random.default_rng(len(name)).integers(8, 14))
    asked = case(build(X, rate=0.01), (X, y), epochs=epochs, batch_size=len(X))
    (found,) = said(too_few_updates, asked)
    assert found.evidence[0].values["count"] == epochs
    assert proven(asked, found)


def test_few_steps_that_are_enough_are_left_in_peace():
    X, y = cancer()
    assert said(too_few_updates, case(build(X, rate=0.1), (X, y), epochs=60, batch_size=len(X))) == []
    table = cr.data.xor()
    assert said(too_few_updates, case(build(table[0], rate=0.1), table, epochs=100, batch_size=4)) == []


def test_many_steps_that_are_too_small_are_another_matter():
    X, y = moons()
    assert said(too_few_updates, case(build(X, rate=1e-7), (X, y), epochs=40, batch_size=8)) == []


def test_hardly_any_steps_are_better_evidence_than_few():
    X, y = moons()
    strengths = []
    for epochs in (12, 150):
        (found,) = said(too_few_updates, case(build(X, rate=0.001), (X, y), epochs=epochs, batch_size=len(X)))
        strengths.append(found.strength)
    assert strengths[0] > strengths[1]
