"""What the articles say about activations, slopes at corners, and what is refused."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F

AT = [-2.0, 0.0, 2.0]


def slopes(function, at, dtype=np.float64):
    z = cr.tensor(at, dtype=dtype, requires_grad=True)
    function(z).sum().backward()
    return z.grad.numpy()


@pytest.mark.article("S0-08", "S3-06")
def test_sigmoid():
    z = cr.tensor(AT, dtype=np.float64)
    for sigmoid in (cr.sigmoid, F.sigmoid, nn.Sigmoid()):
        np.testing.assert_allclose(sigmoid(z).numpy(), [0.11920292, 0.5, 0.88079708], atol=5e-9)
        for dtype in (np.float32, np.float64):
            with np.errstate(all="raise", under="ignore"):
                assert sigmoid(cr.tensor([-1000.0, 1000.0], dtype=dtype)).tolist() == [0.0, 1.0]


@pytest.mark.article("S0-09")
def test_sigmoids_two_drawbacks_as_numbers():
    z = np.linspace(-10, 10, 2001)
    found = slopes(cr.sigmoid, z)
    assert found.max() == found[1000] == 0.25
    np.testing.assert_allclose(found[[0, -1]], 4.54e-5, atol=1e-8)
    assert (cr.sigmoid(cr.tensor(z)) > 0).all()


@pytest.mark.article("S0-09")
def test_outputs_that_are_all_positive_make_the_gradient_zigzag():
    # All inputs of the unit are positive: whatever the targets, one row's gradient has one sign in every direction.
    draw = np.random.default_rng(0)
    shares = []
    for squash in (cr.sigmoid, cr.tanh):
        same = 0
        for _ in range(200):
            hidden = squash(cr.tensor(draw.normal(size=(1, 5))))
            w = cr.tensor(draw.normal(size=(5, 1)), requires_grad=True)
            (hidden @ w - float(draw.normal())).square().sum().backward()
            same += abs(np.sign(w.grad.numpy()).sum()) == 5
        shares.append(same / 200)
    assert shares[0] == 1.0
    assert shares[1] < 0.2


@pytest.mark.article("S0-10")
def test_tanh():
    z = cr.tensor(AT, dtype=np.float64)
    for tanh in (cr.tanh, F.tanh, nn.Tanh()):
        np.testing.assert_allclose(tanh(z).numpy(), [-0.96402758, 0.0, 0.96402758], atol=5e-9)
        with np.errstate(all="raise", under="ignore"):
            assert tanh(cr.tensor([-1000.0, 1000.0])).tolist() == [-1.0, 1.0]


@pytest.mark.article("S1-06")
def test_leaky_relu():
    z = cr.tensor([-1.0, 0.0, 1.0], dtype=np.float64)
    np.testing.assert_allclose(F.leaky_relu(z).numpy(), [-0.01, 0.0, 1.0])
    np.testing.assert_allclose(slopes(F.leaky_relu, [-1.0, 0.0, 1.0]), [0.01, 0.01, 1.0])
    np.testing.assert_allclose(nn.LeakyReLU(0.2)(z).numpy(), [-0.2, 0.0, 1.0])
    np.testing.assert_allclose(slopes(nn.LeakyReLU(0.2), [-1.0, 0.0, 1.0]), [0.2, 0.2, 1.0])


@pytest.mark.article("S3-06")
def test_the_slope_of_relu_at_zero_is_zero():
    assert slopes(F.relu, [-1.0, 0.0, 1.0]).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.article("S0-13", "W-23")
def test_softmax():
    for logits in ([2.0, 1.0, 0.1], [[2.0, 1.0, 0.1]]):
        shares = nn.Softmax()(cr.tensor(logits, dtype=np.float64)).numpy()
        np.testing.assert_allclose(shares.ravel(), [0.65900114, 0.24243297, 0.09856589], atol=5e-9)
    x = np.random.default_rng(0).normal(size=(2, 3, 4)) * 1000
    for axis in (0, 1, 2, -1, -3):
        np.testing.assert_allclose(nn.Softmax(axis)(cr.tensor(x)).numpy().sum(axis), 1, atol=1e-6)


KINKS = [
    ("relu", [0.0]), ("leaky_relu", [0.0]), ("relu6", [0.0, 6.0]), ("hardtanh", [-1.0, 1.0]), ("elu", [0.0]),
    ("selu", [0.0]), ("celu", [0.0]), ("softplus", [0.0]), ("logsigmoid", [0.0]), ("gelu", [0.0]), ("silu", [0.0]),
    ("mish", [0.0]), ("softsign", [0.0]),
]


@pytest.mark.parametrize(("name", "at"), KINKS)
def test_slopes_at_corners_are_pytorchs(name, at):
    torch = pytest.importorskip("torch")
    z = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    getattr(torch.nn.functional, name)(z).sum().backward()
    np.testing.assert_allclose(slopes(getattr(F, name), at), z.grad.numpy(), atol=1e-12)


def test_hard_sigmoid_and_hard_swish_do_not_move_outside():
    assert slopes(F.hardsigmoid, [-4.0, 4.0]).tolist() == [0.0, 0.0]
    assert slopes(F.hardswish, [-4.0, 4.0]).tolist() == [0.0, 1.0]
    assert repr(nn.Hardsigmoid()) == "Hardsigmoid()"
    np.testing.assert_allclose(nn.Hardsigmoid(inplace=True)(cr.tensor([0.0, 1.5])).numpy(), [0.5, 0.75])


IN_PLACE = [nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SELU, nn.CELU, nn.ReLU6, nn.SiLU, nn.Mish, nn.Hardtanh, nn.Hardswish]


@pytest.mark.parametrize("kind", IN_PLACE)
def test_in_place_is_taken_and_changes_no_input(kind):
    z = cr.tensor([-1.0, 2.0, 9.0])
    assert (kind(inplace=True)(z) == kind()(z)).all()
    assert z.tolist() == [-1.0, 2.0, 9.0]


@pytest.mark.parametrize("name", sorted(set(F.__all__) & {name for name, _ in KINKS} | {"hardswish", "hardsigmoid"}))
def test_nan_stays_nan_and_lists_and_whole_numbers_are_taken(name):
    function = getattr(F, name)
    assert bool(function(cr.tensor([float("nan"), 1.0])).isnan()[0])
    np.testing.assert_allclose(function([1.0, -2.0]).numpy(), function(cr.tensor([1.0, -2.0])).numpy())
    np.testing.assert_allclose(function(cr.tensor([1, -2])).numpy(), function(cr.tensor([1.0, -2.0])).numpy())


REFUSED = [
    (lambda: nn.GELU("fast"), ("GELU, argument approximate", "'fast'", '"none", "tanh"')),
    (lambda: F.gelu([1.0], approximate="fast"), ("gelu, argument approximate", "'fast'")),
    (lambda: nn.Hardtanh(1.0, -1.0), ("Hardtanh", "from 1.0 to -1.0")),
    (lambda: F.hardtanh([1.0], 2.0, 2.0), ("hardtanh", "from 2.0 to 2.0")),
    (lambda: nn.CELU(0.0), ("CELU, argument alpha", "0.0", "above 0")),
    (lambda: F.celu([1.0], -1.0), ("celu, argument alpha", "-1.0")),
    (lambda: nn.Softplus(beta=0), ("Softplus, argument beta", "above 0")),
    (lambda: F.softplus([1.0], beta=-2), ("softplus, argument beta", "-2")),
    (lambda: nn.PReLU(0), ("PReLU, argument num_parameters", "at least 1")),
    (lambda: nn.PReLU(3)(cr.zeros(2, 4)), ("PReLU(num_parameters=3)", "3 slopes", "(2, 4)")),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_refused_in_words(call, words):
    with pytest.raises(cr.ChainruleError) as error:
        call()
    for word in words:
        assert word in str(error.value)
