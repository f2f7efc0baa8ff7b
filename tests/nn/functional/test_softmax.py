"""Softmax and log-softmax: digits, extremes, any axis, PyTorch, and the declared derivative against its parts."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.tape.mode import mode

INF = float("inf")
SHAPES = [((5,), 0), ((3, 4), 0), ((3, 4), 1), ((3, 4), -1), ((2, 3, 4), 1), ((2, 1, 3, 2), -3), ((3, 1), 1)]


def _both(function, z, d):
    x = cr.tensor(z, dtype=z.dtype, requires_grad=True)
    y = function(x)
    y.backward(cr.tensor(d, dtype=z.dtype))
    return y.numpy(), x.grad.numpy()


@pytest.mark.article("S0-13")
def test_the_articles_digits():
    p = cr.softmax(cr.tensor([2.0, 1.0, 0.1], dtype=np.float64)).numpy()
    np.testing.assert_allclose(p, [0.65900114, 0.24243297, 0.09856589], atol=5e-9)


@pytest.mark.article("S0-13")
@pytest.mark.parametrize(("shape", "dim"), SHAPES)
def test_shares_sum_to_one_and_agree_with_torch(shape, dim):
    torch = pytest.importorskip("torch")
    draw = np.random.default_rng(3)
    z, d = draw.normal(size=shape) * 3, draw.normal(size=shape)
    for ours, theirs in ((cr.softmax, torch.softmax), (cr.log_softmax, torch.log_softmax)):
        y, slope = _both(lambda x, ours=ours: ours(x, dim=dim), z, d)
        x = torch.tensor(z, requires_grad=True)
        judge = theirs(x, dim=dim)
        judge.backward(torch.tensor(d))
        np.testing.assert_allclose(y, judge.detach().numpy(), rtol=0, atol=1e-14)
        np.testing.assert_allclose(slope, x.grad.numpy(), rtol=0, atol=1e-14)
    total = cr.softmax(cr.tensor(z, dtype=np.float64), dim=dim).sum(dim).numpy()
    np.testing.assert_allclose(total, 1, rtol=0, atol=1e-15 * shape[dim])


@pytest.mark.parametrize("function", [cr.softmax, cr.log_softmax])
@pytest.mark.parametrize(("shape", "dim"), SHAPES)
def test_declared_derivative_is_that_of_the_parts(function, shape, dim):
    draw = np.random.default_rng(4)
    z, d = draw.normal(size=shape) * 3, draw.normal(size=shape)
    y, slope = _both(lambda x: function(x, dim=dim), z, d)
    mode.parts = True
    try:
        y_parts, slope_parts = _both(lambda x: function(x, dim=dim), z, d)
    finally:
        mode.parts = False
    np.testing.assert_array_equal(y, y_parts)
    np.testing.assert_allclose(slope, slope_parts, rtol=0, atol=1e-12)
    cr.testing.check_gradients(lambda x: function(x, dim=dim), z)


@pytest.mark.article("S0-13")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("z", "p"),
    [
        ([1000.0, 1000.0], [0.5, 0.5]),
        ([1e4, -1e4], [1.0, 0.0]),
        ([-INF, 2.0, 2.0], [0.0, 0.5, 0.5]),
        ([INF, 3.0], [1.0, 0.0]),
        ([INF, INF, -INF], [0.5, 0.5, 0.0]),
        ([-INF, -INF], [0.0, 0.0]),
        ([7.0], [1.0]),
    ],
)
def test_extremes_have_their_limits(z, p, dtype):
    z = np.array(z, dtype=dtype)
    share, slope = _both(cr.softmax, z, np.ones_like(z))
    np.testing.assert_array_equal(share, np.array(p, dtype=dtype))
    assert np.isfinite(slope).all()
    logarithm, slope = _both(cr.log_softmax, z, np.ones_like(z))
    np.testing.assert_allclose(np.exp(logarithm), p, rtol=1e-6)
    assert np.isfinite(slope).all()


def test_far_shares_keep_their_logarithm():
    z = cr.tensor([0.0, -1e4], dtype=np.float64)
    assert cr.log_softmax(z).tolist() == [0.0, -1e4]
    assert cr.softmax(z).tolist() == [1.0, 0.0]


def test_a_nan_stays_one():
    assert np.isnan(cr.softmax(cr.tensor([float("nan"), 1.0])).numpy()).all()


def test_integers_become_floats_and_a_number_has_the_whole_share():
    assert cr.softmax(cr.tensor([0, 0])).tolist() == [0.5, 0.5]
    assert cr.softmax(cr.tensor(3.0)).item() == 1.0


def test_no_such_axis():
    with pytest.raises(cr.ShapeError, match="softmax"):
        cr.softmax(cr.zeros(2, 3), dim=2)


def test_tensors_have_these_themselves():
    x = cr.tensor([[2.0, -1.0, 0.1]])
    for name in ("relu", "softmax", "log_softmax"):
        given = () if name == "relu" else (1,)
        assert getattr(x, name)(*given).tolist() == getattr(cr, name)(x, *given).tolist()
