"""Ctrl-C ends a fit between two steps: history and weights are kept."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train

X, Y = cr.data.moons(40, noise=0.1, seed=0)


def trainer(*callbacks):
    cr.manual_seed(0)
    model = nn.MLP([2, 4, 1])
    return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=0.1), seed=0, callbacks=callbacks)


def state(used):
    return [p.numpy().tobytes() for p in used.model.parameters()]


def ctrl_c(trainer):
    signal.raise_signal(signal.SIGINT)


def test_it_ends_after_the_step():
    ended = []
    stop = train.LambdaCallback(
        on_before_step=lambda t: t.step == 5 and ctrl_c(t), on_fit_end=lambda t: ended.append(t.step)
    )
    used = trainer(stop)
    history = used.fit((X, Y), epochs=9, batch_size=10, progress=False)  # 4 batches an epoch
    assert history.interrupted
    assert len(history) == 1  # the epoch in which it came has no row
    assert (used.step, used.epoch, ended) == (6, 1, [6])
    assert "interrupted" in repr(history)
    by_hand = trainer()
    by_hand.fit((X, Y), steps=6, batch_size=10, progress=False)
    assert state(by_hand) == state(used)


def test_in_the_very_last_step():
    used = trainer(train.LambdaCallback(on_batch_end=lambda t: t.step == 4 and ctrl_c(t)))
    history = used.fit((X, Y), epochs=1, batch_size=10, progress=False)
    assert (history.interrupted, len(history)) == (True, 1)


def test_the_second_one_interrupts_at_once():
    def twice(trainer):
        ctrl_c(trainer)
        ctrl_c(trainer)

    used = trainer(train.LambdaCallback(on_before_step=lambda t: t.step == 2 and twice(t)))
    history = used.fit((X, Y), epochs=9, batch_size=10, progress=False)
    assert history.interrupted
    assert used.step == 2


def test_a_keyboard_interrupt_of_a_callback():
    def raising(trainer):
        if trainer.epoch == 3:
            raise KeyboardInterrupt

    used = trainer(train.LambdaCallback(on_epoch_end=raising))
    history = used.fit((X, Y), epochs=9, progress=False)
    assert (history.interrupted, len(history)) == (True, 4)
    assert used.model.training
    assert used.fit((X, Y), progress=False).interrupted is False


def test_best_weights_come_back_then_too():
    stop = train.EarlyStopping("loss", patience=100)

    def spoil(trainer):
        if trainer.epoch == 2:
            with cr.no_grad():
                for parameter in trainer.model.parameters():
                    parameter.copy_(parameter * 100.0)
        if trainer.epoch == 3:
            raise KeyboardInterrupt

    used = trainer(stop, train.LambdaCallback(on_epoch_end=spoil))
    history = used.fit((X, Y), epochs=9, progress=False)
    assert history.interrupted
    assert history.best_epoch == int(np.argmin(history["loss"]))
    assert used.evaluate((X, Y))["loss"] < 2


def test_somebody_elses_handler_is_left_alone():
    seen = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        used = trainer(train.LambdaCallback(on_before_step=lambda t: t.step == 1 and ctrl_c(t)))
        assert not used.fit((X, Y), epochs=2, progress=False).interrupted
        assert seen == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_handler_is_given_back():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    trainer().fit((X, Y), progress=False)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


PROGRAM = """
import numpy as np
import chainrule as cr
from chainrule import nn
X, y = cr.data.moons(40, noise=0.1, seed=0)
trainer = cr.Trainer(nn.MLP([2, 4, 1]), nn.BCEWithLogitsLoss(), seed=0)
trainer.fit((X, y), epochs=1, progress=False)
print("begun", flush=True)
history = trainer.fit((X, y), epochs=10_000_000)
finite = all(np.isfinite(p.numpy()).all() for p in trainer.model.parameters())
print(history.interrupted, len(history) > 0, finite, history.epoch[-1] + 1 == trainer.epoch)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as on Unix")
def test_a_real_signal():
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env={**os.environ, "PYTHONPATH": "."}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out == "True True True True\n"
