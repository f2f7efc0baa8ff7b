"""The sets made from a formula and a seed: shapes, formulas, streams, and what is refused."""
# ruff: noqa: NPY002 - the article draws from NumPy's global stream, and no set of ours may touch it

import numpy as np
import pytest

import chainrule as cr
from chainrule import data
from chainrule.data.catalogue import ENTRIES

MADE = [entry for entry in ENTRIES.values() if entry.source == "made"]
SEEDED = [entry for entry in MADE if entry.name != "xor"]


@pytest.mark.article("S0-01")
def test_xor_is_the_truth_table_in_order():
    X, y = data.xor()
    np.testing.assert_array_equal(X, [[0, 0], [0, 1], [1, 0], [1, 1]])
    np.testing.assert_array_equal(y, [[0], [1], [1], [0]])
    assert X.dtype == y.dtype == np.float64


def article(n, noise):
    """The fourth article's lines, in its order of draws."""
    first = np.random.randn(n // 2, 2) * noise + np.array([1, 1])
    second = np.random.randn(n // 2, 2) * noise + np.array([-1, -1])
    X, Y = np.vstack((first, second)), np.vstack((np.zeros((n // 2, 1)), np.ones((n // 2, 1))))
    order = np.random.permutation(n)
    return X[order], Y[order]


@pytest.mark.article("S3-02")
@pytest.mark.parametrize(("n", "noise", "seed"), [(200, 0.2, 42), (100, 0.1, 0), (2, 1.0, 7)])
def test_clusters_are_the_articles_array_to_the_digit(n, noise, seed):
    before = np.random.get_state()
    np.random.seed(seed)
    X, y = article(n, noise)
    next_draw = np.random.randn(2, 4)
    np.random.set_state(before)
    ours = data.clusters(n, noise=noise, seed=seed)
    np.testing.assert_array_equal(ours.X, X)
    np.testing.assert_array_equal(ours.y, y)
    stream = np.random.RandomState(seed)
    np.testing.assert_array_equal(data.clusters(n, noise=noise, generator=stream).X, X)
    np.testing.assert_array_equal(stream.randn(2, 4), next_draw)  # the lesson draws its weights here


@pytest.mark.article("W-19")
@pytest.mark.parametrize("n", [1, 3, 7, 201])
def test_clusters_of_odd_size(n):
    X, y = data.clusters(n)
    assert X.shape == (n, 2)
    assert y.sum() == n - n // 2


def test_no_set_touches_the_global_stream():
    before = np.random.get_state()[1].copy()
    for entry in MADE:
        entry.make()
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("entry", MADE, ids=lambda entry: entry.name)
def test_each_set_keeps_the_conventions(entry):
    X, y = samples = entry.make()
    assert X.shape == (entry.rows, entry.features)
    assert X.dtype == np.float64
    assert np.isfinite(X).all()
    assert samples.kind == entry.kind
    assert samples.name == entry.name
    assert len(samples.feature_names) == entry.features
    if entry.kind == "numbers":
        assert y.shape == (entry.rows, 1)
        assert y.dtype == np.float64
        assert len(samples.target_names) == 1
    elif samples.classes == 2:
        assert y.shape == (entry.rows, 1)
        assert y.dtype == np.float64
        assert set(np.unique(y)) == {0.0, 1.0}
    else:
        assert y.shape == (entry.rows,)
        assert y.dtype == np.int64
        assert set(y) == set(range(samples.classes))
    for lang in ("en", "zh"):
        with cr.settings(lang=lang):
            assert len(samples.description) > 5


@pytest.mark.parametrize("entry", SEEDED, ids=lambda entry: entry.name)
def test_the_seed_settles_every_number(entry):
    first, again, other = entry.make(seed=5), entry.make(seed=5), entry.make(seed=6)
    np.testing.assert_array_equal(first.X, again.X)
    np.testing.assert_array_equal(first.y, again.y)
    assert not np.array_equal(first.X, other.X)


@pytest.mark.parametrize("entry", SEEDED, ids=lambda entry: entry.name)
@pytest.mark.parametrize(
    "bad", [{"n": 0}, {"n": -3}, {"n": 2.5}, {"n": "9"}, {"n": True}, {"seed": -1}, {"seed": 2**64}, {"seed": 1.0}]
)
def test_each_set_refuses_impossible_sizes_and_seeds(entry, bad):
    with pytest.raises(cr.ArgumentError) as caught:
        entry.make(**bad)
    assert next(iter(bad)) in str(caught.value)


@pytest.mark.parametrize(
    ("make", "bad"),
    [
        (data.clusters, {"noise": -0.1}),
        (data.clusters, {"seed": 2**32}),
        (data.circles, {"factor": 1.5}),
        (data.circles, {"noise": float("nan")}),
        (data.moons, {"noise": float("inf")}),
        (data.blobs, {"centers": 1}),
        (data.blobs, {"centers": [[0.0, 0.0]]}),
        (data.blobs, {"features": 0}),
        (data.blobs, {"n": 2, "centers": 3}),
        (data.blobs, {"spread": "wide"}),
        (data.spirals, {"arms": 1}),
        (data.spirals, {"n": 2, "arms": 3}),
        (data.checkerboard, {"cells": 1}),
        (data.linear, {"features": 0}),
        (data.polynomial, {"coefficients": []}),
        (data.polynomial, {"coefficients": [1.0, float("nan")]}),
        (data.sine, {"periods": -1}),
        (data.step, {"noise": -1}),
        (data.friedman, {"noise": None}),
        (data.houses, {"noise": -1}),
    ],
)
def test_each_argument_is_checked(make, bad):
    with pytest.raises(cr.ChainruleError) as caught:
        make(**bad)
    assert make.__name__ in caught.value.where
    assert all(caught.value.part(part) for part in ("got", "expected", "try"))


def test_spirals_follow_their_formula():
    X, y = data.spirals(601, arms=3, noise=0.1, seed=1)
    noise = np.random.Generator(np.random.Philox(key=np.array([1, 3], np.uint64), counter=[0, 0, 0, 0]))
    draws = noise.standard_normal(601)
    for i in (0, 1, 5, 600):
        k, r = i % 3, (i // 3 + 1) / 201
        angle = 4 * r + 2 * np.pi * k / 3 + 0.1 * draws[i]
        np.testing.assert_allclose(X[i], [r * np.cos(angle), r * np.sin(angle)], rtol=1e-12)
        assert y[i] == k
    assert data.spirals(10, arms=2).y.shape == (10, 1)


@pytest.mark.parametrize(("ours", "theirs"), [("circles", "make_circles"), ("moons", "make_moons")])
@pytest.mark.parametrize("n", [2, 7, 200])
def test_without_noise_the_points_are_scikit_learns(ours, theirs, n):
    judge = pytest.importorskip("sklearn.datasets")
    more = {"factor": 0.5} if ours == "circles" else {}
    theirs_X, theirs_y = getattr(judge, theirs)(n, shuffle=False, **more)
    X, y = getattr(data, ours)(n, noise=0.0, seed=3)
    rows = lambda X, y: np.array(sorted(map(tuple, np.column_stack((X.round(9) + 0.0, np.ravel(y))))))
    np.testing.assert_allclose(rows(X, y), rows(theirs_X, theirs_y), atol=1e-8)
    if n > 7:
        assert (np.diff(y.ravel()) != 0).sum() > 20  # shuffled


def test_noise_has_the_stated_size():
    quiet, loud = data.moons(20_000, noise=0.0, seed=4), data.moons(20_000, noise=0.3, seed=4)
    assert abs((loud.X - quiet.X).std() - 0.3) < 0.01
    X, y = data.sine(20_000, noise=0.2)
    assert abs((y - np.sin(np.pi * X)).std() - 0.2) < 0.005


def test_blobs_stay_round_the_given_centres():
    X, y = data.blobs(3_000, centers=[[0, 0, 9], [5, 5, 0]], spread=0.5)
    assert X.shape == (3_000, 3)
    assert y.shape == (3_000, 1)
    for k, centre in enumerate([[0, 0, 9], [5, 5, 0]]):
        np.testing.assert_allclose(X[y.ravel() == k].mean(axis=0), centre, atol=0.06)


def test_the_checkerboard_alternates():
    X, y = data.checkerboard(2_000, cells=2)
    np.testing.assert_array_equal(y.ravel(), ((X[:, 0] > 0) != (X[:, 1] > 0)).astype(float))


@pytest.mark.article("W-27", "S1-24")
def test_houses_are_made_up_and_bend():
    X, y = data.houses(2_000, noise=0.0)
    area, _, age, distance, condition, garden = X.T
    price = area * (2500 + 3500 * np.exp(-distance / 8)) * (1 - 0.004 * np.minimum(age, 60))
    np.testing.assert_allclose(y.ravel(), price * (0.85 + 0.05 * condition) * (1 + 0.1 * garden), rtol=1e-12)
    design = np.column_stack((X, np.ones(len(X))))
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    assert 0.05 < left.var() / y.var() < 0.3  # a line explains much and not all


def test_curves_without_noise_are_their_formulas():
    X, y = data.polynomial(50, coefficients=[1, 2, 3], noise=0)
    np.testing.assert_allclose(y, 1 + 2 * X + 3 * X**2, atol=1e-12)
    X, y = data.sine(50, periods=2, noise=0)
    np.testing.assert_allclose(y, np.sin(2 * np.pi * X), atol=1e-12)
    X, y = data.step(50, noise=0)
    np.testing.assert_array_equal(y, X >= 0)
    X, y = data.linear(50, features=4, noise=0)
    design = np.column_stack((X, np.ones(50)))
    assert np.abs(y - design @ np.linalg.lstsq(design, y, rcond=None)[0]).max() < 1e-10
    X, y = data.friedman(50, noise=0)
    a, b, c, d, e = X.T[:5]
    np.testing.assert_allclose(y.ravel(), 10 * np.sin(np.pi * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e)
