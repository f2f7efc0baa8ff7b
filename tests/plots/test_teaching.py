"""The pictures of ideas: slopes that vanish, scales by depth, descent, landscapes, diagrams, flow."""

import base64
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, plots
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.nn import functional
from chainrule.plots._activations import TITLES
from chainrule.plots._signals import through_inits, through_network


@pytest.mark.article("S0-09")
def test_the_slope_of_the_sigmoid():
    value, slope, factor = plots.sigmoid_slope(depth=5).axes
    z, y = value.lines[0].get_xydata().T
    assert (z[0], z[-1]) == (-10, 10)
    np.testing.assert_allclose(y, 1 / (1 + np.exp(-z)), atol=1e-15)
    assert y.min() > 0  # never below 0: not zero-centred
    _, steepness = slope.lines[0].get_xydata().T
    assert steepness.max() == 0.25
    assert steepness[z == 0] == 0.25
    assert steepness[0] == pytest.approx(4.54e-5, rel=1e-3)
    assert steepness[-1] == pytest.approx(4.54e-5, rel=1e-3)
    assert [text.get_text() for text in slope.texts] == ["4.54e-05", "0.25", "4.54e-05"]
    np.testing.assert_allclose(factor.lines[0].get_ydata(), 0.25 ** np.arange(1, 6))


@pytest.mark.article("S0-09")
def test_inputs_that_are_all_positive_zig_zag():
    picture = plots.zigzag(backend="plotly")
    found = [re.search(r"(\d+)% same sign, way × ([\d.]+)", note["text"]) for note in picture["layout"]["annotations"]]
    (sigmoid_sign, sigmoid_way), (tanh_sign, tanh_way) = [(float(hit[1]), float(hit[2])) for hit in found]
    assert sigmoid_sign == 100
    assert 30 < tanh_sign < 70
    assert sigmoid_way > tanh_way
    walk = np.stack([picture["data"][1]["x"], picture["data"][1]["y"]], axis=1)
    moves = np.diff(walk, axis=0)
    assert (moves[:, 0] * moves[:, 1] > 0).all()
    length = np.linalg.norm(moves, axis=1).sum() / np.linalg.norm(walk[-1] - walk[0])
    assert f"{length:.1f}" == f"{sigmoid_way:.1f}"


@pytest.mark.article("S0-22")
def test_squared_error_and_cross_entropy_on_a_saturated_sigmoid():
    losses, slopes, sizes = plots.saturation().axes
    z, squared = slopes.lines[0].get_xydata().T
    _, crossed = slopes.lines[1].get_xydata().T
    assert z[0] == -10
    assert squared[0] == pytest.approx(-9.1e-5, rel=5e-3)
    assert crossed[0] == pytest.approx(-0.99995, abs=5e-6)
    p = 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(squared, 2 * (p - 1) * p * (1 - p), atol=1e-15)
    np.testing.assert_allclose(crossed, p - 1, atol=1e-15)
    np.testing.assert_allclose(losses.lines[0].get_ydata(), (p - 1) ** 2, atol=1e-15)
    np.testing.assert_allclose(losses.lines[1].get_ydata(), -np.log(p), atol=1e-13)
    assert sizes.get_yscale() == "log"
    np.testing.assert_array_equal(sizes.lines[0].get_ydata(), np.abs(squared))


@pytest.mark.article("S0-15")
@pytest.mark.parametrize("depth", [3, 5, 10])
def test_activations_and_gradients_by_depth(depth):
    figure = plots.scales(depth=depth, activation="tanh")
    activations, gradients = figure.axes
    names = [line.get_label() for line in activations.lines]
    assert len(names) >= 4
    assert names[0].startswith("N(0, 0.01²): vanishes")
    assert [name for name in names[1:] if "vanishes" in name and "LeCun" in name] == []
    for axes in (activations, gradients):
        assert axes.get_yscale() == "log"
        assert all(line.get_xdata().tolist() == list(range(1, depth + 1)) for line in axes.lines)
    assert np.ptp([line.get_ydata()[-1] for line in gradients.lines]) < 0.01  # all start alike at the end
    assert gradients.lines[0].get_ydata()[0] < 1e-1 ** (depth - 1) * gradients.lines[0].get_ydata()[-1] * 1.5


