"""The promises of every callback, row by row, and what the events are."""

import copy
import inspect
from importlib import import_module

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train
from chainrule.tensors.random import default_generator
from chainrule.train.callbacks.callback import EVENTS, Callback

X, Y = cr.data.moons(40, noise=0.1, seed=0)

# Every callback, as a user would make it; `tmp_path` is a folder of its own.
TABLE = {
    "Callback": lambda path: Callback(),
    "CSVLogger": lambda path: train.CSVLogger(path / "log.csv"),
    "Checkpoint": lambda path: train.Checkpoint(path / "checkpoints", every_epochs=1),
    "EarlyStopping": lambda path: train.EarlyStopping(monitor="loss", restore_best=False),
    "Instruments": lambda path: train.Instruments(),
    "LambdaCallback": lambda path: train.LambdaCallback(on_epoch_end=lambda trainer: None),
    "PrintProgress": lambda path: train.PrintProgress(),
    "TensorBoard": lambda path: train.TensorBoard(path / "runs"),
    "TerminateOnNaN": lambda path: train.TerminateOnNaN(),
}


def trainer(*callbacks, lr=0.1, **options):
    cr.manual_seed(0)
    model = nn.MLP([2, 6, 1], activation="tanh", dropout=0.1, norm="batch")
    sgd = optim.SGD(model.parameters(), lr=lr)
    return cr.Trainer(model, nn.BCEWithLogitsLoss(), sgd, seed=0, callbacks=list(callbacks), **options)


def state(used):
    return b"".join(tensor.numpy().tobytes() for tensor in used.model.state_dict().values())


def test_no_row_is_missing():
    package = import_module("chainrule.train")
    every = {name for name in package.__all__ if inspect.isclass(getattr(package, name))}
    assert set(TABLE) == {name for name in every if issubclass(getattr(package, name), Callback)}


@pytest.fixture(params=TABLE)
def make(request, tmp_path):
    return lambda: TABLE[request.param](tmp_path)


def test_it_survives_two_fits_and_leaves_the_training_alone(make):
    bare, used = trainer(), trainer(make())
    for _ in range(2):
        histories = [part.fit((X, Y), epochs=2, batch_size=16, progress=False) for part in (bare, used)]
        assert histories[0].history == histories[1].history
    assert state(bare) == state(used)


def test_it_survives_an_error_of_another(make):
    def fail(trainer):
        raise ZeroDivisionError("oh")

    used = trainer(make(), train.LambdaCallback(on_batch_end=fail))
    with pytest.raises(cr.StateError, match=r"LambdaCallback\.on_batch_end, epoch 0"):
        used.fit((X, Y), progress=False)
    used.callbacks.pop()
    assert len(used.fit((X, Y), epochs=2, progress=False)) == 2


def test_its_state_goes_on_in_another_process(make):
    first, second = make(), make()
    used = trainer(first)
    used.fit((X, Y), epochs=3, progress=False)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    other = trainer(second)
    assert len(other.fit((X, Y), epochs=1, progress=False)) == 1


def test_its_events_are_those_of_the_base_and_take_the_trainer(make):
    callback = make()
    own = [name for name in dir(type(callback)) if name.startswith("on_")]
    assert set(own) == set(EVENTS)
    for name in EVENTS:
        arguments = list(inspect.signature(getattr(type(callback), name)).parameters)
        assert arguments == ["self", "trainer", *(["error"] if name == "on_exception" else [])]


def test_the_events_come_in_order():
    seen = []

    class Diary(Callback):
        pass

    def note(name):
        return lambda self, trainer, *more: seen.append((name, trainer.epoch, trainer.step))

    for name in EVENTS:
        setattr(Diary, name, note(name))
    trainer(Diary()).fit((X, Y), epochs=2, batch_size=20, validation=0.25, progress=False)
    batch = lambda epoch, step: [
        ("on_batch_start", epoch, step), ("on_before_step", epoch, step), ("on_batch_end", epoch, step + 1)
    ]
    assert seen == [
        ("on_fit_start", 0, 0),
        ("on_epoch_start", 0, 0), *batch(0, 0), *batch(0, 1), ("on_epoch_end", 0, 2),
        ("on_epoch_start", 1, 2), *batch(1, 2), *batch(1, 3), ("on_epoch_end", 1, 4),
        ("on_fit_end", 2, 4),
    ]


