"""Splits and folds: each row once, shares exact to rounding, by the seed alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule import data
from chainrule.data import fold_rows, k_fold, split, split_rows

labels = st.lists(st.integers(0, 4), min_size=4, max_size=80).map(np.array)


@given(st.integers(2, 200), st.floats(0.01, 0.99), st.integers(0, 99), st.booleans())
def test_a_split_holds_each_row_once(n, share, seed, shuffle):
    second = int(np.ceil(round(share * n, 9)))
    if second >= n:
        with pytest.raises(cr.ArgumentError):
            split_rows(n, share, seed=seed)
        return
    train, test = split_rows(n, share, seed=seed, shuffle=shuffle)
    assert len(test) == second
    np.testing.assert_array_equal(np.sort(np.concatenate((train, test))), np.arange(n))
    if not shuffle:
        np.testing.assert_array_equal(np.concatenate((train, test)), np.arange(n))


@given(labels, st.floats(0.1, 0.9), st.integers(0, 99))
def test_stratified_shares_are_exact_to_rounding(y, share, seed):
    n, second = len(y), int(np.ceil(round(share * len(y), 9)))
    if second >= n:
        return
    train, test = split_rows(n, share, seed=seed, labels=y)
    assert len(test) == second
    assert len(train) == n - second
    np.testing.assert_array_equal(np.sort(np.concatenate((train, test))), np.arange(n))
    kept = set(y[train]) == set(y)
    assert kept or len(set(y)) > len(train)  # no class is lost to training while there is room
    for k in set(y):
        exact = (y == k).sum() * second / n
        if (y == k).sum() > exact + 1:
            assert abs((y[test] == k).sum() - exact) < 1 + (len(set(y)) if (np.bincount(y) == 1).any() else 0)


@pytest.mark.parametrize("name", ["iris", "breast_cancer", "wine", "digits"])
@pytest.mark.parametrize("share", [0.1, 0.2, 0.25, 1 / 3, 0.5])
def test_scikit_learn_gives_each_class_as_many(name, share):
    judge = pytest.importorskip("sklearn.model_selection")
    X, y = data.load(name)
    theirs = judge.train_test_split(np.ravel(y), test_size=share, stratify=np.ravel(y), random_state=0)
    _, test = split(X, y, test=share)
    assert len(test.y) == len(theirs[1])
    ours, other = (np.bincount(np.ravel(part).astype(int)) for part in (test.y, theirs[1]))
    assert np.abs(ours - other).max() <= 1  # ties are broken as each likes
    assert np.abs(ours - np.bincount(np.ravel(y).astype(int)) * len(test.y) / len(y)).max() < 1


def test_a_split_of_samples_keeps_their_names():
    train, test = split(data.iris(), test=0.2, seed=3)
    assert isinstance(train, data.Samples)
    assert train.target_names == data.iris().target_names
    assert np.bincount(train.y).tolist() == [40, 40, 40]
    assert np.bincount(test.y).tolist() == [10, 10, 10]
    same, _ = split(*data.iris(), test=0.2, seed=3)
    np.testing.assert_array_equal(same.X, train.X)
    other, _ = split(data.iris(), test=0.2, seed=4)
    assert not np.array_equal(other.X, train.X)


def test_sizes_by_number_and_share():
    X, y = data.moons(100)
    assert [len(part.y) for part in split(X, y, test=30)] == [70, 30]
    assert [len(part.y) for part in split(X, y, test=30, train=20)] == [20, 30]
    assert [len(part.y) for part in split(X, y, test=0.3, train=0.25)] == [25, 30]
    assert split(X, y, test=0.3, train=20)[0].y.sum() == 10  # stratified as well
    assert [len(part.y) for part in split(np.zeros((30, 1)), np.zeros(30), test=0.1)] == [27, 3]


def test_what_is_stratified_by_default():
    y = np.repeat([0.0, 1.0], [90, 10]).reshape(-1, 1)
    assert split(np.zeros((100, 1)), y, test=0.2)[1].y.sum() == 2
    words = np.repeat(["a", "b"], [90, 10])
    assert (split(np.zeros((100, 1)), words, test=0.2)[1].y == "b").sum() == 2
    counts = {int(split(np.zeros((100, 1)), y, test=0.2, seed=s, stratify=False)[1].y.sum()) for s in range(20)}
    assert len(counts) > 2
    assert len(split(np.zeros((100, 1)), np.arange(100.0), test=0.2)[1].y) == 20


@pytest.mark.parametrize("k", [2, 3, 5, 10])
def test_folds_hold_each_row_once_as_a_judge(k):
    X, y = data.iris()
    judge = pytest.importorskip("sklearn.model_selection")
    theirs = [np.bincount(y[test]) for _, test in judge.StratifiedKFold(k).split(X, y)]
    ours = [np.bincount(test.y, minlength=3) for _, test in k_fold(X, y, k=k)]
    assert np.abs(np.array(ours) - np.array(theirs)).max() <= 1
    assert sum(ours).tolist() == [50, 50, 50]
    assert max(map(sum, ours)) - min(map(sum, ours)) <= 1


@given(labels, st.integers(2, 6), st.booleans(), st.booleans())
def test_folds_are_even(y, k, stratify, shuffle):
    if k > len(y):
        return
    folds = fold_rows(len(y), k, labels=y if stratify else None, shuffle=shuffle)
    assert len(folds) == k
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in folds])), np.arange(len(y)))
    sizes = [len(test) for _, test in folds]
    assert max(sizes) - min(sizes) <= 1
    for train, test in folds:
        assert not set(train) & set(test)
        assert len(train) + len(test) == len(y)
    if stratify and shuffle:
        for label in set(y):
            each = [(y[test] == label).sum() for _, test in folds]
            assert max(each) - min(each) <= 1


def test_many_classes_take_no_time():
    y = np.arange(40_000) % 20_000
    train, test = split_rows(len(y), 0.5, labels=y)
    assert (np.bincount(y[test]) == 1).all()
    assert (np.bincount(y[train]) == 1).all()


X, y = np.zeros((10, 2)), np.arange(10) % 2


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: split(X, y, test=0), cr.ArgumentError),
        (lambda: split(X, y, test=0.0), cr.ArgumentError),
        (lambda: split(X, y, test=1.0), cr.ArgumentError),
        (lambda: split(X, y, test=10), cr.ArgumentError),
        (lambda: split(X, y, test=-0.1), cr.ArgumentError),
        (lambda: split(X, y, test=True), cr.ArgumentError),
        (lambda: split(X, y, test="0.2"), cr.ArgumentError),
        (lambda: split(X, y, test=0.5, train=0.6), cr.ArgumentError),
        (lambda: split(X, y, test=0.5, train=0.01), cr.ArgumentError),
        (lambda: split(X, y, seed=-1), cr.ArgumentError),
        (lambda: split(X, y, stratify=True, shuffle=False), cr.ArgumentError),
        (lambda: split(X, np.linspace(0, 1, 10), stratify=True), cr.DataError),
        (lambda: split(X, np.eye(10), stratify=True), cr.DataError),
        (lambda: split(X, y[:5]), cr.ShapeError),
        (lambda: split(X, 3), cr.ShapeError),
        (lambda: split(X), cr.DtypeError),
        (lambda: split([[1, 2], [3]], y), cr.DataError),
        (lambda: split_rows(1), cr.ArgumentError),
        (lambda: split_rows(10, labels=np.zeros(9)), cr.ShapeError),
        (lambda: k_fold(X, y, k=1), cr.ArgumentError),
        (lambda: k_fold(X, y, k=11), cr.ArgumentError),
        (lambda: k_fold(X, y[:5]), cr.ShapeError),
        (lambda: k_fold(X), cr.DtypeError),
        (lambda: fold_rows(10, 2.0), cr.ArgumentError),
    ],
)
def test_what_cannot_be_split_is_refused(call, error):
    with pytest.raises(error) as caught:
        call()
    assert all(caught.value.part(part) for part in ("got", "expected", "try"))
