"""The line search against PyTorch's, step by step, on lines of every shape; and the conditions it promises."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from chainrule.optim.wolfe import Point, strong_wolfe


def line(a, b, c, w):
    """A line with hills: t⁴, t², t and a wave."""

    def at(t):
        loss = a * t**4 + b * t * t - t + c * np.sin(w * t)
        slope = 4 * a * t**3 + 2 * b * t - 1 + c * w * np.cos(w * t)
        return Point(t, float(loss), np.array([slope]), float(slope))

    return at


# Bounded below: on an endless slope both go on to far away, where rounding counts.
shapes = st.tuples(st.floats(0.001, 0.1), st.floats(-0.2, 2), st.floats(-0.5, 0.5), st.floats(0.1, 20))


@given(shape=shapes, t=st.floats(1e-3, 20), most=st.integers(0, 25))
def test_it_finds_what_pytorch_finds(shape, t, most):
    torch = pytest.importorskip("torch")
    from torch.optim.lbfgs import _strong_wolfe

    at = line(*shape)
    start = at(0.0)
    if start.slope > -1e-3:
        return
    direction = torch.ones(1, dtype=torch.float64)

    def judged(x, t, d):
        point = at(float(t))
        return point.loss, torch.tensor(point.gradient)

    gradient, slope = torch.tensor(start.gradient), torch.tensor(start.slope, dtype=torch.float64)
    known = _strong_wolfe(judged, None, t, direction, start.loss, gradient, slope, max_ls=most)
    found, evaluations = strong_wolfe(at, start, t, 1.0, most)
    for nudge in (1 - 1e-12, 1 + 1e-12):  # where rounding alone leads elsewhere there is nothing to compare
        other, count = strong_wolfe(lambda t, nudge=nudge: at(t)._replace(loss=at(t).loss * nudge), start, t, 1.0, most)
        if count != evaluations or abs(other.t - found.t) > 1e-6 * abs(found.t):
            return
    assert (found.t, found.loss) == pytest.approx((float(known[2]), known[0]), rel=1e-5)
    assert evaluations == known[3]


@given(shape=shapes, t=st.floats(1e-3, 20))
def test_the_point_is_lower_and_flatter(shape, t):
    at = line(*shape)
    start = at(0.0)
    if start.slope > -1e-3:
        return
    found, evaluations = strong_wolfe(at, start, t, 1.0, 25)
    assert evaluations <= 26
    assert found.loss <= start.loss
    if evaluations < 20:
        assert found.loss <= start.loss + 1e-4 * found.t * start.slope + 1e-9
        assert abs(found.slope) <= 0.9 * abs(start.slope) + 1e-6


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_it_ends_where_the_loss_is_not_finite(value):
    def at(t):
        return Point(t, value, np.array([value]), value) if t > 0.1 else Point(t, -t, np.array([-1.0]), -1.0)

    with np.errstate(invalid="ignore"):
        _, evaluations = strong_wolfe(at, at(0.0), 1.0, 1.0, 25)
    assert evaluations <= 26
