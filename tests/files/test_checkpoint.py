"""What a user sees of checkpoints: which files there are, what is refused, and how a run goes on."""

import signal

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train

X, Y = cr.data.moons(60, noise=0.1, seed=0)


def trainer(*callbacks, seed=0, lr=0.05, **options):
    cr.manual_seed(0)
    net = nn.MLP([2, 8, 1], dropout=0.1)
    adam = optim.Adam(net.parameters(), lr=lr)
    return cr.Trainer(net, nn.BCEWithLogitsLoss(), adam, callbacks=list(callbacks), seed=seed, **options)


def fit(used, epochs=10, **options):
    return used.fit((X, Y), epochs=epochs, batch_size=16, progress=False, **options)


def state(used):
    return b"".join(tensor.numpy().tobytes() for tensor in used.model.state_dict().values())


def steps(folder):
    return [int(path.name[11:-12]) for path in sorted(folder.glob("checkpoint-*"))]


def test_every_so_many_epochs_and_the_last_one(tmp_path):
    fit(trainer(train.Checkpoint(tmp_path, every_epochs=3, keep=9)))
    assert steps(tmp_path) == [12, 24, 36, 40]  # 4 batches an epoch


def test_the_last_few_are_kept(tmp_path):
    fit(trainer(train.Checkpoint(tmp_path, every_epochs=1, keep=2)))
    assert steps(tmp_path) == [36, 40]


def test_every_so_many_minutes(tmp_path, monkeypatch):
    used = train.Checkpoint(tmp_path, every_minutes=60)
    fit(trainer(used))
    assert steps(tmp_path) == [40]  # the fit was over first


def test_the_best_one_is_that_of_early_stopping(tmp_path):
    keep, stop = train.Checkpoint(tmp_path, best="val_loss"), train.EarlyStopping(patience=3)
    used = trainer(keep, stop, lr=0.5)
    history = fit(used, 60, validation=0.3)
    assert history.stopped
    best = cr.load(tmp_path / "best.safetensors")
    assert state(best) == state(used)  # which gave its best weights back
    assert best.epoch == history.best_epoch + 1
    with pytest.raises(cr.ArgumentError, match="val_los"):
        fit(trainer(train.Checkpoint(tmp_path / "other", best="val_los")), validation=0.3)


def test_the_best_one_is_not_lost_by_a_kill(tmp_path):
    class Stop(train.Callback):
        def on_epoch_start(self, trainer):
            if trainer.epoch == 7:
                raise KeyError

    with pytest.raises(cr.StateError):
        fit(trainer(train.Checkpoint(tmp_path, every_epochs=3, best="loss"), Stop()))
    fit(trainer(train.Checkpoint(tmp_path, every_epochs=3, best="loss")), resume=tmp_path)
    fit(trainer(train.Checkpoint(tmp_path / "whole", every_epochs=3, best="loss")))
    assert (tmp_path / "best.safetensors").stat().st_size > 0
    found, expected = (cr.load(path / "best.safetensors") for path in (tmp_path, tmp_path / "whole"))
    assert (found.epoch, state(found)) == (expected.epoch, state(expected))


def test_another_run_is_not_written_over(tmp_path):
    first = trainer(train.Checkpoint(tmp_path, every_epochs=5))
    fit(first)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(cr.FileError, match="another run"):
        fit(trainer(train.Checkpoint(tmp_path, every_epochs=5)))
    # An older checkpoint of the same folder leads to another run too: its newer ones are whole.
    with pytest.raises(cr.FileError, match="another run"):
        fit(trainer(train.Checkpoint(tmp_path, every_epochs=5)), resume=tmp_path / "checkpoint-000000020.safetensors")
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}
    fit(first, 5)  # this is the same run
    assert steps(tmp_path) == [20, 40, 60]


