"""Functions that NumPy lacks, against the mathematics of Python and mpmath's."""

import math

import numpy as np
import pytest

import chainrule as cr


@pytest.mark.parametrize(("dtype", "units"), [("float32", 2.0), ("float64", 2.0)])
def test_erf_to_the_last_places(dtype: str, units: float) -> None:
    points = np.concatenate([np.linspace(-7, 7, 20_001), np.logspace(-9, 0, 2_001), [0.84375, 1.25, 1 / 0.35, 6.0]])
    x = points.astype(dtype)
    exact = np.array([math.erf(v) for v in x.astype(np.float64)])
    off = np.abs(cr.from_numpy(x).erf().numpy().astype(np.float64) - exact)
    assert (off <= units * np.spacing(np.abs(exact).astype(dtype)).astype(np.float64)).all()
    odd = cr.from_numpy(np.array([np.nan, np.inf, -np.inf, 0.0], dtype)).erf().numpy()
    assert np.isnan(odd[0])
    assert odd[1:].tolist() == [1.0, -1.0, 0.0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sigmoid_is_exact_in_both_tails(dtype: str) -> None:
    mpmath = pytest.importorskip("mpmath")
    x = np.concatenate([np.linspace(-90, 90, 301), [-700.0, -1e4, 1e4]]).astype(dtype)
    exact = np.array([float(1 / (1 + mpmath.exp(-mpmath.mpf(float(v))))) for v in x])
    found = cr.from_numpy(x).sigmoid().numpy()
    smallest = np.finfo(dtype).tiny
    normal = exact > smallest
    off = np.abs(found[normal].astype(np.float64) - exact[normal])
    assert (off <= 4 * np.spacing(exact[normal].astype(dtype)).astype(np.float64)).all()
