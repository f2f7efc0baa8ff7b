"""A loss that somebody wrote out is recognised by what it gives."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.doctor.looks.same_loss import same_loss
from tests.doctor.optimisation import test_unstable_log_exp as written
from tests.doctor.plants import build, case, moons, wine

X2, Y2 = moons()
X3, Y3 = wine()
HOT = np.eye(3)[Y3]


def by_number(z, y):
    """Cross-entropy of class numbers."""
    e = z.exp()
    return -(e / e.sum(1, keepdim=True))[cr.arange(len(y)), y].log().mean()


def of_shares(p, y):
    return -(y * (p + 1e-7).log() + (1 - y) * (1 - p + 1e-7).log()).mean()


def squares(outputs, targets):
    return ((outputs - targets) ** 2).mean()


@pytest.mark.parametrize(("loss", "rows", "outputs", "kind"), [
    (written.naive_softmax, (X3, HOT), 3, nn.CrossEntropyLoss), (by_number, (X3, Y3), 3, nn.CrossEntropyLoss),
    (written.careful_softmax, (X3, HOT), 3, nn.CrossEntropyLoss),
    (written.naive_sigmoid, (X2, Y2), 1, nn.BCEWithLogitsLoss), (of_shares, (X2, Y2), 1, nn.BCELoss),
    (squares, (X2, Y2), 1, None), (lambda z, y: 2 * by_number(z, y), (X3, Y3), 3, None),
    (lambda z, y: written.naive_sigmoid(z, y) + 0.1 * squares(z, y), (X2, Y2), 1, None),
    (nn.BCEWithLogitsLoss(), (X2, Y2), 1, None),
])
def test_by_its_numbers(loss, rows, outputs, kind):
    assert same_loss(case(build(rows[0], outputs, loss=loss), rows, epochs=1)) is kind


def test_a_loss_that_breaks_is_none_of_ours():
    def broken(outputs, targets):
        raise ValueError

    assert same_loss(case(build(X2, loss=broken), (X2, Y2), epochs=1)) is None