def test_what_an_event_can_see():
    def before(trainer):
        batch = trainer.batch
        assert batch.outputs.shape == (20, 1)
        assert batch.loss > 0
        assert all(p.grad is not None for p in trainer.model.parameters())
        assert trainer.last_epoch == 1

    def end(trainer):
        assert trainer.history.last["loss"] > 0
        assert trainer.history.epoch == [0]

    used = trainer(train.LambdaCallback(on_before_step=before, on_epoch_end=end))
    used.fit((X, Y), epochs=1, batch_size=20, progress=False)
    assert used.batch is None


@pytest.mark.parametrize("event", EVENTS[:-1])
def test_a_raising_callback_names_itself(event):
    class Boom(Callback):
        pass

    def fail(self, trainer):
        raise ValueError("too much")

    setattr(Boom, event, fail)
    errors = []
    witness = train.LambdaCallback(on_exception=lambda trainer, error: errors.append(error))
    used = trainer(witness, Boom())
    with pytest.raises(cr.StateError) as caught:
        used.fit((X, Y), progress=False)
    assert f"Boom.{event}" in str(caught.value)
    assert "ValueError: too much" in str(caught.value)
    assert isinstance(caught.value.__cause__, ValueError)
    assert errors == [caught.value]
    assert used.epoch == used.history.epoch.count(0)  # an epoch that has its row is over
    assert used.model.training


def test_our_own_errors_keep_their_kind_and_say_whose_they_are():
    with pytest.raises(cr.ArgumentError, match=r"^EarlyStopping\.on_epoch_end, argument monitor"):
        trainer(train.EarlyStopping()).fit((X, Y), progress=False)


def test_an_error_while_telling_of_an_error_does_not_hide_it():
    def fail(trainer, *error):
        raise KeyError("second")

    used = trainer(train.LambdaCallback(on_epoch_end=fail, on_exception=fail))
    with pytest.raises(cr.StateError, match="on_epoch_end") as caught:
        used.fit((X, Y), progress=False)
    assert "second" in caught.value.__notes__[0]


def test_a_callback_that_stops():
    used = trainer(train.LambdaCallback(on_batch_end=lambda t: t.step == 5 and t.stop("enough")))
    history = used.fit((X, Y), epochs=10, batch_size=10, progress=False)
    assert (used.step, len(history), history.stopped) == (5, 2, "enough")
    assert "enough" in repr(history)
    assert used.fit((X, Y), epochs=1, progress=False).stopped is None


def test_draws_of_a_callback_are_not_those_of_the_training():
    cr.manual_seed(4)
    used = trainer(train.LambdaCallback(on_batch_end=lambda t: cr.rand(5)))
    start = default_generator.get_state()
    used.fit((X, Y), epochs=2, batch_size=20, progress=False)
    assert default_generator.get_state() == (start[0], start[1] + 4)
    bare = trainer()
    bare.fit((X, Y), epochs=2, batch_size=20, progress=False)
    assert state(bare) == state(used)


def test_callbacks_for_one_fit_come_after_those_of_the_trainer():
    seen = []
    note = lambda name: train.LambdaCallback(on_epoch_end=lambda t: seen.append(name))
    used = trainer(note("always"))
    used.fit((X, Y), progress=False, callbacks=[note("once")])
    used.fit((X, Y), progress=False)
    assert seen == ["always", "once", "always"]


def test_any_object_with_an_event_will_do():
    class Plain:
        count = 0

        def on_epoch_end(self, trainer):
            self.count += 1

    plain = Plain()
    trainer(plain).fit((X, Y), epochs=3, progress=False)
    assert plain.count == 3
    with pytest.raises(cr.DtypeError):
        train.LambdaCallback(on_epoch_end=3)


def test_a_second_batch_of_numbers_is_what_the_update_has_changed():
    """on_before_step comes before the update, on_batch_end after it."""
    kept = []
    look = train.LambdaCallback(
        on_before_step=lambda t: kept.append(state(t)), on_batch_end=lambda t: kept.append(state(t))
    )
    trainer(look).fit((X, Y), epochs=1, batch_size=40, progress=False)
    assert kept[0] != kept[1]


