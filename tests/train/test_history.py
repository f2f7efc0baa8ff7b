"""What a History remembers, and how it reads."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train
from chainrule.train.plain import duration, plain, table


def made(rows, **names):
    history = train.History()
    for epoch in range(rows):
        history.add(epoch, {name: values(epoch) for name, values in names.items()})
    return history


def test_it_reads_like_keras_history():
    history = made(3, loss=lambda e: 3.0 - e, accuracy=lambda e: e / 2)
    assert history["loss"] == [3, 2, 1] == history.history["loss"]
    assert history.epoch == [0, 1, 2]
    assert (len(history), list(history), "loss" in history) == (3, ["loss", "accuracy"], True)
    assert history.last == {"loss": 1, "accuracy": 1}
    assert history.keys() == ["loss", "accuracy"]
    with pytest.raises(cr.ArgumentError, match="loss, accuracy"):
        history["val_loss"]


def test_a_name_that_comes_late_has_nan_before():
    history = made(2, loss=float)
    history.add(2, {"loss": 2.0, "val_loss": 1.0})
    history.add(3, {"loss": 3.0})
    np.testing.assert_array_equal(history["val_loss"], [np.nan, np.nan, 1, np.nan])


def test_epochs_that_come_in_blocks_become_lists_when_somebody_looks():
    history = made(1, loss=lambda e: 9.0)
    history.extend(1, 2, {"loss": np.array([8.0, 7.0]), "lr": np.array([0.1, 0.2])})
    assert (len(history), history.last_epoch, history.keys(), "lr" in history) == (3, 2, ["loss", "lr"], True)
    assert history.last == {"loss": 7, "lr": 0.2}
    np.testing.assert_array_equal(history["lr"], [np.nan, 0.1, 0.2])
    history.extend(3, 1, {"loss": np.array([6.0]), "lr": np.array([0.3])})
    assert history["loss"] == [9, 8, 7, 6]
    np.testing.assert_array_equal(history["lr"], [np.nan, 0.1, 0.2, 0.3])
    history.extend(4, 1, {"loss": np.array([5.0])})
    history.add(5, {"val_loss": 1.0})
    assert history.epoch == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(history["loss"], [9, 8, 7, 6, 5, np.nan])
    np.testing.assert_array_equal(history["lr"], [np.nan, 0.1, 0.2, 0.3, np.nan, np.nan])
    np.testing.assert_array_equal(history["val_loss"], [np.nan] * 5 + [1])
    assert {len(numbers) for numbers in history.history.values()} == {6}


def test_the_best_epoch():
    assert train.History().best_epoch is None
    assert train.History().best == train.History().last == {}
    assert made(4, loss=lambda e: [3, 1, 1, 2][e]).best_epoch == 1
    history = made(4, loss=lambda e: -e, val_loss=lambda e: [np.nan, 2, 1, 3][e])
    assert history.best_epoch == 2
    assert history.best == {"loss": -2, "val_loss": 1}
    history.watch("loss", "max")
    assert history.best_epoch == 0
    history.watch("loss", "min", 1)
    assert history.best_epoch == 1
    assert made(2, loss=lambda e: np.nan).best_epoch is None


def test_to_frame(monkeypatch):
    history = made(2, loss=float)
    frame = pytest.importorskip("pandas") and history.to_frame()
    assert frame.index.tolist() == [0, 1]
    assert frame["loss"].tolist() == [0, 1]
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    assert history.to_frame() == {"epoch": [0, 1], "loss": [0, 1]}


@pytest.mark.article("S1-11")
def test_one_entry_an_epoch():
    X, y = cr.data.xor()
    model = nn.MLP([2, 4, 1], activation="sigmoid", output_activation="sigmoid", init=0.01)
    trainer = cr.Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.5), seed=0)
    history = trainer.fit((X, y), epochs=5_000, batch_size=4, progress=False)
    assert len(history["loss"]) == len(history["lr"]) == 5_000


def test_a_long_history_prints_few_lines_and_the_best_row():
    history = made(2_000, loss=lambda e: abs(e - 777) / 1000 + 1e-4)
    lines = repr(history).splitlines()
    assert len(lines) < 20
    assert [line.split()[0] for line in lines[2:14]].count("777*") == 1
    assert {"0", "1999"} <= {line.split()[0] for line in lines}
    assert str(history) == repr(history)
    assert repr(train.History()) == "no epoch yet"


@pytest.mark.article("S2-16")
def test_numbers_are_never_scientific_and_numpy_is_left_alone():
    options = np.get_printoptions()
    history = made(4, loss=lambda e: 10.0 ** -(2 * e), score=lambda e: 1234567.891 * 10**e)
    assert "e-" not in repr(history)
    assert "e+" not in repr(history)
    assert (plain(1.078e-4), plain(0.5), plain(1e-30), plain(float("nan"))) == ("0.0001078", "0.5000", "0.0000", "nan")
    assert plain(-0.00002) == "-0.00002000"
    assert plain(123456789.0) == "123456789.0000"
    assert np.get_printoptions() == options


def test_the_columns_are_straight_in_chinese_too():
    wide = lambda line: sum(2 if ord(letter) > 0x2E80 else 1 for letter in line)
    assert len({wide(line) for line in table([["周期", "loss"], ["10", "0.5"], ["9", "12.25"]])}) == 1
    with cr.settings(lang="zh"):
        text = repr(made(3, loss=float))
    assert "最佳周期" in text
    assert len({wide(line) for line in text.splitlines()[1:5]}) == 1


def test_it_names_its_yardsticks_and_how_it_ended():
    X, soft = cr.data.xor()[0], np.array([[0.0], [0.85], [1.0], [0.0]])
    trainer = cr.Trainer(nn.MLP([2, 4, 1]), nn.BCEWithLogitsLoss(), seed=0, dtype="float64")
    history = trainer.fit((X, soft), epochs=2, progress=False)
    assert history.floor == pytest.approx(0.105677, abs=1e-6)
    assert history.best_constant == pytest.approx(0.690332, abs=1e-6)
    assert "0.1057" in repr(history)
    own = cr.Trainer(nn.MLP([2, 4, 1]), lambda a, b: ((a - b) ** 2).mean(), seed=0)
    assert own.fit((X, soft), progress=False).floor is None
    history.interrupted, history.stopped = True, "because <b>"
    assert "interrupted" in repr(history)
    assert "because <b>" in repr(history)
    html = history._repr_html_()
    assert "<table>" in html
    assert "because &lt;b&gt;" in html
    assert "script" not in html
    assert "no epoch" in train.History()._repr_html_()


@pytest.mark.article("W-06")
def test_the_loss_is_the_objective_and_other_metrics_have_their_own_names():
    X, y = cr.data.xor()
    model = nn.MLP([2, 4, 1])
    trainer = cr.Trainer(model, nn.BCEWithLogitsLoss(), metrics=["accuracy", "log_loss"], seed=0)
    trainer.optimizer.param_groups[0]["lr"] = 0.0
    history = trainer.fit((X, y), batch_size=4, progress=False)
    with cr.no_grad():
        loss = nn.BCEWithLogitsLoss()(model(cr.tensor(X)), cr.tensor(y)).item()
    assert history["loss"][0] == pytest.approx(loss)
    assert list(history) == ["loss", "accuracy", "log_loss", "lr"]


def test_when():
    history = made(1, loss=float, val_loss=float, lr=float)
    assert len({history.when(name) for name in history}) == 3


def test_seconds_are_how_long_it_took():
    trainer = cr.Trainer(nn.Linear(2, 1), nn.MSELoss(), seed=0)
    assert 0 < trainer.fit((cr.zeros(4, 2), cr.zeros(4, 1)), epochs=3, progress=False).seconds < 60
    said = {0.0004: "0 ms", 59.94: "59.9 s", 60: "1:00 min", 3599: "59:59 min", 3600: "1:00 h"}
    assert {seconds: duration(seconds) for seconds in said} == said
