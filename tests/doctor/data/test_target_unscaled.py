"""5: targets far from what a fresh network answers; small offsets are learnt, and nothing is said of them."""

import numpy as np
import pytest

from chainrule import nn
from chainrule.doctor.checks.data import target_unscaled
from tests.doctor.plants import build, case, diagnosed, moons, said, sine


def _plane(n=240):
    X = np.random.default_rng(3).standard_normal((n, 3))
    return X, X @ np.array([[1.0], [-2.0], [0.5]])


SETS = {"sine": sine, "plane": _plane}


@pytest.mark.parametrize("name", SETS)
def test_targets_far_off_are_named_and_cured(name):
    X, y = SETS[name]()
    draw = np.random.default_rng(len(name))
    wild = draw.uniform(100, 1000) * y + draw.uniform(1000, 50_000)
    found = diagnosed(build(X, loss=nn.MSELoss()), (X, wild), epochs=30)
    first = found.findings[0]
    assert (first.code, first.level) == ("target_unscaled", "fault")
    cured = first.apply(build(X, loss=nn.MSELoss()))()
    cured.fit((X, wild), epochs=30, progress=False)
    assert np.corrcoef(cured.predict(X)[:, 0], wild[:, 0])[0, 1] > 0.7


@pytest.mark.parametrize("name", SETS)
def test_small_offsets_are_learnt(name):
    X, y = SETS[name]()
    fine = 2.0 * y + 5.0
    assert said(target_unscaled, case(build(X, loss=nn.MSELoss()), (X, fine))) == []
    assert said(target_unscaled, case(build(moons()[0]), moons())) == []


def test_large_targets_that_are_learnt_are_healthy():
    X, y = _plane()
    assert diagnosed(build(X, loss=nn.MSELoss(), hidden=(), rate=1.0), (X, 20.0 * y), epochs=60).healthy