class TestEarlyStopping:
    def run(self, numbers, **options):
        """A fit whose curve "score" goes through the numbers given, with a parameter that counts the epochs."""

        class Counts(nn.Module):
            def __init__(self):
                super().__init__()
                self.w = nn.Parameter(cr.zeros(1))
                self.register_buffer("seen", cr.zeros(1))

            def forward(self, x):
                if self.training:
                    self.seen.copy_(self.seen + 1)
                return x * 0 + self.w

        values = iter(numbers)

        class Score(cr.metrics.Metric):
            name = "score"
            better = options.pop("better", "max")

            def reset(self):
                pass

            def update(self, outputs, targets, weights=None):
                pass

            def result(self):
                return next(values)

        model = Counts()
        stop = train.EarlyStopping("score", **options)
        sgd = optim.SGD(model.parameters(), lr=1.0)  # the gradient of -w is -1: w is the number of the updates
        used = cr.Trainer(model, lambda outputs, targets: -outputs.mean(), sgd, [Score()], seed=0, callbacks=[stop])
        history = used.fit((X[:, :1], Y), epochs=len(numbers), batch_size=40, progress=False)
        return used, history, stop

    @pytest.mark.article("S1-21")
    def test_it_gives_back_the_weights_of_the_best_epoch_buffers_too(self):
        used, history, _ = self.run([1, 2, 5, 4, 3, 2, 1], patience=3)
        assert (len(history), history.best_epoch) == (6, 2)
        assert used.model.w.item() == used.model.seen.item() == 3
        assert "score" in history.stopped

    def test_also_at_the_last_epoch(self):
        used, history, _ = self.run([1, 5, 4], patience=10)
        assert (len(history), history.best_epoch, history.stopped, used.model.w.item()) == (3, 1, None, 2)

    def test_not_when_asked_not_to(self):
        used, history, _ = self.run([1, 5, 4, 3], patience=2, restore_best=False)
        assert (history.best_epoch, used.model.w.item()) == (1, 4)

    @pytest.mark.parametrize("mode", ["min", "max", None])
    def test_scores_below_zero(self, mode):
        numbers = np.array([-5, -3, -1, -1, -2, -3.0])
        sign = -1 if mode == "min" else 1
        _, history, _ = self.run(list(sign * numbers), patience=2, mode=mode)
        assert (len(history), history.best_epoch) == (5, 2)

    def test_min_delta(self):
        _, history, stop = self.run([1, 1.4, 1.8, 2.2, 2.2, 2.2], min_delta=0.5, patience=2)
        assert (history.best_epoch, stop.best, len(history)) == (2, 1.8, 5)

    def test_constant_and_nan(self):
        _, history, _ = self.run([-2, -2, -2, -2], patience=3)
        assert (len(history), history.best_epoch) == (4, 0)
        _, history, _ = self.run([float("nan"), 1, float("nan"), float("nan"), 9], patience=2)
        assert (len(history), history.best_epoch) == (4, 1)

    def test_each_fit_counts_anew(self):
        stop = train.EarlyStopping("loss", patience=2)
        used = trainer(stop, lr=0.0)
        lengths = [len(used.fit((X, Y), epochs=9, batch_size=40, progress=False)) for _ in range(2)]
        assert lengths[0] == lengths[1] < 9

    def test_its_state_holds_the_best_weights(self):
        _, _, stop = self.run([1, 2, 3], patience=5)
        trained = trainer(train.EarlyStopping("loss"))
        trained.fit((X, Y), epochs=1, progress=False)
        kept = {"best": -1.0, "best_epoch": 0, "waited": 4, "weights": trained.callbacks[0].state_dict()["weights"]}
        stop = train.EarlyStopping("loss", patience=5)
        stop.load_state_dict(kept)
        history = trainer(stop).fit((X, Y), epochs=9, progress=False)
        assert len(history) == 1  # the fifth epoch without anything better

    @pytest.mark.parametrize("options", [{"patience": 0}, {"min_delta": -1}, {"mode": "up"}])
    def test_refused(self, options):
        with pytest.raises(cr.ArgumentError):
            train.EarlyStopping(**options)


