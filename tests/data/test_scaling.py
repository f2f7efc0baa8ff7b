"""Scaling: scikit-learn's numbers, there and back, in float32, with constant columns and extreme sizes."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import chainrule as cr
from chainrule import data
from chainrule.data import MinMax, Standardizer

SCALERS = [Standardizer, MinMax]


@pytest.mark.parametrize("name", ["iris", "breast_cancer", "wine", "houses", "digits"])
@pytest.mark.parametrize(("ours", "theirs"), [(Standardizer, "StandardScaler"), (MinMax, "MinMaxScaler")])
def test_the_numbers_are_scikit_learns(name, ours, theirs):
    judge = getattr(pytest.importorskip("sklearn.preprocessing"), theirs)()
    X = data.load(name).X
    np.testing.assert_allclose(ours().fit_transform(X), judge.fit_transform(X), rtol=1e-9, atol=1e-12)


@given(arrays(np.float64, (6, 3), elements=st.floats(-1e12, 1e12)))
@pytest.mark.parametrize("scaler", SCALERS)
def test_there_and_back(scaler, X):
    made = scaler().fit(X)
    np.testing.assert_allclose(made.inverse(made.transform(X)), X, rtol=1e-9, atol=1e-9 * (1 + np.abs(X).max()))


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 + 0.1, -1e-300, 1e300])
def test_constant_columns_become_zero(scaler, value):
    X = np.column_stack((np.full(7, value), np.arange(7.0)))
    found = scaler().fit_transform(X)
    np.testing.assert_array_equal(found[:, 0], 0)
    assert scaler().fit(X).scale[0] == 1


@pytest.mark.parametrize("column", [[0.3, 0.1 + 0.2], [1e9, np.nextafter(1e9, 2e9)], [1e-310, 3e-310]])
@pytest.mark.parametrize("scaler", SCALERS)
def test_what_differs_by_rounding_is_not_blown_up(scaler, column):
    made = scaler().fit(np.array(column)[:, None])
    assert made.scale[0] == 1
    assert np.abs(made.transform(np.array(column)[:, None])).max() < 1e-6


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e307])
def test_extreme_sizes_neither_overflow_nor_vanish(size):
    X = np.array([[1.0], [2.0], [4.0]]) * size
    with np.errstate(all="raise", under="ignore"):
        found = Standardizer().fit_transform(X)
    np.testing.assert_allclose(found, Standardizer().fit_transform(X / size), rtol=1e-12)


def test_float32_stays_and_sums_are_taken_in_float64():
    X = (np.random.default_rng(0).normal(size=(100_000, 1)) + 1e4).astype(np.float32)
    found = Standardizer().fit_transform(X)
    assert found.dtype == np.float32
    assert abs(found.mean(dtype=np.float64)) < 1e-6
    assert abs(found.std(dtype=np.float64) - 1) < 1e-6
    assert Standardizer().fit_transform(X.astype(np.float16)).dtype == np.float64


@pytest.mark.parametrize("scaler", SCALERS)
def test_the_state_goes_through_json(scaler):
    X = data.wine().X
    made = scaler().fit(X)
    again = scaler.from_dict(json.loads(json.dumps(made.to_dict())))
    np.testing.assert_array_equal(again.transform(X), made.transform(X))
    np.testing.assert_array_equal(again.inverse(X), made.inverse(X))


@pytest.mark.parametrize("scaler", SCALERS)
def test_pictures_are_scaled_place_by_place(scaler):
    X = np.random.default_rng(0).normal(size=(5, 4, 3, 2))
    found = scaler().fit_transform(X)
    np.testing.assert_allclose(found.reshape(5, -1), scaler().fit_transform(X.reshape(5, -1)))


def test_what_is_learnt_from_training_rows_is_applied_to_others():
    train, test = data.split(data.houses())
    scaler = Standardizer().fit(train.X)
    np.testing.assert_allclose(scaler.transform(test.X), (test.X - train.X.mean(axis=0)) / train.X.std(axis=0))


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda s: s.transform([[1.0]]), cr.StateError),
        (lambda s: s.inverse([[1.0]]), cr.StateError),
        (lambda s: s.to_dict(), cr.StateError),
        (lambda s: s.fit([1.0, 2.0]), cr.ShapeError),
        (lambda s: s.fit(np.zeros((0, 3))), cr.DataError),
        (lambda s: s.fit([[1.0], [float("nan")]]), cr.DataError),
        (lambda s: s.fit([["a"], ["b"]]), cr.DtypeError),
        (lambda s: s.fit([[1.0, 2.0]]).transform([[1.0]]), cr.ShapeError),
        (lambda s: s.fit([[1.0, 2.0]]).transform([[1.0, np.inf]]), cr.DataError),
        (lambda s: s.from_dict({}), cr.DataError),
        (lambda s: s.from_dict({"center": [0.0], "scale": [1.0, 2.0]}), cr.DataError),
        (lambda s: s.from_dict({"center": [0.0], "scale": [0.0]}), cr.DataError),
        (lambda s: s.from_dict({"center": ["x"], "scale": [1.0]}), cr.DataError),
        (lambda s: s.from_dict({"center": [float("inf")], "scale": [1.0]}), cr.DataError),
        (lambda s: s.from_dict({"center": [0.0], "scale": [1.0], "more": 1}), cr.DataError),
        (lambda s: s.from_dict(None), cr.DataError),
    ],
)
def test_what_cannot_be_scaled_is_refused(scaler, call, error):
    with pytest.raises(error) as caught:
        call(scaler())
    assert scaler.__name__ in caught.value.where
    assert all(caught.value.part(part) for part in ("got", "expected", "try"))
