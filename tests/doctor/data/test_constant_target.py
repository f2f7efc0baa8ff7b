"""9: one and the same answer to every row."""

import numpy as np
import pytest

from chainrule import nn
from chainrule.doctor.checks.data import constant_target
from tests.doctor.plants import build, cancer, case, diagnosed, moons, said, sine, wine


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("rows", [moons, cancer, sine])
def test_one_answer_ends_the_search(rows, value):
    X, y = rows()
    loss = nn.MSELoss() if rows is sine else None
    found = diagnosed(build(X, loss=loss), (X, np.full_like(y, value)))
    assert [one.code for one in found.findings] == ["constant_target"]
    assert f"all of them {value:g}" in found.findings[0].evidence[0]


def test_a_single_row_has_nothing_to_tell():
    X, y = moons()
    assert diagnosed(build(X), (X[:1], y[:1])).findings[0].code == "constant_target"


def test_one_class_of_several():
    X, y = wine()
    (found,) = said(constant_target, case(build(X, 3), (X, np.full_like(y, 2))))
    assert found.proof == "exact"


def test_a_class_that_was_parted_off_is_a_matter_of_the_split():
    X, y = moons()
    own, others = y[:, 0] == 0, y[:, 0] == 1
    parted = diagnosed(build(X), (X[own], y[own]), validation=(X[others], y[others]))
    assert parted.findings[0].code == "split_not_shuffled"
    assert not said(constant_target, case(build(X), (X[own], y[own]), (X[others], y[others])))


def test_other_targets_are_left_in_peace():
    for rows, outputs in ((moons, 1), (wine, 3)):
        X, y = rows()
        assert not said(constant_target, case(build(X, outputs), (X, y)))
    X, y = sine()
    assert not said(constant_target, case(build(X, 2, loss=nn.MSELoss()), (X, np.hstack([y, np.ones_like(y)]))))


def test_a_loss_of_ones_own_may_read_no_targets():
    X, y = moons()

    def small(outputs, targets):
        return ((outputs - 1) ** 2).mean()

    assert not said(constant_target, case(build(X, loss=small), (X, np.zeros_like(y))))