@pytest.mark.article("S0-15")
def test_scales_are_those_of_a_computation_by_hand():
    n, rows = 6, 5
    found = through_inits(2, n, lambda z: z.tanh(), rows, seed=3)["N(0, 1)"]
    draws = np.random.Generator(np.random.Philox(key=np.array([3, 0], np.uint64)))
    x, direction = draws.normal(size=(rows, n)), draws.normal(size=(rows, n)) / rows
    w1, w2 = draws.normal(size=(n, n)), draws.normal(size=(n, n))
    a1 = np.tanh(x @ w1)
    a2 = np.tanh(a1 @ w2)
    d1 = (direction * (1 - a2**2)) @ w2.T
    np.testing.assert_allclose(found.activations, [np.sqrt((a**2).mean()) for a in (a1, a2)])
    np.testing.assert_allclose(found.gradients, [np.sqrt((d**2).mean()) for d in (d1, direction)])


def test_few_layers_are_never_at_fault():
    assert all(signals.fault is None for signals in through_inits(2, 16, lambda z: z, 10, seed=0).values())


class Chain(nn.Module):
    def __init__(self, scale, bad=False):
        super().__init__()
        self.layers = [nn.Linear(8, 8) for _ in range(4)]
        for place, layer in enumerate(self.layers):
            self.add_module(f"l{place}", layer)
            with cr.no_grad():
                layer.weight.mul_(scale)
                layer.bias.zero_()

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def test_scales_of_networks_leave_them_alone():
    x = np.random.default_rng(0).normal(size=(20, 8))
    network = Chain(1.0)
    network.l0.weight.grad = cr.ones(8, 8)
    before = [parameter.numpy().copy() for parameter in network.parameters()]
    found = through_network(network, x, seed=0)
    assert found.activations.shape == found.gradients.shape == (4,)
    h = x.astype(np.float32) @ before[0].T + before[1]
    assert found.activations[0] == pytest.approx(np.sqrt((h**2).mean()), rel=1e-5)
    assert network.l0.weight.grad.numpy().sum() == 64
    assert network.l1.weight.grad is None
    assert network.training
    assert all((a == b.numpy()).all() for a, b in zip(before, network.parameters(), strict=True))
    assert not network.l0._after
    picture = plots.scales({"small": Chain(0.05), "large": Chain(8.0)}, x, backend="plotly")
    assert [trace["name"].split(",")[0] for trace in picture["data"][:2]] == ["small: vanishes", "large: explodes"]


@pytest.mark.parametrize(
    ("error", "networks", "rows", "how"),
    [
        (ArgumentError, None, None, {"depth": 1}),
        (ArgumentError, None, None, {"width": 0}),
        (ArgumentError, None, None, {"activation": "softmax"}),
        (ArgumentError, 3, [[1.0]], {}),
        (DataError, Chain(1.0), None, {}),
        (DataError, nn.Module(), [[1.0]], {}),
        (DataError, {}, [[1.0]], {}),
    ],
)
def test_scales_refuses(error, networks, rows, how):
    if isinstance(networks, nn.Module) and not list(networks.parameters()):
        networks.forward = lambda x: x * 1.0
    with pytest.raises(error, match="scales"):
        plots.scales(networks, rows, **how)


def test_every_activation_has_its_title():
    """What takes one tensor and works element by element on it is an activation; softmaxes are not."""
    x = cr.tensor([[-1.0, 0.5], [2.0, 3.0]])
    found = set()
    for name in functional.__all__:
        try:
            y = getattr(functional, name)(x)
        except (TypeError, ValueError):  # needs more than one tensor, or other numbers
            continue
        alone = getattr(functional, name)(x[:, :1]) if "dropout" not in name else None
        if alone is not None and cr.allclose(y[:, :1], alone):
            found.add(name)
    assert found == set(TITLES)
    assert all(plots.activations([name], backend="plotly")["layout"]["title"] for name in TITLES)


def test_activations_of_ones_own():
    figure = plots.activations([lambda z: z * z, cr.tanh], x_range=(-1, 1), points=5)
    assert figure.axes[0].get_title() == "<lambda>"
    np.testing.assert_allclose(figure.axes[0].lines[1].get_ydata(), [-2, -1, 0, 1, 2])
    assert len(plots.activations(["relu"], derivatives=False, backend="plotly")["data"]) == 1


