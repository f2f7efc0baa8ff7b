"""One protocol for every network, and a grid that no range of data can blow up."""

import tracemalloc
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule import nn, plots
from chainrule.errors import ArgumentError, DataError, DtypeError, ShapeError
from chainrule.nn import functional

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([[0.0], [1.0], [1.0], [0.0]])


def tilted(rows):
    """A logit: above 0 right of the line x = 0.5."""
    return rows[:, :1] - 0.5


class Predictor:
    def __init__(self, function):
        self.predict = function


class Tilted(nn.Module):
    """The same as a Module; its mode and gradients must be left as they were."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)
        with cr.no_grad():
            self.layer.weight.copy_(cr.tensor([[1.0, 0.0]]))
            self.layer.bias.copy_(cr.tensor([-0.5]))

    def forward(self, x):
        assert not self.training
        return self.layer(x)


class Sigmoid(nn.Module):
    def forward(self, x):
        return x.sigmoid()


class Tail(Tilted):
    def __init__(self):
        super().__init__()
        self.tail = Sigmoid()

    def forward(self, x):
        return self.tail(super().forward(x))


def named(name, **attributes):
    return type(name, (), attributes)()


def z(network, rows=X, y=XOR, **how):
    picture = plots.decision_boundary(network, rows, y, resolution=5, margin=0, backend="plotly", **how)
    return np.array(picture["data"][0]["z"])


HALVES = np.tile([0, 0, 0, 1, 1], (5, 1))


@pytest.mark.article("W-17")
@pytest.mark.parametrize(
    ("network", "how"),
    [
        (lambda rows: tilted(rows) + 0.5, {}),  # a callable gives probabilities
        (lambda rows: (tilted(rows) + 0.5)[:, 0], {}),
        (lambda rows: (tilted(rows) + 0.5).tolist(), {}),
        (lambda rows: cr.tensor(tilted(rows) + 0.5), {}),
        (tilted, {"threshold": 0.0}),
        (Predictor(lambda rows: tilted(rows) + 0.5), {}),
        (Predictor(lambda rows: (rows[:, 0] > 0.5).astype(int)), {}),
        (Predictor(lambda rows: rows[:, 0] > 0.5), {}),
        (Tilted(), {}),  # a Module without a final sigmoid gives logits
        (Tail(), {}),
        (lambda rows: np.concatenate([-tilted(rows), tilted(rows)], axis=1), {}),
        (named("Trainer", loss=named("BCEWithLogitsLoss"), predict=staticmethod(tilted)), {}),
        (named("Trainer", loss=functional.binary_cross_entropy_with_logits, predict=staticmethod(tilted)), {}),
        (named("Trainer", loss=partial(functional.hinge_loss), predict=staticmethod(tilted)), {}),
        (named("Trainer", loss=named("BCELoss"), predict=staticmethod(lambda rows: tilted(rows) + 0.5)), {}),
        (named("Trainer", loss=named("MSELoss"), predict=staticmethod(lambda rows: tilted(rows) + 0.5)), {}),
    ],
)
def test_whatever_gives_outputs(network, how):
    np.testing.assert_array_equal(z(network, **how), HALVES)


@pytest.mark.article("W-17")
def test_a_module_is_left_as_it_was():
    network = Tilted()
    network.layer.weight.grad = cr.ones(1, 2)
    for mode in (True, False):
        network.train(mode)
        z(network)
        assert network.training is mode
        assert network.layer.weight.grad.numpy().tolist() == [[1.0, 1.0]]


def test_a_module_in_another_dtype():
    np.testing.assert_array_equal(z(Tilted().double()), HALVES)


@pytest.mark.parametrize(
    "y",
    [
        [0, 1, 1, 0],
        [False, True, True, False],
        [[0], [1], [1], [0]],
        [[1, 0], [0, 1], [0, 1], [1, 0]],
        [0.0, 0.85, 1.0, 0.0],
        ["no", "yes", "yes", "no"],
        [-1, 1, 1, -1],
        np.array([0, 1, 1, 0], ">i4"),
        [0, 0, 0, 0],
    ],
)
def test_labels_of_every_kind(y):
    picture = plots.decision_boundary(tilted, X, y, threshold=0.0, resolution=5, margin=0, backend="plotly")
    assert picture["data"][0]["z"] == HALVES.tolist()
    expected = [X, X[:0]] if not np.any(np.array(y) != np.array(y)[0]) else [X[[0, 3]], X[[1, 2]]]
    for trace, rows in zip(picture["data"][1:], expected, strict=True):
        assert trace["x"] == rows[:, 0].tolist()
        assert trace["y"] == rows[:, 1].tolist()


def test_labels_that_the_network_answers():
    shown = z(lambda rows: np.where(rows[:, 0] > 0.5, "yes", "no"), y=["no", "yes", "yes", "no"])
    np.testing.assert_array_equal(shown, HALVES)
    picture = plots.decision_boundary(lambda rows: np.full(len(rows), 30), X, [10, 20, 30, 10], backend="plotly")
    assert np.unique(picture["data"][0]["z"]).tolist() == [2]
    assert [trace["name"] for trace in picture["data"][1:]] == ["class 10", "class 20", "class 30"]


@pytest.mark.article("S1-23")
def test_many_classes_and_two_columns_of_more():
    rows = np.array([[0.0, 9.0, 0.0, 5.0], [1.0, 9.0, 2.0, 7.0], [2.0, 9.0, 4.0, 6.0]])
    asked = []

    def network(points):
        asked.append(points)
        return -np.abs(points[:, [2]] - np.array([0.0, 2.0, 4.0]))

    picture = plots.decision_boundary(
        network, rows, [0, 1, 2], columns=(2, 0), resolution=9, margin=0, names=["a", "b", "c"], backend="plotly"
    )
    heat = picture["data"][0]
    assert heat["type"] == "heatmap"
    np.testing.assert_array_equal(heat["z"], np.tile([0, 0, 0, 1, 1, 1, 1, 2, 2], (9, 1)))
    assert picture["data"][2]["marker"]["symbol"] == "square"
    points = np.concatenate(asked)
    assert set(points[:, 1]) == {9.0}
    assert set(points[:, 3]) == {6.0}  # their means
    assert (points[:, 2].max(), points[:, 0].max()) == (4.0, 2.0)
    layout = picture["layout"]
    assert (layout["xaxis"]["title"]["text"], layout["yaxis"]["title"]["text"]) == ("feature 3", "feature 1")


def test_borders_are_where_the_outputs_meet():
    def network(points):
        return -np.stack([(points[:, 0] - at) ** 2 for at in (0.0, 1.0, 4.0)], axis=1)

    figure = plots.decision_boundary(network, [[0.0, 0.0], [4.0, 1.0], [1.0, 0.5]], [0, 2, 1], resolution=200)
    borders = [lines for lines in figure.axes[0].collections if hasattr(lines, "levels")]
    found = sorted({round(float(x), 2) for lines in borders for path in lines.get_paths() for x in path.vertices[:, 0]})
    assert found == [0.5, 2.5]


@pytest.mark.article("W-16")
@pytest.mark.parametrize("reach", [1e-9, 1.0, 1e3, 1e12])
def test_the_grid_does_not_grow_with_the_data(reach):
    rows = np.array([[0.0, 0.0], [reach, -reach]])
    asked = []

    def network(points):
        asked.append(len(points))
        return np.zeros((len(points), 1))

    tracemalloc.start()
    try:
        picture = plots.decision_boundary(network, rows, [0, 1], resolution=300, backend="plotly")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(asked) == 300 * 300
    assert max(asked) <= 8_192
    assert peak < 40e6
    x = picture["data"][0]["x"]
    np.testing.assert_allclose([x[0], x[-1]], [-0.15 * reach, 1.15 * reach], rtol=1e-9)


@given(st.floats(-1e300, 1e300), st.integers(2, 300))
@pytest.mark.article("W-16")
def test_one_row_anywhere(place, resolution):
    picture = plots.decision_boundary(
        lambda rows: rows[:, :1], [[place, 1.0]], [0], resolution=resolution, backend="plotly"
    )
    x = picture["data"][0]["x"]
    assert len(x) == resolution
    assert x == sorted(x)
    assert x[0] < x[-1]
    assert x[0] <= place <= x[-1]


def test_what_the_user_gave_is_not_written_to():
    rows = X.copy()
    rows.flags.writeable = False
    plots.decision_boundary(tilted, np.asfortranarray(rows.astype(">f8")), XOR, resolution=5, backend="plotly")
    plots.decision_boundary(tilted, cr.tensor(rows), cr.tensor(XOR), resolution=5, backend="plotly")
    plots.decision_boundary(tilted, rows[::2, ::-1].tolist(), [0, 1], resolution=5, backend="plotly")


@pytest.mark.parametrize(
    ("error", "network", "rows", "y", "how"),
    [
        (ArgumentError, 3, X, XOR, {}),
        (ArgumentError, tilted, X, XOR, {"resolution": 301}),
        (ArgumentError, tilted, X, XOR, {"resolution": 1}),
        (ArgumentError, tilted, X, XOR, {"margin": -1}),
        (ArgumentError, tilted, X, XOR, {"margin": float("nan")}),
        (ArgumentError, tilted, X, XOR, {"columns": (0, 2)}),
        (ArgumentError, tilted, X, XOR, {"columns": (1, 1)}),
        (ArgumentError, tilted, X, XOR, {"names": ["one"]}),
        (ArgumentError, tilted, X, XOR, {"features": ["one"]}),
        (ShapeError, tilted, X[:, 0], XOR, {}),
        (ShapeError, tilted, X, XOR[:3], {}),
        (ShapeError, tilted, X, np.zeros((4, 1, 1)), {}),
        (ShapeError, lambda rows: 1.0, X, XOR, {}),
        (ShapeError, lambda rows: np.zeros(3), X, XOR, {}),
        (ShapeError, lambda rows: np.zeros((len(rows), 1, 1)), X, XOR, {}),
        (DataError, tilted, X[:0], XOR[:0], {}),
        (DataError, tilted, [[np.nan, 1.0]], [0], {}),
        (DataError, tilted, X, [0.0, 1.5, 0.0, 1.0], {}),
        (DataError, lambda rows: np.zeros((len(rows), 2)), X, [0, 1, 2, 3], {}),
        (DataError, lambda rows: np.full(len(rows), 7), X, [0, 1, 2, 0], {}),
        (DtypeError, tilted, [["a", "b"]], [0], {}),
    ],
)
def test_refusals(error, network, rows, y, how):
    with pytest.raises(error) as refusal:
        plots.decision_boundary(network, rows, y, backend="plotly", **how)
    assert "decision_boundary" in refusal.value.where
    assert "\n" in str(refusal.value)