def test_a_resumed_run_may_write_elsewhere(tmp_path):
    fit(trainer(train.Checkpoint(tmp_path / "a", every_epochs=4)), 6)
    used = trainer(train.Checkpoint(tmp_path / "b", every_epochs=4))
    fit(used, resume=tmp_path / "a")
    whole = trainer()
    fit(whole)
    assert state(used) == state(whole)
    assert steps(tmp_path / "b") == [32, 40]
    once_more = trainer()
    fit(once_more, resume=tmp_path / "a" / "checkpoint-000000016.safetensors")
    assert state(once_more) == state(whole)


def test_a_folder_without_checkpoints(tmp_path):
    with pytest.raises(cr.FileError, match="no checkpoint"):
        fit(trainer(), resume=tmp_path)
    with pytest.raises(cr.FileError, match="no checkpoint"):
        fit(trainer(train.Checkpoint(tmp_path / "a", every_epochs=1)), resume=tmp_path / "b")
    assert list(tmp_path.iterdir()) == []
    used = trainer(train.Checkpoint(tmp_path / "a", every_epochs=5))
    assert len(fit(used, resume=tmp_path / "a")) == 10  # begins


def test_the_length_of_a_fit_is_known_to_its_checkpoints(tmp_path):
    class Stop(train.Callback):
        def on_epoch_start(self, trainer):
            if trainer.epoch == 5:
                raise KeyError

    with pytest.raises(cr.StateError):
        fit(trainer(train.Checkpoint(tmp_path, every_epochs=2), Stop()))
    assert len(fit(trainer(), None, resume=tmp_path)) == 10
    assert len(fit(trainer(), 6, resume=tmp_path)) == 6
    assert len(fit(trainer(), 2, resume=tmp_path)) == 4  # there are more already


def test_a_finished_fit_is_finished(tmp_path):
    first = trainer(train.Checkpoint(tmp_path, every_epochs=4))
    expected = fit(first)
    again = trainer(train.Checkpoint(tmp_path, every_epochs=4))
    found = fit(again, resume=tmp_path)
    assert found.history == expected.history
    assert (state(again), again.epoch, again.step) == (state(first), 10, 40)
    assert len(fit(again, 15, resume=tmp_path)) == 15


def test_a_stopped_fit_stays_stopped(tmp_path):
    make = lambda: trainer(train.Checkpoint(tmp_path, every_epochs=50), train.EarlyStopping(patience=2), lr=0.5)
    first, again = make(), make()
    expected = fit(first, 90, validation=0.3)
    found = fit(again, 90, validation=0.3, resume=tmp_path)
    assert found.stopped == expected.stopped is not None
    assert found.history == expected.history
    assert found.best_epoch == expected.best_epoch
    assert state(again) == state(first)


@pytest.mark.parametrize("every", [4, 50])
def test_a_stop_in_the_middle_of_a_block_is_written_down_as_it_was(every, tmp_path):
    """The engine has run on; what is written is the state of the epoch that was the last one."""
    make = lambda *more: trainer(*more, train.EarlyStopping(monitor="loss", patience=1, restore_best=False), lr=0.5)
    bare, used = make(), make(train.Checkpoint(tmp_path, every_epochs=every))
    for one in (bare, used):
        fit(one, 300)
    assert bare.history.stopped
    assert bare.history.history == used.history.history
    found = cr.load(tmp_path / f"checkpoint-{used.step:09}.safetensors")
    assert state(found) == state(used) == state(bare)
    assert (found.epoch, found.step) == (bare.epoch, bare.step)


def test_the_order_of_the_callbacks_is_no_matter(tmp_path):
    whole = trainer(train.EarlyStopping(patience=4), lr=0.5)
    fit(whole, 60, validation=0.3)
    for name in ("first", "last"):
        for epochs in (3, 5, 60):
            callbacks = [train.Checkpoint(tmp_path / name, every_epochs=1), train.EarlyStopping(patience=4)]
            used = trainer(*callbacks[:: 1 if name == "first" else -1], lr=0.5)
            fit(used, epochs, validation=0.3, resume=tmp_path / name)
        assert state(used) == state(whole)
        assert used.history.history == whole.history.history


