"""12: a column that is the target is asked about; columns that separate by nature are not."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.doctor.checks.data import target_leak
from tests.doctor.plants import build, case, diagnosed, moons, said, sine, wine


def _friedman():
    X, y = cr.data.friedman(300, noise=1.0, seed=0)
    return np.array(X), np.array(y).reshape(-1, 1)


SETS = {"moons": (lambda: moons(noise=0.3), 1, None), "wine": (wine, 3, None), "friedman": (_friedman, 1, nn.MSELoss())}


@pytest.mark.parametrize("name", ["moons", "friedman"])
@pytest.mark.parametrize("seed", range(2))
def test_the_target_among_the_columns_is_asked_about(name, seed):
    rows, outputs, loss = SETS[name]
    X, y = rows()
    draw = np.random.default_rng([seed, len(name)])
    leak = draw.uniform(0.5, 5) * y.reshape(len(y), 1) + draw.uniform(1e-4, 5e-3) * draw.standard_normal((len(y), 1))
    X = np.concatenate([X, leak], axis=1)
    (found,) = said(target_leak, case(build(X, outputs, loss=loss), (X, y)))
    assert found.proof == "convention"
    assert found.values["name"] == f"X[:, {X.shape[1] - 1}]"


def test_it_is_a_question_and_no_fault():
    X, y = moons(noise=0.3)
    X = np.concatenate([X, y], axis=1)
    found = diagnosed(build(X), (X, y))
    assert found.findings == ()
    assert "target_leak" in [one.code for one in found.notes]


@pytest.mark.parametrize("name", SETS)
def test_honest_columns_are_left_in_peace(name):
    rows, outputs, loss = SETS[name]
    X, y = rows()
    assert said(target_leak, case(build(X, outputs, loss=loss), (X, y))) == []


def test_clusters_that_each_column_separates_are_left_in_peace():
    draw = np.random.default_rng(0)
    y = np.repeat([0.0, 1.0], 100)[:, None]
    for gap in (4.0, 40.0, 400.0):
        X = gap * y + draw.standard_normal((200, 2))
        assert said(target_leak, case(build(X), (X, y))) == []


def test_a_straight_line_has_one_column():
    X, _ = sine()
    assert said(target_leak, case(build(X, loss=nn.MSELoss()), (X, 3 * X + 1))) == []
