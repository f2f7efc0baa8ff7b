"""nn.MLP: a network from a list of sizes, as the articles ask for it."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F


def kinds(net):
    return [type(layer).__name__ for layer in net]


@pytest.mark.article("S0-04", "S0-31")
def test_shapes_as_in_the_articles():
    net = nn.MLP([2, 2, 1])
    assert [array.shape for array in net.weights().values()] == [(2, 2), (1, 2), (2, 1), (1, 1)]
    assert list(net.weights()) == ["W1", "b1", "W2", "b2"]
    assert list(net.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert kinds(net) == ["Linear", "ReLU", "Linear"]


@pytest.mark.article("S3-04", "S3-05")
def test_sizes_read_off_the_data():
    X, y = np.zeros((200, 2)), np.zeros((200, 1))
    net = nn.MLP.for_data(X, y, [4], activation="relu", init=0.01, output_activation="sigmoid")
    assert [array.shape for array in net.weights().values()] == [(2, 4), (1, 4), (4, 1), (1, 1)]
    assert sum(p.numel() for p in net.parameters()) == 17
    assert nn.MLP.for_data(X, np.array([0, 2, 1] * 66 + [0, 1]), [8, 8]).sizes == (2, 8, 8, 3)
    assert nn.MLP.for_data(X, y, []).sizes == (2, 1)
    for wrong_X, wrong_y in ((X[:, 0], y), (X, y[:, 0]), (X, np.zeros((200, 1, 1)))):
        with pytest.raises(cr.ShapeError, match=r"MLP\.for_data"):
            nn.MLP.for_data(wrong_X, wrong_y, [4])


@pytest.mark.article("S1-02")
def test_one_neuron():
    neuron = nn.MLP([3, 1], output_activation="sigmoid")
    with cr.no_grad():
        neuron[0].weight.copy_([[0.5, -0.3, 0.8]])
        neuron[0].bias.copy_([0.1])
    cache = neuron.trace([[1.0, 2.0, 3.0]])
    assert cache["Z1"].item() == pytest.approx(2.4, abs=1e-6)
    assert cache["A1"].item() == pytest.approx(0.916827, abs=1e-6)


@pytest.mark.article("S1-04")
def test_a_three_four_two_network_on_one_row():
    for seed in range(20):
        cr.manual_seed(seed)
        net = nn.MLP([3, 4, 2], activation="sigmoid", init=0.01, output_activation="sigmoid")
        y = net(cr.tensor([[1.0, 2.0, 3.0]]))
        assert y.shape == (1, 2)
        assert (abs(y - 0.5) < 0.05).all()


@pytest.mark.article("S2-07", "S2-08")
def test_forward_on_xor_before_training():
    net = nn.MLP([2, 4, 1], activation="sigmoid", init="standard_normal", output_activation="sigmoid")
    y = net(cr.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).float())
    assert y.shape == (4, 1)
    assert ((y > 0) & (y < 1)).all()
    assert not net[0].bias.numpy().any()
    spread = np.concatenate([nn.MLP([2, 50, 1], init="standard_normal")[0].weight.numpy().ravel() for _ in range(40)])
    assert abs(spread.std() - 1) < 3 / math.sqrt(2 * spread.size)


@pytest.mark.article("S3-07", "S0-34")
def test_trace_is_the_articles_cache():
    cr.manual_seed(0)
    net = nn.MLP([2, 4, 1], activation="relu", output_activation="sigmoid").double()
    X = np.random.default_rng(0).normal(size=(5, 2))
    W1, b1, W2, b2 = net.weights().values()
    Z1 = X @ W1 + b1
    A1 = np.maximum(0, Z1)
    Z2 = A1 @ W2 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    cache = net.trace(X)
    assert list(cache) == ["Z1", "A1", "Z2", "A2"]
    for name, wanted in {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}.items():
        np.testing.assert_allclose(cache[name].numpy(), wanted, rtol=1e-12)
    assert (net(cr.tensor(X, dtype=np.float64)) == cache["A2"]).all()
    assert not cache["A2"].requires_grad


def test_trace_leaves_the_network_as_it_was():
    net = nn.MLP([2, 4, 4, 1], norm="batch", dropout=0.5, residual=True)
    before = {name: value.numpy().copy() for name, value in net.state_dict().items()}
    net[1].eval()
    cache = net.trace(np.zeros((3, 2)))
    assert list(cache) == ["Z1", "N1", "A1", "Z2", "N2", "A2", "R2", "Z3", "A3"]
    assert [m.training for m in net][:3] == [True, False, True]
    assert all((net.state_dict()[name].numpy() == value).all() for name, value in before.items())
    assert (cache["R2"] == cache["A1"] + cache["A2"]).all()
    assert (cache["A3"] == cache["Z3"]).all()
    assert (net.eval()(cr.zeros(3, 2)) == cache["A3"]).all()


@pytest.mark.article("S0-31", "W-15")
@pytest.mark.parametrize(
    ("activation", "std"),
    [
        *((glorot, math.sqrt(2 / 600)) for glorot in ("tanh", "sigmoid", None, cr.tanh, cr.sin)),
        *((he, math.sqrt(2 / 400)) for he in ("relu", "gelu", F.relu, nn.LeakyReLU(0.2))),
        *((lecun, math.sqrt(1 / 400)) for lecun in ("selu", nn.SELU, nn.SELU(), F.selu)),
    ],
)
def test_initial_weights_follow_from_the_activation(activation, std):
    cr.manual_seed(0)
    net = nn.MLP([400, 200, 10], activation=activation)
    weight = net[0].weight.numpy()
    assert abs(weight.std() - std) < 3 * std / math.sqrt(2 * weight.size)
    assert not any(layer.bias.numpy().any() for layer in net if isinstance(layer, nn.Linear))
    last = net[-1].weight.numpy()  # no activation behind it
    assert abs(last.std() - math.sqrt(2 / 210)) < 3 * math.sqrt(2 / 210) / math.sqrt(2 * last.size)


SPREADS = {
    "glorot_uniform": math.sqrt(2 / 600), "xavier_normal": math.sqrt(2 / 600), "he_uniform": math.sqrt(2 / 400),
    "kaiming_normal": math.sqrt(2 / 400), "lecun_normal": math.sqrt(1 / 400), "lecun_uniform": math.sqrt(1 / 400),
    "standard_normal": 1.0, "orthogonal": math.sqrt(1 / 400), "zeros": 0.0, "linear": math.sqrt(1 / 1200),
    0.01: 0.01, 2: 2.0,
}


@pytest.mark.parametrize("init", SPREADS)
def test_initial_weights_as_asked(init):
    cr.manual_seed(0)
    weight = nn.MLP([400, 200, 10], activation="tanh", init=init)[0].weight.numpy()
    assert weight.std() == pytest.approx(SPREADS[init], rel=0.02)
    assert weight.T.flags.c_contiguous


def test_initial_weights_by_a_function():
    net = nn.MLP([3, 4, 1], init=lambda weight: nn.init.constant_(weight, 0.5))
    assert (net[0].weight == 0.5).all()
    cr.manual_seed(1)
    lecun = nn.MLP([50, 400, 1], activation="tanh", init="lecun_normal")[0].weight.numpy()
    assert np.abs(lecun).max() > 3.5 * math.sqrt(1 / 50), "not truncated"


@pytest.mark.article("S0-14")
def test_without_an_output_activation_predictions_leave_the_unit_interval():
    cr.manual_seed(0)
    y = nn.MLP([2, 8, 1])(cr.randn(200, 2) * 5.0)
    assert y.amin().item() < 0.0
    assert y.amax().item() > 1.0


def test_blocks_in_order():
    net = nn.MLP([3, 8, 8, 2], activation=["tanh", "gelu"], dropout=0.1, norm="layer", output_activation="softmax")
    block = ["Linear", "LayerNorm"]
    assert kinds(net) == [*block, "Tanh", "Dropout", *block, "GELU", "Dropout", "Linear", "Softmax"]
    assert kinds(nn.MLP([3, 8, 2], norm="batch")) == ["Linear", "BatchNorm1d", "ReLU", "Linear"]
    assert kinds(nn.MLP([3, 2])) == ["Linear"]
    assert kinds(nn.MLP([3, 8, 2], activation=None)) == ["Linear", "Linear"]
    assert kinds(nn.MLP((3, 8, 2), activation=("relu", "sigmoid"))) == ["Linear", "ReLU", "Linear", "Sigmoid"]
    assert kinds(nn.MLP(np.array([3, 2]), output_activation="log_softmax")) == ["Linear", "LogSoftmax"]
    assert kinds(nn.MLP([3, 4, 5, 2], activation=["relu", None], output_activation=nn.Tanh)) == [
        "Linear", "ReLU", "Linear", "Linear", "Tanh",
    ]
    assert isinstance(net[:3], nn.Sequential)


def test_activations_of_any_kind():
    x = cr.randn(5, 3)
    for activation in (cr.sin, lambda z: z * z, nn.PReLU(), nn.PReLU, nn.LeakyReLU(0.3)):
        net = nn.MLP([3, 4, 4, 2], activation=activation)
        assert net(x).shape == (5, 2)
    assert "Applied(sin)" in repr(nn.MLP([3, 4, 2], activation=cr.sin))
    apart = nn.MLP([3, 4, 4, 2], activation=nn.PReLU())
    assert "3.weight" in apart.state_dict(), "one slope a layer, not one for all"
    assert apart[1] is not apart[3]


@pytest.mark.article("W-11")
def test_no_bias_before_a_batch_norm():
    net = nn.MLP([3, 4, 2], norm="batch")
    assert list(net.state_dict())[:3] == ["0.weight", "1.weight", "1.bias"]
    assert list(net.weights()) == ["W1", "W2", "b2"]
    assert list(nn.MLP([3, 4, 2], norm="layer").weights()) == ["W1", "b1", "W2", "b2"]


def test_residual():
    cr.manual_seed(0)
    net = nn.MLP([3, 4, 4, 4, 2], activation="tanh", residual=True).double()
    x = cr.randn(5, 3, dtype=np.float64)
    h = cr.tanh(net[0](x))
    h = h + cr.tanh(net[2](h))
    h = h + cr.tanh(net[4](h))
    np.testing.assert_allclose(net(x).detach().numpy(), net[6](h).detach().numpy(), rtol=1e-14)
    cr.testing.check_gradients(net, x, order=1)


def first_gradient(**options):
    """The norm of the first layer's gradient in a network of 20 layers: the median of five seeds."""
    norms = []
    for seed in range(5):
        cr.manual_seed(seed)
        net = nn.MLP([16] * 20 + [1], **options).double()
        (net(cr.randn(64, 16, dtype=np.float64)) - 1.0).square().mean().backward()
        norms.append(net[0].weight.grad.norm().item())
    return float(np.median(norms))