def test_interrupted_by_hand_and_resumed(tmp_path):
    """Ctrl-C in the middle of an epoch leaves a checkpoint of that very place; also on the same Trainer."""
    whole = trainer(train.LambdaCallback(on_batch_end=lambda t: None))
    fit(whole)

    def ctrl_c(trainer):
        if trainer.step == 14 and not pressed:
            pressed.append(True)
            signal.raise_signal(signal.SIGINT)

    pressed = []
    used = trainer(train.Checkpoint(tmp_path, every_epochs=50), train.LambdaCallback(on_batch_end=ctrl_c))
    assert fit(used).interrupted
    assert steps(tmp_path) == [14]
    history = fit(used, resume=tmp_path)
    assert state(used) == state(whole)
    assert history.history == whole.history.history
    assert not history.interrupted


def test_a_number_of_steps_is_that_of_the_whole_fit(tmp_path):
    whole, first, second = trainer(), *(trainer(train.Checkpoint(tmp_path, every_epochs=3)) for _ in range(2))
    fit(whole, None, steps=30)
    fit(first, None, steps=20)
    fit(second, None, steps=30, resume=tmp_path)
    assert (state(second), second.step) == (state(whole), 30)


def test_a_saved_trainer_is_gone_on_with_too(tmp_path):
    used, other = trainer(), trainer(seed=9)
    fit(used, 3)
    cr.save(used, tmp_path / "t.safetensors")
    histories = [fit(used, 4), fit(other, 4, resume=tmp_path / "t.safetensors")]
    assert histories[0].history == histories[1].history
    assert histories[1].epoch == [3, 4, 5, 6]
    assert (state(used), other.seed) == (state(other), 0)


def test_other_rows_in_the_middle_of_an_epoch_are_refused(tmp_path):
    pressed = train.LambdaCallback(on_batch_end=lambda t: t.step == 6 and signal.raise_signal(signal.SIGINT))
    fit(trainer(train.Checkpoint(tmp_path, every_epochs=50), pressed))
    again = trainer(train.Checkpoint(tmp_path, every_epochs=50))
    with pytest.raises(cr.StateError, match="60 rows, batch_size=16"):
        again.fit((X, Y), epochs=10, batch_size=20, progress=False, resume=tmp_path)


def test_another_network_is_refused_and_stays(tmp_path):
    fit(trainer(train.Checkpoint(tmp_path, every_epochs=5)))
    net = nn.MLP([2, 9, 1], dropout=0.1)
    other = cr.Trainer(net, nn.BCEWithLogitsLoss(), seed=0)
    before = state(other)
    with pytest.raises(cr.ShapeError, match="checkpoint-000000040"):
        fit(other, resume=tmp_path)
    assert state(other) == before
    assert (other.epoch, other.step) == (0, 0)


def test_a_state_that_nobody_takes_is_said_aloud(tmp_path):
    fit(trainer(train.Checkpoint(tmp_path, every_epochs=5), train.EarlyStopping(monitor="loss")), 5)
    with pytest.warns(cr.ChainruleWarning, match="EarlyStopping"):
        fit(trainer(), resume=tmp_path)


def test_a_fit_that_finds_a_nan_can_be_resumed(tmp_path):
    make = lambda: cr.Trainer(
        net := nn.Linear(1, 1), nn.MSELoss(), optim.SGD(net.parameters(), lr=1e30), seed=0,
        callbacks=[train.Checkpoint(tmp_path, every_epochs=1), train.TerminateOnNaN()],
    )
    cr.manual_seed(0)
    first = make()
    first.fit(([[1.0]], [[2.0]]), epochs=10, progress=False)
    again = make()
    history = again.fit(([[1.0]], [[2.0]]), epochs=10, progress=False, resume=tmp_path)
    assert history.stopped == first.history.stopped is not None
    assert state(again) == state(first)


