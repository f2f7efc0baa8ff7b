"""45: a loader of sorted rows that never shuffles is named and cured; mixed rows in a fixed order are fine."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import optim
from chainrule.doctor.checks.optimisation import not_shuffled
from tests.doctor.plants import cancer, case, diagnosed, moons, said, trainer


def _circles():
    """A ring round a disc: y (n, 1)."""
    X, y = cr.data.circles(400, noise=0.1, seed=0)
    return np.array(X), np.array(y).reshape(-1, 1)


SETS = {"moons": lambda: moons(400), "circles": _circles}
SGD = {"optimizer": optim.SGD, "rate": 0.05, "activation": "relu"}


def _sorted(X, y):
    order = np.argsort(y[:, 0], kind="stable")
    return X[order], y[order]


@pytest.mark.parametrize("name", SETS)
def test_sorted_rows_in_a_fixed_order_are_suspected(name):
    X, y = _sorted(*SETS[name]())
    size = int(np.random.default_rng(len(name)).integers(8, 20))
    loader = cr.data.DataLoader((X, y), batch_size=size)
    asked = case(lambda: trainer((X.shape[1], 16, 1), **SGD), loader, epochs=8)
    assert asked.trouble
    (found,) = said(not_shuffled, asked)
    assert (found.code, found.proof) == ("not_shuffled", "rerun")
    assert found.strength > 0.8
    assert found.evidence[0].values["scatter"] > 2
    assert found.cures[0].batch_size == size


def test_it_is_the_first_finding_and_shuffling_cures_it():
    X, y = _sorted(*moons(400))
    loader = cr.data.DataLoader((X, y), batch_size=10)
    first = diagnosed(lambda: trainer((2, 16, 16, 1), **SGD), loader, epochs=30).findings[0]
    assert (first.code, first.level) == ("not_shuffled", "fault")
    assert first.experiment.after.max() < first.experiment.before.min()


def test_a_fit_of_ones_own_that_does_not_shuffle_is_seen():
    class Ordered(cr.Trainer):
        def fit(self, *given, **settings):
            return super().fit(*given, **{**settings, "shuffle": False})

    X, y = _sorted(*moons(400))

    def make():
        plain = trainer((2, 16, 16, 1), **SGD)
        return Ordered(plain.model, plain.loss, plain.optimizer)

    (found,) = said(not_shuffled, case(make, (X, y), epochs=30, batch_size=10))
    assert found.strength > 0.8
    cured = found.cures[0].apply(make)()
    assert cured.fit((X, y), epochs=1, batch_size=10, progress=False) is cured.history


@pytest.mark.parametrize("rows", [moons, cancer])
def test_shuffled_loaders_and_arrays_are_left_in_peace(rows):
    X, y = _sorted(*rows())
    loader = cr.data.DataLoader((X, y), batch_size=10, shuffle=True, seed=0)
    slow = {"optimizer": optim.SGD, "rate": 1e-4}  # in trouble for another reason
    for given in (loader, (X, y)):
        asked = case(lambda: trainer((X.shape[1], 16, 1), **slow), given, epochs=4)
        assert asked.trouble
        assert said(not_shuffled, asked) == []


def test_a_fixed_order_that_does_no_harm_is_left_in_peace():
    X, y = cancer()
    loader = cr.data.DataLoader((X, y), batch_size=16)
    assert said(not_shuffled, case(lambda: trainer((X.shape[1], 16, 1)), loader, epochs=20)) == []


def test_one_batch_of_all_rows_has_no_order():
    X, y = moons()
    asked = case(lambda: trainer((2, 8, 1), rate=1e-5), cr.data.DataLoader((X, y), batch_size=len(X)), epochs=4)
    assert said(not_shuffled, asked) == []
