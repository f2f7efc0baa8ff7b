"""Initial weights: each true to its paper, in place, in the memory order of the weight."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import init

N, M = 300, 200  # inputs, outputs

# name → (function, its standard deviation, the bound of what it draws)
DRAWN = {
    "uniform_": (lambda w: init.uniform_(w, -2.0, 2.0), 2 / math.sqrt(3), 2.0),
    "normal_": (lambda w: init.normal_(w, 0.0, 0.3), 0.3, None),
    "xavier_normal_": (init.xavier_normal_, math.sqrt(2 / (N + M)), None),
    "xavier_uniform_": (init.xavier_uniform_, math.sqrt(2 / (N + M)), math.sqrt(6 / (N + M))),
    "xavier_normal_, gain": (lambda w: init.xavier_normal_(w, gain=5 / 3), 5 / 3 * math.sqrt(2 / (N + M)), None),
    "kaiming_normal_": (lambda w: init.kaiming_normal_(w, nonlinearity="relu"), math.sqrt(2 / N), None),
    "kaiming_uniform_": (lambda w: init.kaiming_uniform_(w, mode="fan_out"), math.sqrt(2 / M), math.sqrt(6 / M)),
    "kaiming_normal_, slope": (lambda w: init.kaiming_normal_(w, a=1.0), math.sqrt(1 / N), None),
    "lecun_normal_": (init.lecun_normal_, math.sqrt(1 / N), None),
    "lecun_uniform_": (init.lecun_uniform_, math.sqrt(1 / N), math.sqrt(3 / N)),
}


@pytest.mark.parametrize("name", DRAWN)
def test_spread_and_bounds(name):
    function, std, bound = DRAWN[name]
    cr.manual_seed(0)
    weight = nn.Linear(N, M).weight
    memory = weight.numpy().base if weight.numpy().base is not None else weight.numpy()
    strides = weight.numpy().strides
    assert function(weight) is weight
    numbers = weight.numpy()
    assert numbers.strides == strides
    assert np.shares_memory(numbers, memory), "written in place"
    count = numbers.size
    assert abs(numbers.mean()) < 3 * std / math.sqrt(count)
    error = std * math.sqrt((0.2 if bound else 0.5) / count)  # of a sample's standard deviation: kurtosis 1.8 or 3
    assert abs(numbers.std() - std) < 3 * error
    if bound:
        assert 0.99 * bound < np.abs(numbers).max() <= bound
    else:  # nothing is cut off
        assert np.abs(numbers).max() > 3.5 * std


@pytest.mark.parametrize("name", ["uniform_", "xavier_normal_", "xavier_uniform_", "kaiming_uniform_", "orthogonal_"])
def test_the_spread_is_pytorchs(name):
    torch = pytest.importorskip("torch")
    ours, theirs = cr.zeros(M, N), torch.zeros(M, N)
    getattr(init, name)(ours)
    getattr(torch.nn.init, name)(theirs)
    assert ours.numpy().std() == pytest.approx(theirs.std().item(), rel=0.02)


@pytest.mark.article("S0-16")
def test_lecuns_form_which_the_first_article_calls_xavier():
    cr.manual_seed(1)
    weight = init.lecun_normal_(cr.zeros(32, 64)).numpy()
    assert abs(weight.std() - 0.125) < 3 * 0.125 / math.sqrt(2 * weight.size)


@pytest.mark.article("S0-17")
def test_hes_form():
    cr.manual_seed(2)
    weight = init.he_normal_(cr.zeros(32, 64)).numpy()
    assert abs(weight.std() - 0.17678) < 3 * 0.17678 / math.sqrt(2 * weight.size)


@pytest.mark.article("W-01", "S1-15")
def test_glorot_lecun_and_he_are_three():
    cr.manual_seed(9)
    wanted = {init.glorot_normal_: 0.14434, init.lecun_normal_: 0.125, init.he_normal_: 0.17678}
    for function, std in wanted.items():
        spread = np.concatenate([function(cr.zeros(32, 64)).numpy().ravel() for _ in range(20)])
        assert abs(spread.std() - std) < 3 * std / math.sqrt(2 * spread.size)
    # Both articles' forms are quoted where the name is looked up.
    for words in ("√(1 / fan_in) is LeCun's", "√(2 / fan_in) is He's"):
        assert words in " ".join(init.xavier_normal_.__doc__.split())


def test_authors_names_are_the_same_functions():
    assert init.glorot_normal_ is init.xavier_normal_
    assert init.glorot_uniform_ is init.xavier_uniform_
    assert init.he_normal_ is init.kaiming_normal_
    assert init.he_uniform_ is init.kaiming_uniform_


def test_fans_of_a_convolution_count_its_places():
    cr.manual_seed(3)
    weight = init.kaiming_normal_(cr.zeros(64, 32, 3, 3)).numpy()
    assert weight.std() == pytest.approx(math.sqrt(2 / (32 * 9)), rel=0.02)
    weight = init.kaiming_normal_(cr.zeros(64, 32, 3, 3), mode="fan_out").numpy()
    assert weight.std() == pytest.approx(math.sqrt(2 / (64 * 9)), rel=0.02)


@pytest.mark.parametrize("shape", [(5, 5), (3, 8), (8, 3), (4, 2, 3, 3), (1, 6)])
def test_orthogonal(shape):
    cr.manual_seed(4)
    flat = init.orthogonal_(cr.zeros(*shape, dtype=np.float64), gain=2.0).numpy().reshape(shape[0], -1)
    square = flat @ flat.T if flat.shape[0] <= flat.shape[1] else flat.T @ flat
    np.testing.assert_allclose(square, 4 * np.eye(len(square)), atol=1e-12)


def test_orthogonal_favours_no_direction():
    cr.manual_seed(5)
    corner = np.array([init.orthogonal_(cr.zeros(3, 3)).numpy()[0, 0] for _ in range(600)])
    assert abs(corner.mean()) < 3 * corner.std() / math.sqrt(600)
    assert corner.std() == pytest.approx(1 / math.sqrt(3), rel=0.1)


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [(0.0, 1.0, -2.0, 2.0), (0.0, 0.02, -2.0, 2.0), (1.0, 0.5, 0.9, 1.0), (0.0, 1.0, 2.0, 9.0), (0, 1, -0.01, 0.01)],
)
def test_truncated_normal(mean, std, a, b):
    stats = pytest.importorskip("scipy.stats")
    cr.manual_seed(6)
    drawn = init.trunc_normal_(cr.zeros(40, 500, dtype=np.float64), mean, std, a, b).numpy().ravel()
    assert a <= drawn.min() <= drawn.max() <= b
    truth = stats.truncnorm((a - mean) / std, (b - mean) / std, mean, std)
    assert stats.kstest(drawn, truth.cdf).pvalue > 1e-3


def test_constants():
    weight = nn.Linear(3, 2).weight
    assert init.zeros_(weight).tolist() == [[0.0] * 3] * 2
    assert init.ones_(weight).tolist() == [[1.0] * 3] * 2
    assert init.constant_(weight, 0.25).tolist() == [[0.25] * 3] * 2
    assert weight.requires_grad
    assert weight.numpy().T.flags.c_contiguous


def test_gains():
    torch = pytest.importorskip("torch")
    for name in ("linear", "conv1d", "conv2d", "conv_transpose2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
    assert init.calculate_gain("leaky_relu", 0.3) == pytest.approx(torch.nn.init.calculate_gain("leaky_relu", 0.3))


def test_draws_follow_the_seed_and_the_generator():
    cr.manual_seed(8)
    first = init.normal_(cr.zeros(4))
    cr.manual_seed(8)
    assert (init.normal_(cr.zeros(4)) == first).all()
    one, two = (init.xavier_uniform_(cr.zeros(2, 2), generator=cr.Generator(1)) for _ in range(2))
    assert (one == two).all()


REFUSED = [
    (lambda: init.zeros_(np.zeros(3)), ("zeros_", "ndarray", "never written to")),
    (lambda: init.xavier_normal_(cr.zeros(3)), ("xavier_normal_", "(3,)", "at least two axes")),
    (lambda: init.orthogonal_(cr.zeros(3)), ("orthogonal_", "(3,)")),
    (lambda: init.kaiming_normal_(cr.zeros(3, 3), mode="fan"), ("argument mode", "'fan'", '"fan_out"')),
    (lambda: init.kaiming_uniform_(cr.zeros(3, 3), nonlinearity="gelu"), ("argument nonlinearity", "gelu", "selu")),
    (lambda: init.trunc_normal_(cr.zeros(3), std=0.0), ("trunc_normal_", "std=0.0")),
    (lambda: init.trunc_normal_(cr.zeros(3), a=1.0, b=1.0), ("trunc_normal_", "limits 1.0 and 1.0")),
    (lambda: init.trunc_normal_(cr.zeros(3), mean=9.0), ("trunc_normal_", "mean 9.0", "2 std")),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_refused_in_words(call, words):
    with pytest.raises(cr.ChainruleError) as error:
        call()
    for word in words:
        assert word in str(error.value)