@pytest.mark.article("S1-19")
def test_each_cure_of_vanishing_gradients_is_one_argument():
    sick = first_gradient(activation="sigmoid")
    assert sick < 1e-10  # measured: 1.4e-12
    assert first_gradient(activation="relu") > 0.1  # 0.48
    assert first_gradient(activation="sigmoid", norm="batch") > 0.01  # 0.16
    assert first_gradient(activation="sigmoid", residual=True) > 0.1  # 4.0
    assert first_gradient(activation="sigmoid", init=1.0) > 1e6 * sick  # 1.3e-4
    # The articles' N(0, 1) · 0.01 starves any activation; weights that go by the activation do not.
    assert first_gradient(activation="tanh", init=0.01) < 1e-20  # 3e-27
    assert first_gradient(activation="tanh") > 0.1  # 0.41


def test_a_thousand_are_built_in_a_moment():
    import time

    start = time.perf_counter()
    for _ in range(300):
        nn.MLP([2, 4, 1], activation="tanh")
    assert (time.perf_counter() - start) / 300 < 2e-3  # 0.1 ms on an idle machine


REFUSED = [
    (lambda: nn.MLP([2]), ("MLP, argument sizes", "[2]", "at least two")),
    (lambda: nn.MLP([2, 0, 1]), ("MLP, argument sizes", "[2, 0, 1]", "above 0")),
    (lambda: nn.MLP([2, 2.5, 1]), ("MLP, argument sizes", "2.5")),
    (lambda: nn.MLP(3), ("MLP, argument sizes", "3")),
    (lambda: nn.MLP([2, 4, 1], activation="rectifier"), ("argument activation", "'rectifier'", "relu", "sigmoid")),
    (lambda: nn.MLP([2, 4, 1], output_activation="softmx"), ("MLP, argument output_activation", "'softmx'", "softmax")),
    (lambda: nn.MLP([2, 4, 1], activation=3), ("MLP, argument activation", "3", "relu")),
    (lambda: nn.MLP([2, 4, 4, 1], activation=["tanh"]), ("1 activations for the 3 layers", "[2, 4, 4, 1]", "(2)")),
    (lambda: nn.MLP([2, 4, 1], activation=["tanh"] * 2, output_activation="tanh"), ("2 activations", "(1)", "(2)")),
    (lambda: nn.MLP([2, 4, 1], norm="group"), ("MLP, argument norm", "'group'", "batch, layer, None")),
    (lambda: nn.MLP([2, 4, 1], dropout=1.0), ("MLP, argument p", "1.0", "0 ≤ p < 1")),
    (lambda: nn.MLP([2, 4, 1], init="he"), ("MLP, argument init", "'he'", "he_normal", "lecun_normal")),
    (lambda: nn.MLP([2, 4, 1], init=-1.0), ("MLP, argument init", "-1.0")),
    (lambda: nn.MLP([2, 4, 1])(cr.zeros(5, 3)), ("Linear(in_features=2", "(5, 3)")),
]


@pytest.mark.article("S0-31", "W-23")
@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_refused_in_words(call, words):
    with pytest.raises(cr.ChainruleError) as error:
        call()
    for word in words:
        assert word in str(error.value)
