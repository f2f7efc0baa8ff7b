"""What the four articles say of losses: their formulas, their numbers, and their mistakes beside the cure."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F

GRID = np.linspace(0.01, 0.99, 99)
XOR = np.array([[0.0], [1.0], [1.0], [0.0]])


def number(loss, x, y, dtype=np.float64, **given):
    return loss(cr.tensor(x, dtype=dtype), cr.tensor(y, dtype=dtype), **given).item()


def slope(function, x, dtype=np.float64):
    """The gradient of a function of one tensor."""
    leaf = cr.tensor(x, dtype=dtype, requires_grad=True)
    function(leaf).backward()
    return leaf.grad.numpy()


@pytest.mark.article("S0-08", "W-02")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_of_anything(dtype):
    digits = cr.sigmoid(cr.tensor([-2.0, 0.0, 2.0], dtype=np.float64)).numpy()
    np.testing.assert_allclose(digits, [0.11920292, 0.5, 0.88079708], atol=5e-9)
    with np.errstate(all="raise", under="ignore"):
        far = cr.sigmoid(cr.tensor(np.linspace(-1e4, 1e4, 2001), dtype=dtype)).numpy()
        assert cr.sigmoid(cr.tensor([-1000.0, 1000.0], dtype=dtype)).tolist() == [0.0, 1.0]
    assert (np.diff(far) >= 0).all()


@pytest.mark.article("S0-20")
def test_binary_cross_entropy_is_its_definition():
    y, p = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, 21), GRID))
    exact = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    ours = F.binary_cross_entropy(cr.tensor(p, dtype=np.float64), cr.tensor(y, dtype=np.float64), reduction="none")
    np.testing.assert_allclose(ours.numpy(), exact, rtol=0, atol=1e-12)
    assert number(nn.BCELoss(), [0.0, 1.0], [0.0, 1.0]) == 0.0
    logits = F.binary_cross_entropy_with_logits(
        cr.tensor(np.log(p / (1 - p)), dtype=np.float64), cr.tensor(y, dtype=np.float64), reduction="none"
    )
    np.testing.assert_allclose(logits.numpy(), exact, rtol=0, atol=1e-12)


@pytest.mark.article("S0-21", "S0-26")
def test_the_derivative_of_binary_cross_entropy():
    y, p = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, 11), GRID))
    found = slope(lambda x: F.binary_cross_entropy(x, cr.tensor(y, dtype=np.float64), reduction="sum"), p)
    np.testing.assert_allclose(found, -y / p + (1 - y) / (1 - p), rtol=1e-9, atol=1e-12)
    cr.testing.check_gradients(lambda x: F.binary_cross_entropy(x, cr.tensor(y, dtype=np.float64)), p)


@pytest.mark.article("S0-22")
def test_a_saturated_sigmoid_learns_from_cross_entropy_alone():
    z, y = [-10.0], cr.tensor([1.0], dtype=np.float64)
    squared = slope(lambda x: F.mse_loss(cr.sigmoid(x), y), z)[0]
    entropy = slope(lambda x: F.binary_cross_entropy_with_logits(x, y), z)[0]
    assert squared == pytest.approx(-9.1e-5, abs=5e-7)
    assert entropy == pytest.approx(-0.99995, abs=5e-6)


@pytest.mark.article("S1-08")
def test_squared_and_absolute_error_are_their_definitions():
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(50, 3)), draw.normal(size=(50, 3))
    assert number(nn.MSELoss(), x, y) == pytest.approx(np.mean((x - y) ** 2), rel=1e-15)
    assert number(nn.L1Loss(), x, y) == pytest.approx(np.mean(np.abs(x - y)), rel=1e-15)
    tie = slope(lambda a: F.l1_loss(a, cr.tensor([1.0, 2.0], dtype=np.float64), reduction="sum"), [1.0, 3.0])
    assert tie.tolist() == [0.0, 1.0]


@pytest.mark.article("S1-09", "W-05")
def test_nothing_is_added_inside_the_logarithm():
    right = [[0.0], [1.0]]
    article = lambda p, y, eps: -np.mean(y * np.log(p + eps) + (1 - y) * np.log(1 - p + eps))
    for eps in (1e-10, 1e-8):
        assert article(np.array(right), np.array(right), eps) == pytest.approx(-eps, rel=1e-6)  # below zero
    assert number(nn.BCELoss(), right, right) == 0.0
    for p in GRID:
        assert number(nn.BCELoss(), [p], [1.0]) == pytest.approx(-np.log(p), abs=1e-15)
    draw = np.random.default_rng(1)
    z, y = draw.normal(size=(200, 1)) * 30, draw.uniform(size=(200, 1))
    losses = F.binary_cross_entropy_with_logits(cr.tensor(z, dtype=np.float64), y, reduction="none").numpy()
    assert (losses >= 0).all()
    cr.testing.check_gradients(lambda x: F.binary_cross_entropy_with_logits(x, cr.tensor(y, dtype=np.float64)), z / 10)


@pytest.mark.article("S1-10")
def test_categorical_cross_entropy_is_the_stable_one_where_both_are_finite():
    draw = np.random.default_rng(2)
    z, classes = draw.normal(size=(20, 5)) * 0.5, draw.integers(0, 5, 20)
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    article = -np.sum(np.eye(5)[classes] * np.log(shares + 1e-10)) / 20
    assert F.cross_entropy(cr.tensor(z, dtype=np.float64), classes).item() == pytest.approx(article, abs=1e-9)
    without = -np.sum(np.eye(5)[classes] * np.log(shares)) / 20
    for target in (classes, np.eye(5)[classes]):
        assert F.cross_entropy(cr.tensor(z, dtype=np.float64), target).item() == pytest.approx(without, abs=1e-9)
    likely = F.nll_loss(cr.log_softmax(cr.tensor(z, dtype=np.float64)), classes).item()
    assert likely == pytest.approx(without, abs=1e-9)


@pytest.mark.article("S2-06")
def test_an_outlier_pulls_the_square_most():
    y = np.append(np.linspace(0.0, 1.0, 20), 100.0)
    middle = [loss.best_constant(y).outputs.item() for loss in (nn.MSELoss(), nn.HuberLoss(), nn.L1Loss())]
    assert middle[0] > 5
    assert 0.6 > middle[1] > middle[2] > 0.5
    pulls = [
        abs(slope(lambda a, loss=loss: loss(a, cr.tensor([0.0, 0.0], dtype=np.float64)), [100.0, 0.5]))
        for loss in (nn.MSELoss(), nn.HuberLoss(), nn.L1Loss())
    ]
    assert [round(float(a / b), 6) for a, b in pulls] == [200.0, 2.0, 1.0]


@pytest.mark.article("S2-06")
def test_binary_cross_entropy_is_that_of_two_classes():
    draw = np.random.default_rng(3)
    z, y = draw.normal(size=(30, 1)), draw.integers(0, 2, (30, 1)).astype(float)
    two = cr.tensor(np.hstack([np.zeros_like(z), z]), dtype=np.float64)
    one = number(nn.BCEWithLogitsLoss(), z, y)
    assert F.cross_entropy(two, y[:, 0].astype(int)).item() == pytest.approx(one, abs=1e-14)
    assert F.cross_entropy(two, np.hstack([1 - y, y])).item() == pytest.approx(one, abs=1e-14)


@pytest.mark.article("S2-09")
def test_soft_targets_have_their_best_output_where_they_are():
    y = np.array([[0.0], [0.85], [1.0], [0.0]])
    inner = cr.tensor([[0.85]], dtype=np.float64)
    assert slope(lambda x: F.binary_cross_entropy(x, inner), [[0.85]]) == pytest.approx(0, abs=1e-12)
    assert number(nn.BCELoss(), y, y) == pytest.approx(nn.BCELoss().floor(y), abs=1e-15)


@pytest.mark.article("S2-10", "W-03", "W-04")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_clip_kills_the_gradient_and_there_is_none(dtype):
    def clipped(z, epsilon):
        """The article's way: clip the output, differentiate the loss by it, multiply by the slope of sigmoid."""
        p = np.asarray(1 / (1 + np.exp(-np.asarray(z, dtype))), dtype)
        held = np.clip(p, dtype(epsilon), dtype(1 - epsilon))
        return -(1 / held) * p * (1 - p)  # y = 1

    assert clipped(-50.0, 1e-8) == pytest.approx(-1.9e-14, rel=0.02)
    assert clipped(-50.0, 1e-15) == pytest.approx(-1.9e-7, rel=0.02)
    assert dtype is np.float64 or (np.float32(1 - 1e-8) == 1 and np.float32(1 - 1e-15) == 1)  # the clip does nothing
    one = cr.tensor([1.0], dtype=dtype)
    loss = nn.BCEWithLogitsLoss()
    for z in (-50.0, -500.0):
        assert slope(lambda x: loss(x, one), [z], dtype)[0] == -1.0
        assert slope(lambda x: loss(x, 1 - one), [-z], dtype)[0] == 1.0
        assert slope(lambda x: loss(x, one), [-z], dtype)[0] == pytest.approx(0, abs=1e-12)
        assert number(nn.BCEWithLogitsLoss(), [z], [1.0], dtype) == -z