@pytest.mark.parametrize(
    ("error", "names", "how"),
    [
        (ArgumentError, ["no_such"], {}),
        (ArgumentError, "relu", {}),
        (ArgumentError, [], {}),
        (ArgumentError, ["relu"], {"x_range": (1, 1)}),
        (ArgumentError, ["relu"], {"x_range": (0, float("inf"))}),
        (ArgumentError, ["relu"], {"points": 1}),
        (ShapeError, [lambda z: z.sum()], {}),
        (ShapeError, [lambda z: 1.0], {}),
    ],
)
def test_activations_refuses(error, names, how):
    with pytest.raises(error, match="activations"):
        plots.activations(names, **how)


@pytest.mark.article("S2-03")
def test_descent_on_a_curve():
    figure = plots.descent(lambda x: x**2, 4.0, lr=0.25, steps=4)
    curve, path = figure.axes[0].lines
    x, y = curve.get_xydata().T
    np.testing.assert_allclose(y, x**2, atol=1e-12)
    np.testing.assert_allclose(path.get_xydata(), [[4, 16], [2, 4], [1, 1], [0.5, 0.25], [0.25, 0.0625]])
    assert figure.axes[0].get_title() == "Gradient descent: learning rate 0.25, 4 steps, ends at 0.0625"


@pytest.mark.article("S2-03")
def test_descent_on_a_landscape():
    picture = plots.descent(lambda x, y: x**2 + 4 * y**2, (4.0, 2.0), lr=0.2, steps=2, backend="plotly")
    ground, path, start, end = picture["data"]
    np.testing.assert_allclose(path["x"], [4, 4 * 0.6, 4 * 0.36])
    np.testing.assert_allclose(path["y"], [2, -1.2, 0.72])
    assert (start["x"], end["y"]) == ([4.0], [path["y"][-1]])
    levels = [float(text) for text in ground["colorbar"]["ticktext"]]
    x, y, z = np.array(ground["x"]), np.array(ground["y"]), np.array(ground["z"])
    heights = x**2 + 4 * y[:, np.newaxis] ** 2
    assert np.corrcoef(np.sqrt(heights).ravel(), z.ravel())[0, 1] > 0.99
    assert levels == sorted(levels)
    assert levels[-1] == pytest.approx(heights.max(), rel=0.01)


def test_descent_that_runs_away_ends_early():
    picture = plots.descent(lambda x: x**4, 3.0, lr=1.0, steps=50, backend="plotly")
    assert len(picture["data"][1]["x"]) < 10
    assert np.isfinite(picture["layout"]["xaxis"]["range"]).all()
    assert picture["layout"]["xaxis"]["range"][1] < 20


def test_descent_of_a_function_that_is_not_element_by_element():
    def norm(x, y):
        return (cr.stack([x, y]) ** 2).sum()

    picture = plots.descent(norm, (1.0, 1.0), steps=2, backend="plotly")
    assert np.shape(picture["data"][0]["z"]) == (120, 120)


@pytest.mark.parametrize(
    ("function", "start", "how"),
    [
        (lambda x: x**2, (1.0, 2.0, 3.0), {}),
        (lambda x: x**2, float("nan"), {}),
        (lambda x: x.log(), -1.0, {}),
        (lambda x: 3.0, 1.0, {}),
        (lambda x: x**2, 1.0, {"steps": 0}),
        (lambda x: x**2, 1.0, {"lr": float("inf")}),
        (lambda x: x**2, 1.0, {"x_range": (2, 1)}),
    ],
)
def test_descent_refuses(function, start, how):
    with pytest.raises(ArgumentError, match="descent"):
        plots.descent(function, start, **how)


@pytest.mark.article("S2-03")
def test_a_film_of_descent(tmp_path):
    image = pytest.importorskip("PIL.Image")
    path = plots.descent_animation(tmp_path / "bowl.gif", lambda x, y: x**2 + y**2, (2.0, 1.0), steps=3, seconds=2)
    with image.open(path) as film:
        assert film.n_frames == 4
        assert film.info["duration"] == pytest.approx(500, abs=10)
        first = film.convert("RGB").tobytes()
        film.seek(3)
        assert film.convert("RGB").tobytes() != first


