"""1: one cell that is no number is found and named; none, and whole numbers, are not."""

import numpy as np
import pytest

import chainrule as cr
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


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", SETS)
def test_the_cure_trains_like_the_twin(name, seed):
    rows, outputs = SETS[name]
    X, y = rows()
    draw = np.random.default_rng(seed)
    sick = X.copy()
    for _ in range(int(draw.integers(1, 20))):
        sick[draw.integers(len(X)), draw.integers(X.shape[1])] = draw.choice([np.nan, np.inf, -np.inf])
    make = build(X, outputs, metrics=["accuracy"])
    (found,) = diagnosed(make, (sick, y), epochs=2).findings
    assert found.cure is not None
    cured = found.cure.data((sick, y))
    stay = np.isfinite(sick).all(axis=1)
    assert np.array_equal(cured[0], X[stay])
    assert np.array_equal(cured[1], y[stay])
    assert str(int((~stay).sum())) in found.cure.words("zh")
    scope = {"np": np, "X": sick, "y": y}
    exec(found.code_change, scope)  # noqa: S102 - what the report tells people to write
    assert np.array_equal(scope["X"], cured[0])
    scores = []
    for given in (cured, (X, y)):
        cr.manual_seed(seed)
        trainer = found.apply(make)()
        trainer.fit(given, epochs=40, progress=False)
        scores.append(trainer.evaluate((X, y))["accuracy"])
    assert scores[0] > scores[1] - 0.03 > 0.9


def test_targets_and_rows_to_judge_by_are_cured_too():
    X, y = moons()
    Z, t = moons(seed=1)
    y[[4, 9], 0], Z[2, 1] = np.nan, np.inf
    (found,) = diagnosed(build(X), (X, y), epochs=2, validation=(Z, t)).findings
    assert found.cure is not None
    scope = {"np": np, "X": X, "y": y, "X_val": Z, "y_val": t}
    exec(found.code_change, scope)  # noqa: S102 - what the report tells people to write
    assert [len(scope[part]) for part in ("X", "y", "X_val", "y_val")] == [238, 238, 239, 239]


def test_a_column_without_numbers_cannot_be_cured_by_leaving_rows_out():
    X, y = moons()
    X[:, 1] = np.nan
    (found,) = diagnosed(build(X), (X, y)).findings
    assert found.cure is None


def test_gaps_among_labels_of_another_code_come_first():
    X, y = moons()
    y = 2 * y - 1
    y[7, 0] = np.nan
    (found,) = diagnosed(build(X), (X, y)).findings
    assert found.code == "nonfinite_data"
    (next_,) = diagnosed(build(X), found.cure.data((X, y))).findings
    assert next_.code == "labels_coded_wrong"
