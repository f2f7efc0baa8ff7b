"""8: labels that the loss cannot take are refused in its own words; soft labels and one-hot rows are legal."""

import numpy as np
import pytest

from chainrule import nn
from chainrule.doctor.checks.data import labels_coded_wrong
from tests.doctor.plants import build, case, diagnosed, moons, said, sine, wine

X2, Y2 = moons()
X3, Y3 = wine()
PLANTS = {
    "1 to K": (X3, Y3 + 1, 3),
    "plus and minus 1": (X2, 2 * Y2 - 1, 1),
    "1 and 2": (X2, Y2 + 1, 1),
    "more classes than outputs": (X3, Y3, 2),
    "shares that sum to 2": (X3, 2.0 * np.eye(3)[Y3], 3),
}
TRAPS = {
    "0 and 1": (X2, Y2, 1, None),
    "soft": (X2, np.clip(Y2, 0.0, 0.85), 1, None),
    "whole": (X3, Y3, 3, None),
    "one-hot": (X3, np.eye(3)[Y3], 3, None),
    "more outputs than classes": (X3, Y3, 5, None),
    "plus and minus 1 with squares": (X2, 2 * Y2 - 1, 1, nn.MSELoss()),
    "hinge": (X2, 2 * Y2 - 1, 1, nn.HingeLoss()),
    "numbers": (*sine(), 1, nn.MSELoss()),
}


@pytest.mark.parametrize("name", PLANTS)
def test_other_codes_are_refused(name):
    X, y, outputs = PLANTS[name]
    (found,) = said(labels_coded_wrong, case(build(X, outputs), (X, y)))
    assert (found.code, found.proof) == ("labels_coded_wrong", "exact")


@pytest.mark.parametrize("name", PLANTS)
def test_it_is_the_only_finding(name):
    X, y, outputs = PLANTS[name]
    found = diagnosed(build(X, outputs), (X, y))
    assert [one.code for one in found.findings] == ["labels_coded_wrong"]


def test_words_are_no_numbers():
    names = np.array(["left", "right"])[Y2[:, 0].astype(int)]
    found = diagnosed(build(X2), (X2, names))
    assert [one.code for one in found.findings] == ["labels_coded_wrong"]


@pytest.mark.parametrize("name", TRAPS)
def test_legal_codes_are_left_in_peace(name):
    X, y, outputs, loss = TRAPS[name]
    assert said(labels_coded_wrong, case(build(X, outputs, loss=loss), (X, y))) == []