@pytest.mark.article("S3-08")
def test_the_articles_loss_is_within_a_hair_of_the_exact_one():
    y = np.random.default_rng(4).integers(0, 2, 99).astype(float)
    article = -np.mean(y * np.log(GRID + 1e-8) + (1 - y) * np.log(1 - GRID + 1e-8))
    exact = number(nn.BCELoss(), GRID, y)
    assert exact == pytest.approx(-np.mean(np.where(y == 1, np.log(GRID), np.log(1 - GRID))), abs=1e-15)
    assert 0 < abs(article - exact) <= 1e-7


@pytest.mark.article("W-06")
def test_the_gradient_is_that_of_the_loss_that_is_named():
    z = cr.tensor([[0.3], [-2.0], [1.0], [0.0]], dtype=np.float64)
    squared = slope(lambda x: F.mse_loss(cr.sigmoid(x), cr.tensor(XOR, dtype=np.float64)), z)
    entropy = slope(lambda x: F.binary_cross_entropy_with_logits(x, XOR), z)
    p = cr.sigmoid(z).numpy()
    np.testing.assert_allclose(squared, 2 * (p - XOR) * p * (1 - p) / 4, rtol=1e-12)
    np.testing.assert_allclose(entropy, (p - XOR) / 4, rtol=1e-12)  # what the article descends, and calls squared
    assert abs(squared - entropy).max() > 0.05


