"""Pictures of a real run: from a Trainer, its History, its learning-rate tests."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, plots, train
from chainrule.errors import ArgumentError
from chainrule.train.trainer import Trainer


@pytest.fixture(scope="module")
def run():
    X, y = cr.data.clusters(60, noise=0.2, seed=42)
    cr.manual_seed(0)
    model = nn.MLP([2, 4, 1], activation="relu")
    trainer = Trainer(
        model,
        loss=nn.BCEWithLogitsLoss(),
        optimizer=optim.SGD(model.parameters(), lr=0.5),
        metrics=["accuracy"],
        seed=0,
    )
    trainer.fit((X, y), validation=0.25, epochs=20, batch_size=60, progress=False)
    return trainer, X, y


@pytest.mark.article("S1-22")
def test_the_history_of_a_fit(run):
    trainer, _, _ = run
    picture = plots.history(trainer.history, backend="plotly")
    traces = {trace["name"]: trace["y"] for trace in picture["data"]}
    assert traces["Training Loss"] == trainer.history["loss"]
    assert traces["Validation Loss"] == trainer.history["val_loss"]
    assert traces["Training Accuracy"] == trainer.history["accuracy"]
    assert traces["Validation Accuracy"] == trainer.history["val_accuracy"]
    assert "lr" not in picture["layout"]
    constant = next(values for name, values in traces.items() if name.startswith("Best constant"))
    assert constant[0] == pytest.approx(np.log(2), abs=0.05)
    assert picture["layout"]["shapes"][0]["x0"] == trainer.history.best_epoch
    assert plots.history(trainer, backend="plotly") == picture


@pytest.mark.article("W-17")
def test_trainer_module_and_callable_agree(run):
    trainer, X, y = run
    how = {"resolution": 40, "backend": "plotly"}
    picture = plots.decision_boundary(trainer, X, y, **how)
    assert picture == plots.decision_boundary(trainer.model, X, y, **how)
    assert picture == plots.decision_boundary(trainer.predict, X, y, threshold=0.0, **how)
    z = np.array(picture["data"][0]["z"])
    grid = np.stack(np.meshgrid(picture["data"][0]["x"], picture["data"][0]["y"]), axis=-1).reshape(-1, 2)
    np.testing.assert_array_equal(z.ravel(), trainer.predict_classes(grid).ravel())


def test_every_picture_of_a_trainer(run):
    trainer, X, y = run
    before = [parameter.numpy().copy() for parameter in trainer.model.parameters()]
    landscape = plots.landscape(trainer, X, y, resolution=3, backend="plotly")
    assert landscape["layout"]["title"]["text"].startswith("Loss around the weights: ")
    assert len(plots.weights(trainer, backend="plotly")["data"]) == 2
    assert len(plots.scales(trainer.model, X, backend="plotly")["data"]) == 2
    assert "h₄" in str(plots.diagram(trainer))
    assert len(plots.loss_floor(trainer.history, backend="plotly")["data"]) == 6
    right = plots.confusion(y, trainer.predict(X), threshold=0, backend="plotly")["layout"]["title"]["text"]
    assert right == f"Confusion matrix: {trainer.evaluate((X, y))['accuracy']:.2%} right"
    assert all((a == b.numpy()).all() for a, b in zip(before, trainer.model.parameters(), strict=True))


@pytest.mark.article("S0-25")
def test_a_sweep_of_learning_rates(run):
    trainer, X, y = run
    found = trainer.lr_sweep((X, y), rates=(0.5, 1e-6, 1e9), epochs=8, batch_size=60)
    picture = plots.learning_rates(found, backend="plotly")
    words = {"good": "good", "slow": "slow", "unstable": "unstable", "diverged": "diverged", "flat": "nothing learnt"}
    rates = ("0.5", "1e-06", "1e+09")
    for trace, rate, state, history in zip(picture["data"], rates, found.states, found.histories, strict=False):
        assert trace["name"] == f"lr {rate}: {words[state]}"
        assert [value for value in trace["y"] if value is not None] == [v for v in history["loss"] if np.isfinite(v)]
    assert picture["data"][3]["y"] == [found.initial, found.initial]
    json.dumps(picture, allow_nan=False)
    assert len(plots.learning_rates(found, lang="zh").axes[0].lines) == 4


@pytest.mark.filterwarnings("ignore:Trainer.lr_range_test")  # on purpose of a network that was trained
def test_a_range_test_of_learning_rates(run):
    trainer, X, y = run
    found = trainer.lr_range_test((X, y), low=1e-4, high=1e6, points=9, steps=5, repeats=2)
    picture = plots.learning_rates(found, backend="plotly")
    assert picture["layout"]["xaxis"]["type"] == "log"
    median = next(trace for trace in picture["data"] if trace.get("name") == "median")
    assert median["x"] == found.rates.tolist()
    assert [value is None for value in median["y"]] == (~np.isfinite(found.losses)).tolist()
    told = [shape["x0"] for shape in picture["layout"].get("shapes", [])]
    assert told == ([] if found.suggestion is None else [found.suggestion])
    assert len(plots.learning_rates(found).axes) == 1


def test_learning_rates_refuses():
    with pytest.raises(ArgumentError, match="learning_rates"):
        plots.learning_rates([0.1])


def test_the_layers_of_a_fit():
    X, y = cr.data.moons(80, noise=0.1, seed=0)
    cr.manual_seed(0)
    watched = train.Instruments()
    used = Trainer(nn.MLP([2, 6, 1]), nn.BCEWithLogitsLoss(), callbacks=[watched], seed=0)
    history = used.fit((X, y), epochs=20, progress=False)
    for run in (history, used, history.health):
        picture = plots.health(run, backend="plotly")
        lines = [trace for trace in picture["data"] if trace.get("name") == "layer 0"]
        assert lines[0]["y"] == history.health["activations"][:, 0].tolist()
        assert lines[0]["x"] == (history.health.steps + 1).tolist()
    with pytest.raises(ArgumentError, match=r"train\.Instruments"):
        plots.health({"loss": [1.0]})


def test_the_first_number_that_is_not_finite_is_marked():
    cr.manual_seed(0)
    net = nn.Linear(1, 1)
    often = train.Instruments(share=1.0)
    used = Trainer(net, nn.MSELoss(), optim.SGD(net.parameters(), lr=1e30), callbacks=[often], seed=0)
    history = used.fit(([[1.0]], [[2.0]]), epochs=30, progress=False)
    picture = plots.health(history, backend="plotly")
    assert "NaN or infinity seen at step 10, layer" in str(picture["layout"])
