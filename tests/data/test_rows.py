"""Rows from a series, and class numbers as rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.data import one_hot, windows


@given(st.integers(2, 40), st.integers(1, 8), st.integers(1, 5), st.integers(1, 6), st.sampled_from([(), (1,), (3,)]))
def test_windows_are_slices(time, length, horizon, step, features):
    series = np.arange(time * int(np.prod(features)), dtype=float).reshape(time, *features)
    if time < length + horizon:
        with pytest.raises(cr.ShapeError):
            windows(series, length, horizon, step)
        return
    inputs, targets = windows(series, length, horizon, step)
    n = (time - length - horizon) // step + 1
    assert inputs.shape == (n, length, *features)
    assert targets.shape == (n, horizon, *features)
    for i in range(n):
        np.testing.assert_array_equal(inputs[i], series[i * step : i * step + length])
        np.testing.assert_array_equal(targets[i], series[i * step + length : i * step + length + horizon])


def test_windows_are_memory_of_their_own():
    series = np.arange(10.0, dtype=np.float32)
    inputs, _ = windows(series, 3)
    inputs[:] = -1
    assert series[0] == 0
    assert inputs.dtype == np.float32
    assert inputs.flags.c_contiguous
    assert windows(range(5), 2)[0].dtype == np.float64


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20), st.integers(7, 9))
def test_one_hot_rows(y, classes):
    rows = one_hot(y, classes)
    assert rows.shape == (len(y), classes)
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(rows.argmax(axis=1), y)
    np.testing.assert_array_equal(rows.sum(axis=1), 1)
    assert one_hot(y).shape == (len(y), max(y) + 1)
    np.testing.assert_array_equal(one_hot(np.array(y, float).reshape(-1, 1), classes), rows)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: windows([[[1.0]]], 1), cr.ShapeError),
        (lambda: windows(3.0, 1), cr.ShapeError),
        (lambda: windows([1.0, float("nan"), 2.0], 1), cr.DataError),
        (lambda: windows(["a", "b", "c"], 1), cr.DtypeError),
        (lambda: windows([1.0, 2.0, 3.0], 0), cr.ArgumentError),
        (lambda: windows([1.0, 2.0, 3.0], 1, 0), cr.ArgumentError),
        (lambda: windows([1.0, 2.0, 3.0], 1, 1, 0), cr.ArgumentError),
        (lambda: windows([1.0, 2.0, 3.0], 1.5), cr.ArgumentError),
        (lambda: one_hot([0, 3], 3), cr.DataError),
        (lambda: one_hot([-1]), cr.DataError),
        (lambda: one_hot([0.5]), cr.DataError),
        (lambda: one_hot([float("nan")]), cr.DataError),
        (lambda: one_hot([[0, 1]]), cr.ShapeError),
        (lambda: one_hot(3), cr.ShapeError),
        (lambda: one_hot(["a"]), cr.DtypeError),
        (lambda: one_hot([0], 0), cr.ArgumentError),
    ],
)
def test_what_is_refused(call, error):
    with pytest.raises(error) as caught:
        call()
    assert all(caught.value.part(part) for part in ("got", "expected", "try"))
