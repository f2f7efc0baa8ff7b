"""Where a largest or smallest element changes hands, differences must not step across."""

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
