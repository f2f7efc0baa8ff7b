"""7: rows that do not belong together; data without any signal; and data that only look so."""

import numpy as np
import pytest

from chainrule import nn
from chainrule.doctor.checks.data import labels_misaligned
from chainrule.doctor.looks.near import neighbours
from tests.doctor.plants import build, case, diagnosed, moons, said, sine, wine

SETS = {"moons": (moons, 1, None), "wine": (wine, 3, None), "sine": (sine, 1, nn.MSELoss())}
CODES = ("labels_misaligned", "no_signal")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", SETS)
def test_rows_shuffled_on_one_side_are_named(name, seed):
    rows, outputs, loss = SETS[name]
    X, y = rows()
    order = np.random.default_rng([seed, len(name)]).permutation(len(X))
    (found,) = said(labels_misaligned, case(build(X, outputs, loss=loss), (X[order], y)))
    assert found.code in CODES


def test_a_shift_by_one_is_the_first_finding():
    X, y = moons()
    found = diagnosed(build(X), (X, np.roll(y, 1, axis=0)))
    assert found.findings[0].code in CODES


def test_what_can_be_learnt_by_heart_is_called_misaligned():
    X, y = wine()
    X, y = X[::-1][:140], np.random.default_rng(2).permutation(y)[:140]
    asked = case(build(X, 3, hidden=(64,), rate=0.03), (X, y), epochs=80)
    (found,) = said(labels_misaligned, asked)
    assert found.code == "labels_misaligned"


@pytest.mark.parametrize("name", SETS)
def test_rows_that_belong_together_are_left_in_peace(name):
    rows, outputs, loss = SETS[name]
    X, y = rows()
    assert said(labels_misaligned, case(build(X, outputs, loss=loss), (X, y))) == []


def test_a_training_that_fails_for_another_reason_says_nothing_of_the_rows():
    X, y = moons()
    assert said(labels_misaligned, case(build(X, rate=1e-9), (X, y))) == []


def test_parity_has_a_signal_that_neighbours_do_not_see():
    X = np.random.default_rng(0).choice([-1.0, 1.0], (256, 4)) + 0.05 * np.random.default_rng(1).random((256, 4))
    y = (np.prod(np.sign(X), axis=1) > 0).astype(float)[:, None]
    asked = case(build(X, hidden=(32,), rate=0.03), (X, y), epochs=60)
    assert said(labels_misaligned, asked) == []


def test_one_answer_to_all_is_another_matter():
    X, _ = sine()
    assert said(labels_misaligned, case(build(X, loss=nn.MSELoss()), (X, np.zeros((len(X), 1))))) == []


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_few_rows_of_many_columns_say_nothing_either_way(seed):
    draw = np.random.default_rng(seed)
    X = draw.standard_normal((48, 18))
    y = (X[:, :1] + X[:, 1:2] + draw.standard_normal((48, 1)) > 0).astype(float)  # sixteen columns say nothing
    asked = case(build(X, hidden=(64,), rate=0.1), (X, y), epochs=80)
    assert min(run.held for run in asked.runs(range(5))) > asked.constant
    assert said(labels_misaligned, asked) == []


def test_a_signal_that_near_rows_would_show_is_told_from_one_that_they_could_not():
    draw = np.random.default_rng(0)
    y = draw.choice([0.0, 1.0], (300, 1))
    for count, columns, shown in ((300, 2, True), (300, 8, True), (40, 18, False)):
        X = draw.standard_normal((count, columns))
        near = neighbours(X, labels_misaligned.NEIGHBOURS)
        X, some = X[near.rows], y[:count][near.rows]
        assert labels_misaligned._would_be_seen(X, some, near.near) == shown
    few = (np.arange(300) < 6).astype(float)[:, None]  # of a class
    near = neighbours(X := draw.standard_normal((300, 2)), labels_misaligned.NEIGHBOURS)
    assert not labels_misaligned._would_be_seen(X[near.rows], few[near.rows], near.near)