@pytest.mark.article("S2-03")
def test_a_page_of_descent_needs_no_network(tmp_path):
    path = plots.descent_animation(str(tmp_path / "bowl.html"), lambda x: x**2, 2.0, steps=3, lang="zh")
    page = path.read_text(encoding="utf-8")
    frames = re.findall(r'"data:image/png;base64,([^"]+)"', page)
    assert len({base64.b64decode(frame) for frame in frames}) == 4
    assert "播放" in page
    assert "http" not in re.sub(r'"data:[^"]*"', "", page)
    assert "@" not in re.sub(r'"data:[^"]*"', "", page)


@pytest.mark.parametrize("how", [{"path": "a.mp4"}, {"seconds": 0}, {"lang": "fr"}, {"steps": 0}])
def test_films_refuse(how, tmp_path):
    with pytest.raises(ArgumentError, match="descent_animation"):
        plots.descent_animation(tmp_path / how.pop("path", "a.gif"), lambda x: x**2, 1.0, **how)


def mse(outputs, targets):
    return ((outputs - targets) ** 2).mean()


@pytest.mark.article("S2-17")
def test_the_landscape_around_the_weights():
    cr.manual_seed(1)
    layer = nn.Linear(2, 1)
    before = {name: value.numpy().copy() for name, value in layer.named_parameters()}
    X, y = np.random.default_rng(0).normal(size=(10, 2)), np.random.default_rng(1).normal(size=(10, 1))
    figure = plots.landscape(layer, X, y, loss=mse, resolution=5, reach=0.5, seed=4)
    assert all((before[name] == value.numpy()).all() for name, value in layer.named_parameters())
    assert layer.training
    weight, bias = before["weight"].astype(float), before["bias"].astype(float)
    here = ((X @ weight.T + bias - y) ** 2).mean()
    assert figure.axes[0].get_title() == f"Loss around the weights: {here:.4g} at the star"

    directions = []
    for stream in (0, 1):
        draw = np.random.Generator(np.random.Philox(key=np.array([4, stream], np.uint64))).normal(size=(1, 2))
        directions.append(draw / np.linalg.norm(draw) * np.linalg.norm(weight))
    steps = np.linspace(-0.5, 0.5, 5)
    expected = [
        [((X @ (weight + a * directions[0] + b * directions[1]).T + bias - y) ** 2).mean() for a in steps]
        for b in steps
    ]
    from chainrule.plots._landscape import _heights

    np.testing.assert_allclose(_heights(layer, mse, X, y, steps, 4), expected, rtol=1e-5)


@pytest.mark.article("S2-17")
def test_a_landscape_shows_a_local_minimum():
    picture = plots.descent(lambda x: x**4 / 4 - x**2 + 0.3 * x, 2.0, x_range=(-2, 2), backend="plotly")
    x, y = np.array(picture["data"][0]["x"]), np.array(picture["data"][0]["y"])
    end = picture["data"][1]["y"][-1]
    assert picture["data"][1]["x"][-1] > 0 > x[y.argmin()]  # it stays in the nearer, higher valley
    assert end > y.min() + 0.5


class Broken(nn.Linear):
    def forward(self, x):
        raise RuntimeError("no")


def test_a_landscape_that_breaks_off_gives_the_weights_back():
    layer = Broken(2, 1)
    before = layer.weight.numpy().copy()
    with pytest.raises(RuntimeError):
        plots.landscape(layer, [[1.0, 2.0]], [[1.0]], loss=mse)
    assert (layer.weight.numpy() == before).all()
    assert layer.training


@pytest.mark.parametrize(
    ("network", "how"),
    [
        (3, {"loss": mse}),
        (nn.Linear(1, 1), {}),
        (nn.Linear(1, 1), {"loss": mse, "resolution": 102}),
        (nn.Linear(1, 1), {"loss": mse, "reach": 0.0}),
    ],
)
def test_landscape_refuses(network, how):
    with pytest.raises(ArgumentError, match="landscape"):
        plots.landscape(network, [[1.0]], [[1.0]], **how)


