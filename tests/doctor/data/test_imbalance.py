"""9: a rare class that is given up, and that weights bring back; one that is learnt is no fault."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.checks.data import imbalance
from tests.doctor.plants import build, cancer, case, diagnosed, moons, rare, said, trainer, wine


def _overlapping(seed):
    """Two clouds that reach into each other: (n, 4)."""
    draw = np.random.default_rng(seed)
    y = np.repeat([0.0, 1.0], 500)[:, None]
    return draw.standard_normal((1000, 4)) + 0.9 * y, y


SETS = {"moons": lambda seed: moons(1000, noise=0.4, seed=seed), "clouds": _overlapping}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", SETS)
def test_a_class_that_is_given_up_is_named(name, seed):
    share = np.random.default_rng([seed, len(name)]).uniform(0.02, 0.05)
    X, y = rare(*SETS[name](seed), share, seed)
    (found,) = said(imbalance, case(build(X, hidden=(8,)), (X, y), epochs=20))
    assert (found.code, found.proof) == ("imbalance", "exact")
    assert found.values["name"] == 1
    told = found.evidence[1].values
    assert int(told["after"].rstrip("%")) > int(told["before"].rstrip("%")) + 20
    assert told["wins"] == told["pairs"] == 5


def test_the_cure_finds_the_rare_class():
    X, y = rare(*_overlapping(3), 0.04, 3)
    found = diagnosed(build(X, hidden=(8,)), (X, y), epochs=20)
    assert "imbalance" in [one.code for one in found.findings]
    first = next(one for one in found.findings if one.code == "imbalance")
    cured = first.apply(build(X, hidden=(8,)))()
    cured.fit((X, y), epochs=20, progress=False)
    assert cured.predict_classes(X)[y == 1].mean() > 0.6


@pytest.mark.parametrize("seed", range(2))
def test_a_class_of_a_handful_of_rows_is_a_suspect_where_it_is_found_too_seldom(seed):
    X, y = _overlapping(seed)
    X = np.concatenate([X, X[:, :1] ** 2 + 2 * y], axis=1)
    kept = np.concatenate([np.flatnonzero(y[:, 0] == 0)[:300], np.flatnonzero(y[:, 0] == 1)[: 6 + 3 * seed]])
    found = said(imbalance, case(build(X), (X[kept], y[kept])))
    assert [(one.code, one.proof) for one in found] == [("imbalance", "statistic")]
    assert found[0].evidence[0].values["count"] == 6 + 3 * seed
    apart = X + 8.0 * y  # as few, and told apart without a doubt
    assert said(imbalance, case(build(X), (apart[kept], y[kept]))) == []


def test_a_rare_class_that_is_learnt_is_left_in_peace():
    for X, y in (rare(*moons(1000, noise=0.08), 0.05, 0), rare(*cancer(), 0.06, 0)):
        assert said(imbalance, case(build(X), (X, y))) == []


def test_classes_of_one_size_and_numbers_are_none_of_its_business():
    X, y = wine()
    assert said(imbalance, case(build(X, 3), (X, y), epochs=5)) == []
    X, y = _overlapping(0)
    assert said(imbalance, case(build(X), (X, y), epochs=5)) == []
    assert said(imbalance, case(build(X, loss=nn.MSELoss()), (X, X[:, :1] ** 2), epochs=5)) == []


def test_weights_that_are_there_already_are_enough():
    X, y = rare(*_overlapping(1), 0.04, 1)
    assert said(imbalance, case(build(X, class_weight="balanced"), (X, y), epochs=5)) == []


def test_a_rate_far_too_low_is_blamed_and_not_the_rare_class():
    X, y = rare(*moons(1000, noise=0.08), 0.06, 2)
    asked = case(build(X, rate=2e-5), (X, y), epochs=20)
    assert said(imbalance, asked) == []


def test_a_column_that_dwarfs_the_others_is_blamed_and_not_the_rare_class():
    X, y = rare(*moons(600, noise=0.08), 0.08, 2)
    asked = case(build(X, activation="relu"), (X * np.array([1.0, 2000.0]), y), epochs=20)
    assert said(imbalance, asked) == []


def test_a_rare_class_that_another_rate_finds_as_well_comes_last():
    X, y = rare(*cr.data.circles(400, noise=0.05, seed=0), 0.07, 0)
    make = build(X, hidden=(20,), activation="relu", rate=0.1, optimizer=optim.SGD)
    (found,) = said(imbalance, case(make, (X, y), epochs=40, batch_size=16))
    assert (found.code, found.proof, found.cures) == ("imbalance", "statistic", ())
    assert found.strength < 0.2  # of any check whose cure an experiment tries


def test_a_class_that_only_the_parting_has_made_rare_is_no_imbalance():
    X, y = _overlapping(0)
    X = np.concatenate([X, X[:, :1] ** 2 + 2 * y], axis=1)
    many, few = np.flatnonzero(y[:, 0] == 0)[:300], np.flatnonzero(y[:, 0] == 1)[:50]
    rows = np.concatenate([many, few[:6]])
    given, cut = (X[rows], y[rows]), (X[few[6:]], y[few[6:]])
    assert said(imbalance, case(build(X), given, cut)) == []
    fair = np.concatenate([np.flatnonzero(y[:, 0] == 0)[300:400], few[6:8]])
    assert [one.code for one in said(imbalance, case(build(X), given, (X[fair], y[fair])))] == ["imbalance"]


def test_a_loss_that_takes_no_weights_is_no_error():
    def own(outputs, targets):
        return ((outputs.sigmoid() - targets) ** 2).mean()

    X, y = rare(*_overlapping(2), 0.03, 2)

    def make():
        return trainer((4, 8, 1), loss=own, optimizer=optim.Adam)

    assert said(imbalance, case(make, (X, y), epochs=10)) == []
