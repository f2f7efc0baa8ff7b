"""Where a largest or smallest element changes hands, differences must not step across."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.ops.reduce import MAX

INF = float("inf")


@pytest.mark.parametrize("function", [lambda x: x.amax(1), lambda x: x.amin(1), lambda x: (x * x).amax((0, 1))])
def test_a_close_second_is_no_false_alarm(function):
    cr.testing.check_gradients(function, [[1.0, 1.0001, 0.9999, -0.5]])


def test_sides_name_the_leader_and_ties():
    x = cr.tensor([[1.0, 3.0, 2.0], [2.0, 2.0, 1.0], [-INF, 1.0, -INF], [-INF, -INF, -INF]])
    sides = MAX.kinks(x, axes=(1,), keepdim=False).numpy()
    assert sides.tolist() == [[-1, 1, -1], [0, 0, -1], [-1, 1, -1], [1, 1, 1]]


def test_a_point_on_a_kink_moves_off_it():
    cr.testing.check_gradients(lambda x: x.relu() * x, [0.0, 0.0, 1.0], order=1)


def test_a_kink_that_cannot_be_left_does_not_drive_the_point_away():
    """What dropout has made 0 lies on the corner of ReLU wherever the point is."""
    seen = []

    def dropped(x):
        seen.append(np.abs(x.numpy()).max())
        return (x * cr.tensor([1.0, 0.0, 1.0], dtype="float64")).relu() + (x * x).exp()

    cr.testing.check_gradients(dropped, [0.0, 0.5, 1.0], order=1)
    assert max(seen) < 2