@pytest.mark.article("W-07", "W-08")
@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("kind", [nn.MSELoss, nn.BCELoss, nn.BCEWithLogitsLoss, nn.L1Loss])
def test_loss_and_gradient_are_reduced_alike(kind, columns):
    draw = np.random.default_rng(5)
    x, y = draw.uniform(0.1, 0.9, (4, columns)), draw.uniform(0.1, 0.9, (4, columns))
    mean, total = kind(), kind(reduction="sum")
    assert number(total, x, y) == pytest.approx(number(mean, x, y) * 4 * columns)
    one, other = (slope(lambda a, loss=loss: loss(a, cr.tensor(y, dtype=np.float64)), x) for loss in (mean, total))
    np.testing.assert_allclose(other, one * 4 * columns, rtol=1e-12)
    for loss in (mean, total):
        cr.testing.check_gradients(lambda a, loss=loss: loss(a, cr.tensor(y, dtype=np.float64)), x, order=1)


@pytest.mark.article("W-22")
def test_a_target_of_one_and_a_half_has_a_negative_loss_and_is_refused():
    p, y = 0.99, 1.5
    assert -(y * np.log(p) + (1 - y) * np.log(1 - p)) == pytest.approx(-2.29, abs=5e-3)
    for loss, output in ((nn.BCELoss(), p), (nn.BCEWithLogitsLoss(), np.log(p / (1 - p)))):
        with pytest.raises(cr.DataError, match=r"1\.5"):
            loss(cr.tensor([output]), cr.tensor([y]))