class TestPrintProgress:
    def lines(self, capsys, epochs, **options):
        net = nn.Linear(2, 1)
        sgd = optim.SGD(net.parameters(), lr=1e-3)
        used = cr.Trainer(net, nn.MSELoss(), sgd, seed=0, callbacks=[train.PrintProgress(**options)])
        used.fit((X, Y), epochs=epochs, batch_size=40, progress=False)
        return capsys.readouterr().out.splitlines()

    @pytest.mark.article("S0-02")
    def test_the_first_each_tenth_the_last(self, capsys):
        lines = self.lines(capsys, 10_000)
        assert [line.split(",")[0] for line in lines] == [f"Epoch {n}/10000" for n in (1, *range(1000, 10_001, 1000))]
        assert len(lines) == len(set(lines)) == 11
        assert all(len(line.rpartition(".")[2]) == 6 for line in lines)

    @pytest.mark.article("S0-02")
    @pytest.mark.parametrize("epochs", [1, 2, 9, 10])
    def test_every_epoch_when_there_are_few(self, capsys, epochs):
        lines = self.lines(capsys, epochs)
        assert [line.split(",")[0] for line in lines] == [f"Epoch {n}/{epochs}" for n in range(1, epochs + 1)]

    @pytest.mark.article("S2-13")
    def test_as_the_third_article_prints(self, capsys):
        lines = self.lines(capsys, 5_000, every=1_000, start=0)
        assert [line.split(",")[0] for line in lines] == [f"Epoch {n}/4999" for n in (0, 1000, 2000, 3000, 4000, 4999)]

    @pytest.mark.article("S1-11", "S3-11")
    def test_as_the_second_and_fourth_articles_print(self, capsys):
        lines = self.lines(capsys, 500, every=100, decimals=4, start=0)
        assert len(lines) == 6
        assert all(len(line.rpartition(".")[2]) == 4 for line in lines)

    def test_a_fit_that_is_stopped_ends_in_a_line(self, capsys):
        stop = train.LambdaCallback(on_epoch_end=lambda t: t.epoch == 36 and t.stop("enough"))
        trainer(train.PrintProgress(), stop).fit((X, Y), epochs=100, progress=False)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(",")[0] for line in lines[-2:]] == ["Epoch 30/100", "Epoch 37/100"]

    def test_in_chinese(self, capsys):
        with cr.settings(lang="zh"):
            assert self.lines(capsys, 1)[0].startswith("周期 1/1, loss: ")


class TestCSVLogger:
    def test_numbers_read_back_as_they_were(self, tmp_path):
        log = train.CSVLogger(tmp_path / "deep" / "log.csv")
        used = trainer(log, metrics=["accuracy"])
        first = used.fit((X, Y), epochs=3, validation=0.2, progress=False)
        second = used.fit((X, Y), epochs=2, validation=0.2, progress=False)
        head, *rows = log.path.read_text().splitlines()
        assert head == "epoch,loss,accuracy,val_loss,val_accuracy,lr"
        table = np.array([[float(cell) for cell in row.split(",")] for row in rows])
        assert table[:, 0].tolist() == [0, 1, 2, 3, 4]
        assert table[:, 1].tolist() == first["loss"] + second["loss"]

    def test_a_line_is_there_as_soon_as_its_epoch_is_over(self, tmp_path):
        counts = []
        log = train.CSVLogger(tmp_path / "log.csv")
        look = train.LambdaCallback(on_epoch_end=lambda t: counts.append(len(log.path.read_text().splitlines())))
        trainer(log, look).fit((X, Y), epochs=3, progress=False)
        assert counts == [2, 3, 4]

    def test_append(self, tmp_path):
        path = tmp_path / "log.csv"
        for append, lines in ((False, 3), (True, 5), (False, 3)):
            trainer(train.CSVLogger(path, append=append)).fit((X, Y), epochs=2, progress=False)
            assert len(path.read_text().splitlines()) == lines
        with pytest.raises(cr.FileError, match="accuracy"):
            trainer(train.CSVLogger(path, append=True), metrics=["accuracy"]).fit((X, Y), progress=False)
        log = train.CSVLogger(path)
        used = trainer(log)
        used.fit((X, Y), progress=False)
        with pytest.raises(cr.FileError, match="val_loss"):
            used.fit((X, Y), validation=0.2, progress=False)

    def test_a_place_that_cannot_be_written_to(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(cr.FileError, match=r"CSVLogger\.on_epoch_end"):
            trainer(train.CSVLogger(tmp_path / "file" / "log.csv")).fit((X, Y), progress=False)


class TestTensorBoard:
    def test_the_numbers_stand_in_the_events(self, tmp_path):
        pytest.importorskip("tensorboardX")
        from tensorboardX.proto.event_pb2 import Event

        history = trainer(train.TensorBoard(tmp_path)).fit((X, Y), epochs=3, validation=0.2, progress=False)
        (path,) = tmp_path.iterdir()
        data, found = path.read_bytes(), {}
        while data:
            size = int.from_bytes(data[:8], "little")
            event = Event.FromString(data[12 : 12 + size])
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
            data = data[16 + size :]
        assert set(found) == {"loss", "val_loss", "lr"}
        for name, rows in found.items():
            assert rows == [(i, pytest.approx(value, rel=1e-6)) for i, value in enumerate(history[name])]

    def test_without_the_package_it_says_how_to_get_it(self, tmp_path, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "tensorboardX", None)
        with pytest.raises(cr.MissingExtraError, match=r'pip install "chainrule\[tensorboard\]"'):
            trainer(train.TensorBoard(tmp_path)).fit((X, Y), progress=False)
