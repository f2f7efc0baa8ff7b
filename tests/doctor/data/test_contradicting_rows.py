"""10: equal rows with another label; repeated measurements and repeated truth tables are a note at most."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.doctor.checks.data import contradicting_rows
from tests.doctor.plants import build, cancer, case, diagnosed, moons, said, sine

SETS = {"moons": moons, "cancer": cancer}


def _planted(X, y, share, seed):
    rows = np.random.default_rng(seed).permutation(len(X))[: round(share * len(X))]
    return np.concatenate([X, X[rows]]), np.concatenate([y, 1 - y[rows]]), rows


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", SETS)
def test_twins_with_other_labels_are_counted(name, seed):
    X, y, rows = _planted(*SETS[name](), np.random.default_rng([seed, len(name)]).uniform(0.05, 0.2), seed)
    (found,) = said(contradicting_rows, case(build(X), (X, y)))
    assert (found.code, found.proof) == ("contradicting_rows", "exact")
    assert found.evidence[0].values["count"] == 2 * len(rows)
    assert found.evidence[1].values["error"] == f"{len(rows) / len(X):.1%}"
    stay = found.cures[0].data((X, y))
    assert len(stay[0]) == len(X) - 2 * len(rows)


def test_it_is_what_the_doctor_says():
    X, y, _ = _planted(*moons(), 0.12, 4)
    first = diagnosed(build(X), (X, y)).findings[0]
    assert (first.code, first.level) == ("contradicting_rows", "fault")


def test_twins_with_the_same_label_are_left_in_peace():
    X, y = moons()
    assert said(contradicting_rows, case(build(X), (np.repeat(X, 2, axis=0), np.repeat(y, 2, axis=0)))) == []


def test_repeated_rows_by_design_are_a_note():
    X, y = (np.repeat(part, 50, axis=0) for part in cr.data.xor())
    y = np.where(np.random.default_rng(0).random(y.shape) < 0.1, 1 - y, y)
    assert [found.proof for found in said(contradicting_rows, case(build(X), (X, y)))] == ["convention"]


def test_numbers_measured_twice_are_left_in_peace():
    X, y = sine()
    twice = np.concatenate([y, y + 0.05 * np.random.default_rng(0).standard_normal(y.shape)])
    assert said(contradicting_rows, case(build(X, loss=nn.MSELoss()), (np.concatenate([X, X]), twice))) == []
