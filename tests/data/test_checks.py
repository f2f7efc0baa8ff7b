"""Looking at data: each fault is named where it was planted, and healthy data pass."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import data
from chainrule.data import describe, permutation_test
from chainrule.data.checks import WORDS

rng = np.random.default_rng(0)
MOONS = data.moons(300, seed=1)
SCALED = {name: data.Standardizer().fit_transform(data.load(name).X) for name in ("wine", "breast_cancer", "diabetes")}


def codes(X, y=None, level=None):
    return [finding.code for finding in describe(X, y).findings if level in (None, finding.level)]


@pytest.mark.article("S0-24")
@pytest.mark.parametrize(
    ("X", "y"),
    [
        data.xor(),
        *(data.load(name) for name in ("clusters", "moons", "circles", "spirals", "checkerboard", "sine", "friedman")),
        (SCALED["wine"], data.wine().y),
        (SCALED["breast_cancer"], data.breast_cancer().y),
        (SCALED["diabetes"], data.Standardizer().fit_transform(data.diabetes().y)),
        (data.digits().X / 16, data.digits().y),
        data.blobs(400, centers=4, spread=0.5, seed=2),
    ],
)
def test_healthy_data_pass(X, y):
    report = describe(X, y)
    assert report.healthy, report


def planted(code):
    X, y = MOONS.X.copy(), MOONS.y.copy()
    match code:
        case "features_unscaled":
            X = np.column_stack((X, 1e5 + 50 * rng.normal(size=300)))
        case "target_unscaled":
            y = X[:, :1] * 1000 + 5e4
        case "constant_column":
            X = np.column_stack((X, np.full(300, 0.5)))
        case "not_finite":
            X[17, 1] = np.nan
        case "contradicting_rows":
            X[200], y[200] = X[100], 1 - y[100]
        case "duplicate_rows":
            X[200], y[200] = X[100], y[100]
        case "outliers":
            X[42, 0] = 40.0
        case "rare_class":
            X, y = X[:200], (np.arange(200) < 5).astype(float).reshape(-1, 1)
            X[:5] += 4
        case "no_signal":
            y = rng.permutation(y)
    return X, y


NAMED = {
    "features_unscaled": (("column 3",), "column 3"),
    "target_unscaled": (("y",), "mean"),
    "constant_column": (("column 3",), "column 3"),
    "not_finite": (("column 2",), "17"),
    "contradicting_rows": ((), "100 and 200"),
    "duplicate_rows": ((), "100 and 200"),
    "outliers": (("column 1",), "40 in row 42"),
    "rare_class": ((), "5 rows"),
    "no_signal": ((), "p ="),
}


def test_every_finding_is_planted():
    assert set(NAMED) == set(WORDS)


@pytest.mark.article("S0-24")
@pytest.mark.parametrize("code", NAMED)
def test_a_planted_fault_is_named(code):
    X, y = planted(code)
    report = describe(X, y)
    found = {finding.code: finding for finding in report.findings}
    assert code in found, report
    columns, words = NAMED[code]
    assert found[code].columns == columns
    assert words in str(found[code])
    assert str(found[code]) in str(report)
    faults = [finding.code for finding in report.findings if finding.level == "fault"]
    assert faults == ([code] if found[code].level == "fault" else [])
    with cr.settings(lang="zh"):
        assert any("一" <= character <= "鿿" for character in str(found[code]))


def test_broken_targets_are_named():
    y = MOONS.X[:, :1].copy()
    y[3] = np.inf
    assert "not_finite" in codes(MOONS.X, y)


def test_columns_in_numbers():
    X = np.array([[1.0, np.nan], [3.0, np.inf], [5.0, 2.0]])
    first, second = describe(X, names=["a", "b"]).columns
    assert (first.name, first.missing, first.least, first.most, first.mean) == ("a", 0, 1.0, 5.0, 3.0)
    np.testing.assert_allclose(first.deviation, X[:, 0].std())
    assert (second.missing, second.least, second.mean) == (2, 2.0, 2.0)
    empty = describe(np.full((3, 1), np.nan))
    assert [finding.code for finding in empty.findings] == ["not_finite", "duplicate_rows"]
    assert "nan" in str(empty)


def test_names_come_with_samples():
    assert describe(data.iris()).columns[0].name == "sepal length (cm)"
    assert describe(*data.iris()).columns[0].name == "column 1"
    wide = describe(data.digits())
    assert "…" in str(wide)
    assert len(wide.columns) == 64


def test_pictures_and_negative_zero():
    X = np.zeros((4, 2, 2))
    X[1] = -0.0
    X[2], X[3] = 0.5, 0.25
    assert "duplicate_rows" in codes(X)


@pytest.mark.article("S0-24")
@pytest.mark.parametrize("name", ["moons", "spirals", "checkerboard", "iris", "wine", "digits", "diabetes", "friedman"])
def test_shuffled_targets_are_told_from_true_ones(name):
    X, y = data.load(name)
    assert permutation_test(X, y) == 0.01
    assert np.mean([permutation_test(X, rng.permutation(y), permutations=99) > 0.05 for _ in range(5)]) > 0.5


def test_p_is_even_where_there_is_nothing():
    noise = ((rng.normal(size=(40, 3)), rng.normal(size=(40, 1))) for _ in range(120))
    p = [permutation_test(X, y, permutations=39) for X, y in noise]
    assert np.mean(np.array(p) <= 0.1) < 0.2
    assert np.median(p) > 0.3


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: describe([1.0, 2.0]), cr.ShapeError),
        (lambda: describe([["a", "b"]]), cr.DtypeError),
        (lambda: describe(np.zeros((0, 2))), cr.DataError),
        (lambda: describe(np.zeros((3, 2)), np.zeros(4)), cr.ShapeError),
        (lambda: describe(np.zeros((3, 2)), names=["a"]), cr.ShapeError),
        (lambda: permutation_test(np.zeros((10, 2)), np.zeros(10)), cr.DataError),
        (lambda: permutation_test(np.zeros((30, 2)), np.zeros(29)), cr.ShapeError),
        (lambda: permutation_test(np.full((30, 2), np.nan), np.zeros(30)), cr.DataError),
        (lambda: permutation_test(np.zeros((30, 2)), np.zeros(30), permutations=0), cr.ArgumentError),
    ],
)
def test_what_is_refused(call, error):
    with pytest.raises(error) as caught:
        call()
    assert all(caught.value.part(part) for part in ("got", "expected", "try"))
