"""1: one cell that is no number is found and named; none, and whole numbers, are not."""

import numpy as np
import pytest

from chainrule.doctor.checks.data import nonfinite_data
from tests.doctor.plants import build, case, diagnosed, moons, said, wine

SETS = {"moons": (moons, 1), "wine": (wine, 3)}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", SETS)
def test_the_first_cell_is_named(name, bad):
    rows, outputs = SETS[name]
    X, y = rows()
    draw = np.random.default_rng(7)
    row, column = int(draw.integers(len(X))), int(draw.integers(X.shape[1]))
    X[row, column] = bad
    (found,) = said(nonfinite_data, case(build(X, outputs), (X, y)))
    assert found.proof == "exact"
    assert f"[{row}, {column}]" in found.evidence[0].words("en")
    assert str(bad) in found.evidence[0].words("en")


def test_it_is_the_first_and_only_finding_and_nothing_is_trained():
    X, y = moons()
    y[3, 0] = np.nan
    found = diagnosed(build(X), (X, y))
    assert [one.code for one in found.findings] == ["nonfinite_data"]
    assert "y" in found.findings[0].evidence[0]
    assert found.trainings == 0


def test_rows_to_judge_by_are_looked_at_too():
    X, y = moons()
    Z, t = moons(seed=1)
    Z[2, 1] = np.nan
    (found,) = said(nonfinite_data, case(build(X), (X, y), (Z, t)))
    assert "validation X" in found.evidence[0].words("en")


@pytest.mark.parametrize("name", SETS)
def test_finite_numbers_are_left_in_peace(name):
    rows, outputs = SETS[name]
    X, y = rows()
    assert said(nonfinite_data, case(build(X, outputs), (X, y))) == []
    assert said(nonfinite_data, case(build(X, outputs), ((X * 10).astype(np.int64), y))) == []
    assert said(nonfinite_data, case(build(X, outputs), (X * 1e30, y), (X, y))) == []
