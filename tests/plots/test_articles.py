"""The figures of the articles: their structure, their colours, their arrays."""

import json

import numpy as np
import pytest

from chainrule import plots

X = np.array([[1.1, 0.9], [-1.0, -1.2], [0.8, 1.3], [-0.7, -0.9]])
Y = np.array([[0.0], [1.0], [0.0], [1.0]])


def probability(rows):
    return 1 / (1 + np.exp(3 * rows.sum(axis=1, keepdims=True)))


@pytest.mark.article("S3-03")
def test_data_scatter():
    picture = plots.scatter(X, Y, title="合成分类数据", backend="plotly", lang="zh")
    first, second = picture["data"]
    assert first == {
        "type": "scatter",
        "mode": "markers",
        "x": [1.1, 0.8],
        "y": [0.9, 1.3],
        "name": "类别 0",
        "marker": {"color": "#fa5252", "size": 8},
    }
    assert second["name"] == "类别 1"
    assert second["marker"] == {"color": "#4c6ef5", "size": 8}
    assert picture["layout"] == {
        "title": {"text": "合成分类数据"},
        "xaxis": {"title": {"text": "特征 1"}},
        "yaxis": {"title": {"text": "特征 2"}},
        "width": 600,
        "height": 400,
        "showlegend": True,
        "plot_bgcolor": "#e9ecef",
    }


@pytest.mark.article("S3-12")
def test_loss_curve():
    losses = [0.6932, 0.1, 0.0023, 0.0001]
    picture = plots.loss_curve(losses, name="二元交叉熵损失", backend="plotly", lang="zh")
    assert picture["data"] == [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [0, 1, 2, 3],
            "y": losses,
            "name": "训练损失",
            "line": {"color": "#7048e8"},
        }
    ]
    layout = picture["layout"]
    assert layout["title"] == {"text": "训练损失随训练周期的变化"}
    assert layout["xaxis"]["title"] == {"text": "训练周期"}
    assert layout["yaxis"]["title"] == {"text": "二元交叉熵损失"}
    assert layout["yaxis"]["range"] == layout["yaxis_range"] == [0.0, 1.1 * 0.6932]
    assert (layout["width"], layout["height"], layout["showlegend"]) == (600, 400, False)


@pytest.mark.article("S3-12")
def test_a_long_run_stays_small_and_keeps_its_peaks():
    losses = np.full(1_000_000, 0.5)
    losses[[0, 123_456, 999_999]] = 1.0, 7.0, 0.25
    picture = plots.loss_curve(losses, backend="plotly")
    trace = picture["data"][0]
    assert len(json.dumps(picture)) < 1_000_000
    assert (trace["x"][0], trace["x"][-1], trace["y"][-1]) == (0, 999_999, 0.25)
    assert trace["y"][trace["x"].index(123_456)] == 7.0
    assert trace["x"] == sorted(trace["x"])


@pytest.mark.article("S3-15")
def test_boundary():
    picture = plots.decision_boundary(probability, X, Y, margin=0.5, resolution=300, backend="plotly", lang="zh")
    assert set(picture) == {"layout", "data"}
    contour, first, second = picture["data"]
    assert contour["type"] == "contour"
    assert contour["colorscale"] == [[0, "#ffc9c9"], [1, "#a5d8ff"]]
    assert (contour["opacity"], contour["showscale"], contour["name"]) == (0.4, False, "决策边界")
    assert (contour["x"][0], contour["x"][-1]) == (-1.5, 1.6)
    assert (contour["y"][0], contour["y"][-1]) == (-1.7, 1.8)
    assert np.shape(contour["z"]) == (300, 300)
    grid = np.stack(np.meshgrid(contour["x"], contour["y"]), axis=-1).reshape(-1, 2)
    np.testing.assert_array_equal(np.ravel(contour["z"]), (probability(grid) > 0.5).ravel().astype(int))
    assert (first["name"], first["marker"]) == ("类别 0", {"color": "#fa5252", "size": 8})
    assert (second["name"], second["marker"]) == ("类别 1", {"color": "#4c6ef5", "size": 8})
    assert (first["x"], second["y"]) == ([1.1, 0.8], [-1.2, -0.9])
    assert picture["layout"] == {
        "title": {"text": "决策边界"},
        "xaxis": {"title": {"text": "特征 1"}},
        "yaxis": {"title": {"text": "特征 2"}},
        "width": 600,
        "height": 450,
        "showlegend": True,
        "plot_bgcolor": "#e9ecef",
    }
    assert len(json.dumps(picture)) < 350_000


