"""The order of an epoch and its batches: by counter, each row once, whole batches unshuffled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.data import batches, epoch_order, streams


@given(st.integers(0, 300), st.integers(0, 2**64 - 1), st.integers(0, 2**40))
def test_an_order_holds_each_row_once(n, seed, epoch):
    order = epoch_order(n, seed, epoch)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(n))


def test_the_rule_in_one_line_of_numpy():
    bits = np.random.Philox(key=np.array([7, 1], np.uint64), counter=np.array([0, 3, 0, 0], np.uint64))
    np.testing.assert_array_equal(epoch_order(1000, 7, 3), np.argsort(bits.random_raw(1000), kind="stable"))


def test_seeds_and_epochs_differ_and_nothing_else_matters():
    a, b, c = epoch_order(50, 0, 0), epoch_order(50, 0, 1), epoch_order(50, 1, 0)
    assert not np.array_equal(a, b)
    assert not np.array_equal(a, c)
    np.random.random(10)  # noqa: NPY002 - the global stream must not matter
    np.testing.assert_array_equal(a, epoch_order(50, 0, 0))


def test_orders_are_even():
    first = np.array([epoch_order(4, seed, epoch)[0] for seed in range(40) for epoch in range(50)])
    assert np.abs(np.bincount(first) - 500).max() < 100  # 4.5 standard deviations


def test_streams_share_no_words():
    seen = [streams.words(64, 3, stream, step) for stream in range(7) for step in range(5)]
    assert len(np.unique(np.concatenate(seen))) == 64 * 35


@given(st.integers(0, 60), st.integers(1, 80), st.booleans(), st.booleans(), st.integers(0, 9))
def test_batches_hold_each_row_once(n, size, drop_last, join_single, seed):
    order = epoch_order(n, seed, 0)
    cut = list(batches(n, size, order, drop_last=drop_last, join_single=join_single))
    if drop_last:
        assert all(len(rows) == size for rows in cut)
        assert sum(map(len, cut)) == n // size * size
        return
    np.testing.assert_array_equal(np.sort(np.concatenate([*cut, np.zeros(0, int)])), np.arange(n))
    if size >= n and n:
        np.testing.assert_array_equal(cut[0], np.arange(n))  # a batch that holds all rows is not shuffled
    elif n:
        np.testing.assert_array_equal(np.concatenate(cut), order)
    if join_single and len(cut) > 1 and size > 1:
        assert len(cut[-1]) > 1


def test_the_last_short_batch_is_kept():
    assert [len(rows) for rows in batches(1030, 520)] == [520, 510]
    assert [len(rows) for rows in batches(65, 32, join_single=True)] == [32, 33]
    assert [len(rows) for rows in batches(65, 32)] == [32, 32, 1]


@pytest.mark.parametrize("bad", [{"n": -1}, {"batch_size": 0}, {"batch_size": 2.0}, {"batch_size": True}])
def test_batches_refuse(bad):
    with pytest.raises(cr.ArgumentError):
        batches(**{"n": 4, "batch_size": 2, **bad})


@pytest.mark.parametrize("bad", [{"n": -1}, {"seed": -1}, {"epoch": -1}, {"epoch": 0.5}, {"seed": None}])
def test_orders_refuse(bad):
    with pytest.raises(cr.ArgumentError):
        epoch_order(**{"n": 4, "seed": 0, "epoch": 0, **bad})
