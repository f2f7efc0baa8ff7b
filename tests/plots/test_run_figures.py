"""Pictures of runs and of results: history, losses between their bounds, confusion, residuals, weights."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, plots
from chainrule.errors import ArgumentError, DataError, ShapeError
from tests.plots.figures import RUN, SOFT


class Record(dict):
    """Stands for a History: a mapping that knows its best epoch."""

    best_epoch = 2


class Holder:
    history = RUN


def names(picture):
    return [trace["name"] for trace in picture["data"] if trace.get("showlegend", True)]


def test_every_metric_has_a_panel():
    run = {"loss": [2.0, 1.0], "lr": [0.1, 0.1], "val_loss": [2.5, 1.5], "f1": [0.1, 0.2], "val_auc": [0.5, 0.6]}
    figure = plots.history(run)
    assert [axes.get_title() for axes in figure.axes] == ["Loss", "f1", "auc"]
    assert figure.axes[2].get_legend().get_texts()[0].get_text() == "Validation auc"
    assert figure.axes[2].lines[0].get_ydata().tolist() == [0.5, 0.6]
    assert figure.get_suptitle() == "Training History"


@pytest.mark.parametrize("run", [RUN, Holder(), {**RUN, "lr": [1.0, 1.0, 1.0]}])
def test_whatever_holds_a_run(run):
    picture = plots.history(run, show=["loss"], backend="plotly")
    assert picture["data"][0]["y"] == RUN["loss"]
    assert picture["data"][1]["y"] == RUN["val_loss"]


@pytest.mark.parametrize("losses", [[3.0, 2.0], np.array([[3.0], [2.0]]), cr.tensor([3.0, 2.0])])
def test_losses_alone(losses):
    assert plots.history(losses, backend="plotly")["data"][0]["y"] == [3.0, 2.0]


def test_the_best_epoch_is_marked():
    def marked(run):
        return [shape["x0"] for shape in plots.history(run, backend="plotly")["layout"].get("shapes", [])]

    assert marked({"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.0, 2.5]}) == [1.0]
    assert marked({"loss": [3.0, 2.0, 1.0], "val_loss": [math.nan, 2.0, 2.5]}) == [1.0]
    assert marked({"loss": [3.0, 2.0, 1.0]}) == []
    assert marked(Record(loss=[3.0, 2.0, 1.0], val_loss=[3.0, 2.0, 2.5])) == [2.0]
    assert marked({"loss": [1.0], "val_loss": [math.inf]}) == []


def test_floor_and_best_constant_are_levels():
    figure = plots.history([0.7, 0.2], floor=0.1057, best_constant=0.693)
    levels = [line for line in figure.axes[0].lines if line.get_label().startswith(("Floor", "Best constant"))]
    assert [line.get_ydata()[0] for line in levels] == [0.1057, 0.693]
    picture = plots.history([0.7, 0.2], floor=0.1057, best_constant=0.693, backend="plotly")
    assert names(picture) == ["Training Loss", "Floor: 0.1057", "Best constant: 0.693"]
    assert picture["data"][1]["x"] == [0.0, 1.0]


def test_a_log_axis():
    assert plots.history([0.7, 0.2], scale="log").axes[0].get_yscale() == "log"
    assert plots.history([0.7, 0.2], scale="log", backend="plotly")["layout"]["yaxis"]["type"] == "log"


def test_gaps_and_single_epochs():
    picture = plots.history([1.0, math.nan, math.inf, 0.5], backend="plotly")
    assert picture["data"][0]["y"] == [1.0, None, None, 0.5]
    assert plots.history([1.0], backend="plotly")["data"][0]["mode"] == "lines+markers"
    plots.history([1.0, math.nan, math.inf, 0.5])
    plots.loss_curve([math.nan])


@pytest.mark.parametrize(
    ("error", "run", "how"),
    [
        (DataError, [], {}),
        (DataError, {}, {}),
        (DataError, {"loss": []}, {}),
        (ShapeError, [[1.0, 2.0]], {}),
        (ArgumentError, RUN, {"show": ["f1"]}),
        (ArgumentError, RUN, {"show": []}),
        (ArgumentError, RUN, {"scale": "sqrt"}),
    ],
)
def test_history_refuses(error, run, how):
    with pytest.raises(error, match="history"):
        plots.history(run, **how)


def test_loss_curve_needs_a_loss():
    with pytest.raises(DataError, match="loss"):
        plots.loss_curve({"accuracy": [1.0]})


@pytest.mark.article("S2-14")
def test_a_loss_against_its_floor():
    losses = np.array([0.7, 0.3, 0.10872])
    picture = plots.loss_floor(losses, loss=nn.BCELoss(), targets=SOFT, backend="plotly")
    run, floor, constant, above = picture["data"]
    assert run["y"] == losses.tolist()
    np.testing.assert_allclose(floor["y"], 0.10567727, atol=1e-8)
    np.testing.assert_allclose(constant["y"], 0.69033204, atol=1e-8)
    np.testing.assert_allclose(above["y"], losses - 0.10567727, atol=1e-8)
    assert above["name"].startswith("Training Loss − floor: 0.00304")


def test_a_hair_below_the_floor_is_a_gap():
    picture = plots.loss_floor([1.0, -1e-18], loss=nn.MSELoss(), targets=[1.0, 2.0], backend="plotly")
    assert picture["data"][3]["y"] == [1.0, None]


@pytest.mark.article("S2-15")
def test_the_floor_of_the_other_targets():
    picture = plots.loss_floor([0.51934], loss=nn.BCELoss(), targets=[[0.96], [0.63], [0.75], [0.45]], backend="plotly")
    np.testing.assert_allclose(picture["data"][1]["y"], 0.519343, atol=1e-6)


def test_a_history_knows_its_yardsticks():
    run = Record(loss=[0.7, 0.2], val_loss=[0.8, 0.3])
    run.floor, run.best_constant, run.epoch = 0.1, 0.69, [5, 6]
    picture = plots.loss_floor(run, backend="plotly")
    assert [trace["y"] for trace in picture["data"][2:4]] == [[0.1, 0.1], [0.69, 0.69]]
    np.testing.assert_allclose(picture["data"][5]["y"], [0.7, 0.2])
    assert picture["data"][0]["x"] == [5.0, 6.0]
    assert names(plots.history(run, backend="plotly"))[2:] == ["Floor: 0.1", "Best constant: 0.69"]
    assert names(plots.history(run, floor=0.15, backend="plotly"))[2:] == ["Floor: 0.15", "Best constant: 0.69"]
    assert len(names(plots.history(run, yardsticks=False, backend="plotly"))) == 2
    run.floor, run.best_constant = 0.0, None
    assert len(names(plots.history(run, backend="plotly"))) == 2  # a floor of 0 says nothing


def test_loss_floor_refuses():
    with pytest.raises(ArgumentError, match="loss_floor"):
        plots.loss_floor([1.0])
    with pytest.raises(ArgumentError, match="loss_floor"):
        plots.loss_floor([1.0], loss=lambda y, t: 0, targets=[1.0])


@pytest.mark.parametrize("seed", range(3))
def test_confusion_counts_as_scikit_learn(seed):
    judge = pytest.importorskip("sklearn.metrics")
    stream = np.random.default_rng(seed)
    truth, answers = stream.integers(0, 4, 50), stream.normal(size=(50, 4))
    truth[:4] = range(4)
    expected = judge.confusion_matrix(truth, answers.argmax(axis=1))
    for given in (answers, answers.argmax(axis=1), cr.tensor(answers)):
        picture = plots.confusion(truth, given, backend="plotly")
        assert picture["data"][0]["text"] == [[str(count) for count in row] for row in expected]
        np.testing.assert_allclose(picture["data"][0]["z"], expected / expected.sum(axis=1, keepdims=True), rtol=1e-5)
    accuracy = (truth == answers.argmax(axis=1)).mean()
    assert picture["layout"]["title"]["text"] == f"Confusion matrix: {accuracy:.2%} right"


def test_confusion_of_two_classes():
    logits = np.array([[-3.0], [0.2], [2.0]])
    assert plots.confusion([[0], [1], [1]], logits, threshold=0, backend="plotly")["data"][0]["text"] == [
        ["1", "0"],
        ["0", "2"],
    ]
    assert plots.confusion([0, 1, 1], logits, backend="plotly")["data"][0]["text"] == [["1", "0"], ["1", "1"]]


def test_confusion_with_classes_seen_in_one_only():
    figure = plots.confusion(["a", "b"], ["a", "c"])
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["class a", "class b", "class c"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "0", "0", "0", "0", "1", "0", "0", "0"]


def test_many_classes_leave_out_the_numbers():
    assert "text" not in plots.confusion(range(30), range(30), backend="plotly")["data"][0]


@pytest.mark.parametrize(
    ("error", "truth", "answers", "how"),
    [
        (DataError, [], [], {}),
        (ShapeError, [0, 1], [0], {}),
        (ShapeError, [0, 1], [[0.5]], {}),
        (ArgumentError, [0, 1], [0, 1], {"names": ["a"]}),
        (DataError, [0, 5, 7], [[0.1, 0.9], [0.2, 0.8], [0.5, 0.5]], {}),
    ],
)
def test_confusion_refuses(error, truth, answers, how):
    with pytest.raises(error, match="confusion"):
        plots.confusion(truth, answers, **how)


def test_residuals():
    truth, answers = np.array([1.0, 2.0, 4.0]), np.array([[1.5], [2.0], [3.0]])
    figure = plots.residuals(truth, answers)
    against_true, against_predicted, spread = figure.axes
    np.testing.assert_array_equal(against_true.collections[0].get_offsets(), np.stack([truth, answers[:, 0]], axis=1))
    np.testing.assert_array_equal(against_predicted.collections[0].get_offsets(), [[1.5, -0.5], [2.0, 0.0], [3.0, 1.0]])
    assert sum(bar.get_height() for bar in spread.patches) == 3
    assert spread.get_legend().get_texts()[0].get_text() == "Mean: 0.167"


@pytest.mark.parametrize(
    ("error", "truth", "answers"),
    [
        (ShapeError, [1.0, 2.0], [1.0]),
        (ShapeError, [[1.0, 2.0]], [[1.0, 2.0]]),
        (DataError, [], []),
        (DataError, [1.0], [math.nan]),
    ],
)
def test_residuals_refuses(error, truth, answers):
    with pytest.raises(error, match="residuals"):
        plots.residuals(truth, answers)


def test_weights_are_counted():
    layer = nn.Linear(30, 20)
    values = layer.weight.numpy()
    picture = plots.weights(layer, backend="plotly")
    (bars,) = picture["data"]
    counts, edges = np.histogram(values, bins=len(bars["x"]))
    assert bars["y"] == counts.tolist()
    np.testing.assert_allclose(bars["x"], (edges[1:] + edges[:-1]) / 2, rtol=1e-6)
    assert len(plots.weights(layer, biases=True, backend="plotly")["data"]) == 2
    assert plots.weights(layer).axes[0].get_title() == "weight  20 × 30"
    assert plots.weights(layer).axes[0].get_xlabel() == f"value (standard deviation {values.std(dtype=float):.3g})"


def test_weights_as_a_map():
    layer = nn.Linear(3, 2)
    image = plots.weights(layer, kind="heatmap").axes[0].images[0]
    np.testing.assert_allclose(image.get_array(), layer.weight.numpy())
    assert image.get_clim() == (-image.get_clim()[1], image.get_clim()[1])


def test_a_large_map_shows_the_largest_of_every_block():
    table = np.zeros((250, 1000))
    table[249, 999], table[0, 0] = -7.0, 3.0
    picture = plots.weights({"w": table}, kind="heatmap", backend="plotly")
    z = np.array(picture["data"][0]["z"])
    assert z.shape == (100, 100)
    assert (z[-1, -1], z[0, 0], np.abs(z).sum()) == (-7.0, 3.0, 10.0)
    assert picture["layout"]["yaxis"]["showticklabels"] is False


def test_gradients_and_what_has_a_model():
    class Holder:
        model = nn.Linear(2, 1)

    with pytest.raises(DataError, match="gradients"):
        plots.weights(Holder(), what="gradients")
    Holder.model(cr.ones(1, 2)).sum().backward()
    image = plots.weights(Holder(), what="gradients", kind="heatmap").axes[0].images[0]
    assert image.get_array().tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("error", "network", "how"),
    [
        (ArgumentError, 3, {}),
        (ArgumentError, {"w": np.eye(2)}, {"kind": "pie"}),
        (ArgumentError, {"w": np.eye(2)}, {"what": "biases"}),
        (DataError, {}, {}),
        (DataError, {"b": np.ones(3)}, {}),
    ],
)
def test_weights_refuses(error, network, how):
    with pytest.raises(error, match="weights"):
        plots.weights(network, **how)
