"""The sets shipped inside equal scikit-learn's, number by number, and take little room."""

from importlib.resources import files

import numpy as np
import pytest

from chainrule import data

SHIPPED = ["iris", "breast_cancer", "wine", "digits", "diabetes"]


@pytest.mark.article("W-27", "S1-24")
@pytest.mark.parametrize("name", SHIPPED)
def test_each_equals_scikit_learns(name):
    theirs = getattr(pytest.importorskip("sklearn.datasets"), f"load_{name}")()
    ours = getattr(data, name)()
    np.testing.assert_allclose(ours.X, theirs.data, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(ours.y.ravel(), theirs.target)
    assert list(ours.feature_names) == list(theirs.feature_names)
    if name != "diabetes":
        assert list(ours.target_names) == [str(label) for label in theirs.target_names]


def test_diabetes_raw():
    theirs = pytest.importorskip("sklearn.datasets").load_diabetes(scaled=False)
    np.testing.assert_array_equal(data.diabetes(scaled=False).X, theirs.data)


def test_together_under_one_megabyte_and_each_with_its_licence():
    folder = files("chainrule") / "data" / "files"
    sizes = {entry.name: len(entry.read_bytes()) for entry in folder.iterdir()}
    assert sum(sizes.values()) < 1_000_000
    licences = (folder / "LICENCES.md").read_text(encoding="utf-8")
    assert {f"{name}.csv.gz" for name in SHIPPED} == set(sizes) - {"LICENCES.md"}
    assert all(f"`{name}.csv.gz`" in licences for name in SHIPPED)


@pytest.mark.article("W-27")
def test_no_boston_prices():
    assert "boston" not in data.names()
