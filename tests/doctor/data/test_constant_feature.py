"""4: a column that never changes is a note, and a fault only where leaving it out cures; padding says nothing."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.doctor.checks.data import constant_feature
from tests.doctor.plants import build, case, diagnosed, moons, said, wine

SETS = {"moons": (moons, 1), "wine": (wine, 3)}


def _with(X, number):
    return np.concatenate([X, np.full((len(X), 1), number)], axis=1)


@pytest.mark.parametrize("name", SETS)
def test_a_large_one_is_named_and_left_out(name):
    rows, outputs = SETS[name]
    X, y = rows()
    X = _with(X, np.random.default_rng(len(name)).uniform(500, 5000))
    first = diagnosed(build(X, outputs, activation="relu"), (X, y)).findings[0]
    assert (first.code, first.level) == ("constant_feature", "fault")
    assert f"X[:, {X.shape[1] - 1}]" in first.sentence
    assert first.experiment.after.max() < first.experiment.before.min()


@pytest.mark.parametrize("name", SETS)
def test_a_small_one_is_a_note(name):
    rows, outputs = SETS[name]
    X, y = rows()
    X = _with(X, np.random.default_rng(len(name)).uniform(0.5, 3.0))
    (found,) = said(constant_feature, case(build(X, outputs), (X, y)))
    assert found.proof == "convention"


def test_nothing_is_said_of_padding_and_of_columns_that_change():
    X, y = cr.data.digits()
    assert (np.asarray(X).reshape(len(X), -1).std(axis=0) == 0).any()
    X = np.array(X).reshape(len(X), -1)
    assert said(constant_feature, case(build(X, 10), (X, np.array(y)))) == []
    assert said(constant_feature, case(build(wine()[0], 3), wine())) == []