@pytest.mark.article("S3-03")
def test_a_large_scatter_says_that_it_is_thinned():
    rows = np.random.default_rng(0).normal(size=(100_000, 2))
    picture = plots.scatter(rows, rows[:, 0] > 0, backend="plotly")
    assert sum(len(trace["x"]) for trace in picture["data"]) <= 20_001
    assert [trace["name"] for trace in picture["data"]] == ["class 0 (1/5)", "class 1 (1/5)"]


@pytest.mark.article("S1-05")
def test_four_activations():
    figure = plots.activations(["sigmoid", "tanh", "relu", "leaky_relu"])
    x = np.linspace(-5, 5, 100)
    s = 1 / (1 + np.exp(-x))
    expected = {
        "Sigmoid": (s, s * (1 - s)),
        "Tanh": (np.tanh(x), 1 - np.tanh(x) ** 2),
        "ReLU": (np.maximum(0, x), x > 0),
        "Leaky ReLU": (np.where(x > 0, x, 0.01 * x), np.where(x > 0, 1, 0.01)),
    }
    assert [axes.get_title() for axes in figure.axes] == list(expected)
    for axes, (value, slope) in zip(figure.axes, expected.values(), strict=True):
        assert axes.get_subplotspec().get_gridspec().get_geometry() == (2, 2)
        assert axes.xaxis.get_gridlines()[0].get_visible()
        np.testing.assert_allclose(axes.lines[0].get_xydata(), np.stack([x, value], axis=1), atol=1e-12)
        np.testing.assert_allclose(axes.lines[1].get_xydata(), np.stack([x, slope], axis=1), atol=1e-12)
    assert tuple(figure.get_size_inches()) == (12, 8)


@pytest.mark.article("S1-22")
@pytest.mark.parametrize(
    ("lang", "names", "x", "y", "title"),
    [
        ("en", ["Training Loss", "Validation Loss"], "Epoch", "Loss", "Training History"),
        ("zh", ["训练损失", "验证损失"], "训练周期", "损失", "训练历史"),
    ],
)
def test_training_and_validation_loss(lang, names, x, y, title, chinese):
    losses, validation = [2.0, 1.0, 0.5, 0.4], [2.2, 1.3, 0.9, 1.0]
    figure = plots.history({"loss": losses, "val_loss": validation}, lang=lang)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()][:2] == names
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == (x, y, title)
    assert axes.lines[0].get_ydata().tolist() == losses
    assert axes.lines[1].get_ydata().tolist() == validation
    assert axes.lines[0].get_xdata().tolist() == [0, 1, 2, 3]
    assert tuple(figure.get_size_inches()) == (10, 5)


@pytest.mark.article("S1-23")
def test_boundary_with_matplotlib():
    figure = plots.decision_boundary(probability, X, Y, margin=1)
    (axes,) = figure.axes
    region = axes.images[0]
    assert region.get_alpha() == 0.4
    x, y = np.linspace(-2.0, 2.1, 200), np.linspace(-2.2, 2.3, 200)
    half = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    np.testing.assert_allclose(region.get_extent(), [-2 - half[0], 2.1 + half[0], -2.2 - half[1], 2.3 + half[1]])
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    np.testing.assert_array_equal(region.get_array(), (probability(grid) > 0.5).reshape(200, 200))
    assert region.origin == "lower"
    assert axes.get_xlim() == (-2.0, 2.1)
    assert axes.get_ylim() == (-2.2, 2.3)
    border, *classes = axes.collections
    np.testing.assert_array_equal(np.concatenate([points.get_offsets() for points in classes]), X[[0, 2, 1, 3]])
    assert {points.get_alpha() for points in classes} == {0.8}
    on_it = np.concatenate([path.vertices for path in border.get_paths()])
    np.testing.assert_allclose(probability(on_it), 0.5, atol=1e-3)
