"""13, 14, 15 and 17: rows to judge by on another scale, of other classes, too few, or from elsewhere."""

import numpy as np
import pytest

from chainrule import nn
from chainrule.doctor.checks.data import drift, few_test_rows, scaled_differently, split_not_shuffled
from tests.doctor.plants import build, case, diagnosed, moons, rare, said, sine, wine

CHECKS = (scaled_differently, split_not_shuffled, drift)


def _parted(rows, share=0.6):
    X, y = rows
    order = np.random.default_rng(9).permutation(len(X))
    X, y = X[order], y[order]
    count = round(len(X) * share)
    return (X[:count], y[:count]), (X[count:], y[count:])


def _codes(make, rows, judged):
    asked = case(make, rows, judged)
    return [found.code for check in CHECKS for found in said(check, asked)]


@pytest.mark.parametrize("seed", range(2))
def test_one_side_scaled_is_named(seed):
    draw = np.random.default_rng(seed)
    for rows, outputs in ((moons(300), 1), (wine(), 3)):
        (X, y), (Z, t) = _parted(rows)
        factor, offset = draw.uniform(2.5, 8), draw.uniform(2, 6)
        make = build(X, outputs)
        assert _codes(make, (X, y), (factor * Z + offset, t)) == ["scaled_differently"]


def test_rows_cut_in_their_order_are_named():
    for (X, y), outputs, most in ((moons(300), 1, 0.5), (wine(), 3, 0.7)):
        order = np.argsort(y.reshape(-1), kind="stable")
        count = round(len(X) * np.random.default_rng(outputs).uniform(most - 0.1, most))
        first, second = order[:count], order[count:]
        assert _codes(build(X, outputs), (X[first], y[first]), (X[second], y[second])) == ["split_not_shuffled"]


def test_numbers_cut_in_their_order_are_named():
    X, y = sine(300)
    order = np.argsort(y[:, 0])
    first, second = order[:200], order[200:]
    assert _codes(build(X, loss=nn.MSELoss()), (X[first], y[first]), (X[second], y[second])) == ["split_not_shuffled"]


@pytest.mark.parametrize("seed", range(2))
def test_rows_from_elsewhere_are_named(seed):
    (X, y), (Z, t) = _parted(moons(300))
    angle = np.random.default_rng(seed).uniform(1.2, 1.9)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = diagnosed(build(X), (X, y), validation=(Z @ turn + np.array([0.8, -0.4]), t))
    assert [one.code for one in found.findings] == ["drift"]
    X, y = np.linspace(-2, 2, 300)[:, None], np.sin(3 * np.linspace(-2, 2, 300))[:, None]
    near = np.abs(X[:, 0]) < 1.2
    asked = case(build(X, loss=nn.MSELoss(), hidden=(32,)), (X[near], y[near]), (X[~near], y[~near]), epochs=150)
    assert [found.code for found in said(drift, asked)] == ["drift"]


@pytest.mark.parametrize("seed", range(3))
def test_a_fair_parting_is_left_in_peace(seed):
    order = np.random.default_rng(seed).permutation(178)
    X, y = wine()
    few = order[:25], order[25:]
    for a, b in (few, few[::-1]):
        assert _codes(build(X, 3), (X[a], y[a]), (X[b], y[b])) == []
    (X, y), (Z, t) = _parted(moons(300, seed=seed))
    assert _codes(build(X), (X, y), (Z, t)) == []
    assert _codes(build(X), (X, y), 0.3) == []


def test_other_shares_of_the_classes_that_do_no_harm_are_left_in_peace():
    rows = rare(*moons(800, noise=0.1), 0.1, 0)
    judged = moons(200, noise=0.1, seed=5)
    assert _codes(build(rows[0]), rows, judged) == []


def test_a_small_shift_that_does_no_harm_is_left_in_peace():
    X, y = sine(300)
    order = np.argsort(X[:, 0])
    inside = np.concatenate([order[:120:2], order[120:]])  # rows in time, but known places
    rest = np.setdiff1d(order, inside)
    assert _codes(build(X, loss=nn.MSELoss()), (X[inside], y[inside]), (X[rest], y[rest])) == []


def test_few_rows_to_judge_by_are_a_note():
    (X, y), (Z, t) = _parted(moons(300, noise=0.3))
    count = int(np.random.default_rng(0).integers(10, 25))
    (found,) = said(few_test_rows, case(build(X), (X, y), (Z[:count], t[:count])))
    assert found.proof == "convention"
    assert diagnosed(build(X, hidden=(32,)), (X, y), validation=(Z[:count], t[:count])).findings == ()


def test_many_rows_and_small_data_by_intent_are_left_in_peace():
    X, y = moons(300)
    assert said(few_test_rows, case(build(X), (X, y), moons(1000, seed=1))) == []
    assert said(few_test_rows, case(build(X), (X[:20], y[:20]), (X[20:30], y[20:30]))) == []
    assert said(few_test_rows, case(build(X), (X, y))) == []


def test_few_rows_to_judge_numbers_by_are_a_note_that_says_how_far_off_their_error_may_be():
    (X, y), (Z, t) = _parted(sine(300))
    count = int(np.random.default_rng(0).integers(10, 25))
    (found,) = said(few_test_rows, case(build(X, loss=nn.MSELoss()), (X, y), (Z[:count], t[:count])))
    assert found.proof == "convention"
    told = found.evidence[0].values
    assert told["count"] == count
    assert int(told["above"].rstrip("%")) > int(told["below"].rstrip("%")) > 15
    assert said(few_test_rows, case(build(X, loss=nn.MSELoss()), (X, y), (Z, t))) == []  # 120 rows


@pytest.mark.parametrize(("count", "low", "high"), [(10, 0.6987, 1.7550), (100, 0.8785, 1.1607)])
def test_the_interval_of_an_error_is_that_of_the_tables_of_chi_square(count, low, high):
    assert few_test_rows.error_interval(count) == pytest.approx((low, high), rel=5e-3)
    assert few_test_rows.error_interval(1)[1] > 10


def test_a_dozen_rows_of_many_classes_are_still_classes():
    draw = np.random.default_rng(0)
    middles, y = 3 * draw.standard_normal((10, 4)), draw.permutation(260) % 10
    y[:12] = np.arange(12) % 10
    X = middles[y] + draw.standard_normal((260, 4))
    (found,) = said(few_test_rows, case(build(X, 10), (X[12:], y[12:]), (X[:12], y[:12])))
    assert found.values["count"] == 12
