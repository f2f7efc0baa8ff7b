"""11: rows to judge by that are learnt from; a truth table has no other rows, and that is no fault."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.doctor.checks.data import test_rows_in_training as check
from tests.doctor.plants import build, case, diagnosed, moons, said, wine


def _parted(rows):
    X, y = rows
    order = np.random.default_rng(9).permutation(len(X))
    X, y = X[order], y[order]
    count = len(X) * 2 // 3
    return (X[:count], y[:count]), (X[count:], y[count:])


SETS = {"moons": (lambda: _parted(moons()), 1), "wine": (lambda: _parted(wine()), 3)}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", SETS)
def test_copied_rows_are_counted(name, seed):
    parted, outputs = SETS[name]
    (X, y), (Z, t) = parted()
    draw = np.random.default_rng([seed, len(name)])
    copied = draw.permutation(len(X))[: round(draw.uniform(0.15, 0.4) * len(Z))]
    judged = np.concatenate([Z, X[copied]]), np.concatenate([t, y[copied]])
    (found,) = said(check, case(build(X, outputs), (X, y), judged))
    assert found.proof == "exact"
    assert found.evidence[0].values["count"] == len(copied)
    assert len(found.cures[0].data((X, y))[0]) == len(X) - len(copied)


def test_duplicates_that_a_random_parting_tears_apart_are_found():
    X, y = moons(120)
    double = np.repeat(X, 2, axis=0)[:-100], np.repeat(y, 2, axis=0)[:-100]
    rows = (np.concatenate([double[0], *_fresh(1)[:1]]), np.concatenate([double[1], _fresh(1)[1]]))
    found = diagnosed(build(X), rows, validation=(X[:30], y[:30]))
    assert found.findings[0].code == "test_rows_in_training"


def _fresh(seed):
    return moons(400, seed=seed)


def test_parted_rows_are_left_in_peace():
    for parted, outputs in SETS.values():
        rows, judged = parted()
        assert said(check, case(build(rows[0], outputs), rows, judged)) == []


def test_truth_tables_have_no_other_rows():
    table = cr.data.xor()
    assert said(check, case(build(table[0]), table, table)) == []
    many = tuple(np.repeat(part, 30, axis=0) for part in table)
    assert said(check, case(build(many[0]), many, table)) == []


def test_nobody_asked_for_the_part_that_the_doctor_keeps():
    X, y = (np.repeat(part, 3, axis=0) for part in moons(100))
    assert said(check, case(build(X), (X, y))) == []