def test_what_a_callback_cannot_say_is_one_error(tmp_path):
    class Secret(train.Callback):
        def on_epoch_end(self, trainer):
            pass

        def state_dict(self):
            return {"secret": object()}

    with pytest.raises(cr.StateError, match="Checkpoint"):
        fit(trainer(train.Checkpoint(tmp_path, every_epochs=1), Secret()))
    assert steps(tmp_path) == []


def test_metrics_that_cannot_be_parted_wait_for_the_end_of_the_epoch(tmp_path):
    class Secret(cr.metrics.Metric):
        name = "secret"

        def __init__(self):
            self.seen = set()

        def reset(self):
            self.seen = set()

        def update(self, outputs, targets, weights=None):
            self.seen.add(len(targets))

        def result(self):
            return float(sum(self.seen))

    used = trainer(
        train.Checkpoint(tmp_path, every_minutes=0, keep=99), train.LambdaCallback(on_batch_end=lambda t: None),
        metrics=[Secret()],
    )
    fit(used)
    # In the first epoch the batches still wait for the metrics to be made, and are written down themselves.
    assert {step for step in steps(tmp_path) if step > 4} <= {4 * epoch for epoch in range(11)}
    assert len(steps(tmp_path)) > 5


def test_what_is_asked_for_is_looked_at(tmp_path):
    wrongs = {}, {"every_epochs": 0}, {"every_epochs": 1.5}, {"every_minutes": -1}, {"best": "loss", "mode": "up"}
    for wrong in wrongs:
        with pytest.raises(cr.ArgumentError):
            train.Checkpoint(tmp_path, **wrong)
    with pytest.raises(cr.ArgumentError):
        train.Checkpoint(tmp_path, every_epochs=1, keep=1)


def test_many_epochs_still_run_in_one_call(tmp_path):
    """A checkpoint every 50 epochs does not cut the engine's blocks into single epochs."""
    bare, used = trainer(), trainer(train.Checkpoint(tmp_path, every_epochs=50))
    for one in (bare, used):
        fit(one, 20)
        fit(one, 200)
    assert state(bare) == state(used)
    calls = [one.report().calls for one in (bare, used)]
    assert calls[1] < calls[0] + 20


def test_the_log_has_each_epoch_once(tmp_path):
    class Stop(train.Callback):
        def on_epoch_start(self, trainer):
            if trainer.epoch == 8:
                raise KeyError

    for callbacks in ([Stop()], []):
        log = train.CSVLogger(tmp_path / "log.csv")
        used = trainer(train.Checkpoint(tmp_path / "run", every_epochs=3), log, *callbacks)
        try:
            fit(used, resume=tmp_path / "run")
        except cr.StateError:
            assert len(log.path.read_text().splitlines()) == 9
    fit(trainer(train.CSVLogger(tmp_path / "whole.csv")))
    assert log.path.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_the_stream_of_the_process_goes_on_too(tmp_path):
    """A callback that draws from the stream of `cr.manual_seed` draws the same after a kill."""

    class Draws(train.Callback):
        def on_epoch_start(self, trainer):
            trainer.optimizer.param_groups[0]["lr"] = 0.01 * float(cr.rand(1))
            if trainer.epoch == self.end:
                raise KeyError

    whole = Draws()
    whole.end = -1
    expected = trainer(whole)
    fit(expected)
    for end in (5, -1):
        draws = Draws()
        draws.end = end
        used = trainer(train.Checkpoint(tmp_path, every_epochs=2), draws)
        try:
            fit(used, resume=tmp_path)
        except cr.StateError:
            assert end == 5
    assert state(used) == state(expected)
    np.testing.assert_array_equal(used.history["lr"], expected.history["lr"])