@pytest.mark.article("S1-03")
def test_a_diagram_as_text():
    assert str(plots.diagram([3, 3, 2], lang="en")).splitlines() == [
        "input layer → hidden layer → output layer",
        "     ↓             ↓              ↓",
        "    x₁             h₁             y₁",
        "    x₂      →      h₂      →      y₂",
        "    x₃             h₃",
    ]
    assert str(plots.diagram([3, 3, 2], lang="zh")).splitlines()[0] == "输入层 → 隐藏层 → 输出层"
    assert "h⁽¹⁾₂" in str(plots.diagram([2, 2, 2, 1]))


@pytest.mark.article("S1-03")
def test_a_diagram_as_svg():
    root = ET.fromstring(plots.diagram([3, 3, 2]).svg)  # noqa: S314  # our own file
    space = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{space}circle")) == 8
    assert len(root.findall(f"{space}line")) == 3 * 3 + 3 * 2
    assert root.find(f"{space}title").text == "Network with layers of 3-3-2"


def test_wide_layers_are_shortened():
    sketch = plots.diagram([784, 1])
    assert "x₇₈₄" in str(sketch)
    assert "⋮" in str(sketch)
    assert sketch.svg.count("<circle") == 8


class Pair(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        for place, layer in enumerate(layers):
            self.add_module(str(place), layer)


@pytest.mark.article("S1-03")
def test_a_diagram_of_a_network():
    class ReLU(nn.Module):
        pass

    assert str(plots.diagram(Pair(nn.Linear(3, 3), ReLU(), nn.Linear(3, 2)))) == str(plots.diagram([3, 3, 2]))
    assert "ReLU" in plots.diagram(Pair(nn.Linear(3, 3), ReLU(), nn.Linear(3, 2))).svg
    broken = str(plots.diagram(Pair(nn.Linear(3, 3), nn.Linear(2, 2))))  # no chain: a row of boxes
    assert broken.count("Linear") == 2
    assert "↓" in broken


@pytest.mark.parametrize("sizes", [[3], [], [3, 0], [2.5, 1], 7, "ab", ["a", "b"]])
def test_diagram_refuses(sizes):
    with pytest.raises(ArgumentError, match="diagram"):
        plots.diagram(sizes)


@pytest.mark.article("S1-01")
def test_the_living_neuron_and_the_artificial_one():
    rows = [re.split(r"\s{2,}", line) for line in str(plots.neuron(lang="zh")).splitlines()]
    assert [row[:2] for row in rows[1:]] == [
        ["树突", "接收信号"],
        ["细胞体", "处理信号"],
        ["轴突", "传递信号"],
        ["突触", "连接点"],
    ]
    assert [row[2] for row in rows[1:]] == ["x₁, x₂, x₃", "a = σ(Σ wᵢ xᵢ + b)", "a", "w₁, w₂, w₃"]
    svg = plots.neuron(lang="en").svg
    assert all(word in svg for word in ("dendrite", "cell body", "axon", "synapse", "inputs", "weights", "output"))


@pytest.mark.article("S2-02")
def test_the_flow_through_the_layers():
    text = str(plots.flow((2, 4, 1)))
    rows = [re.split(r"\s{2,}", line)[:2] for line in text.splitlines()[1:]]
    assert rows == [
        ["X", "(n, 2)"],
        ["z₁ = X W₁ + b₁", "(n, 4)"],
        ["a₁ = σ(z₁)", "(n, 4)"],
        ["z₂ = a₁ W₂ + b₂", "(n, 1)"],
        ["a₂ = σ(z₂)", "(n, 1)"],
        ["L(a₂, Y)", "()"],
    ]
    assert "∂L/∂W₂ = a₁ᵀ ∂L/∂z₂" in text
    assert "a₂ = tanh(z₂)" in str(plots.flow((2, 4, 1), activation=["relu", "tanh"]))
    assert "a₁ = z₁" in str(plots.flow((2, 1), activation="none"))


@pytest.mark.parametrize(("sizes", "how"), [((2,), {}), ((2, 0), {}), ((2, 3, 1), {"activation": ["relu"]})])
def test_flow_refuses(sizes, how):
    with pytest.raises(ArgumentError, match="flow"):
        plots.flow(sizes, **how)


def test_pictures_do_not_touch_the_gradients_in_force():
    with cr.no_grad():
        plots.activations(["relu"]).savefig(io.BytesIO())
        assert not cr.is_grad_enabled()
