"""A training that was killed and resumed ends with the bytes of one that nobody disturbed, whatever it is made of."""

import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train
from chainrule.data.datasets import TensorDataset
from chainrule.data.loader import DataLoader
from chainrule.data.samplers import RandomSampler
from chainrule.optim import lr_scheduler, schedules
from chainrule.tensors.random import default_generator
from chainrule.train.engine.running import Running

X, Y = cr.data.spirals(90, arms=3, noise=0.2, seed=0)
BINARY = cr.data.moons(64, noise=0.2, seed=0)


class Killed(BaseException):
    """What no training catches: stands for the end of the process."""


class Kill(train.Callback):
    """Ends a fit right before an update."""

    def __init__(self, step):
        self.step = step

    def on_batch_start(self, trainer):
        if trainer.step == self.step:
            raise Killed


class KillAtEpoch(train.Callback):
    """Ends a fit at the beginning of an epoch; batches are not looked at, so that the engine runs many at once."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_start(self, trainer):
        if trainer.epoch == self.epoch:
            raise Killed


def mlp(**options):
    return nn.MLP([2, 8, 3], activation="relu", **options)


def adamw(model):
    return optim.AdamW(model.parameters(), lr=0.01, betas=(0.8, 0.95), weight_decay=0.02)


def in_groups(model):
    groups = [{"params": list(model[0].parameters())}, {"params": list(model[2].parameters()), "lr": 0.003}]
    return optim.SGD(groups, lr=0.01, momentum=0.7, nesterov=True)


class Loader:
    """Batches in another order each epoch, with noise that is drawn from the training's own stream."""

    def __init__(self):
        self.epoch = 0

    def __len__(self):
        return 6

    def __iter__(self):
        order = np.random.default_rng(self.epoch).permutation(90).reshape(6, 15)
        for rows in order:
            yield X[rows] + 0.01 * cr.randn(15, 2).numpy(), Y[rows]


# name: options of the Trainer, and of fit; `model` and `optimizer` make theirs anew.
CASES = {
    "plain": {},
    "noise and norm": {"model": lambda: mlp(dropout=0.3, norm="batch"), "validation": 0.2},
    "schedule": {"schedule": lambda o: schedules.cosine(0.01, steps=60, warmup=5)},
    "groups and schedulers": {
        "optimizer": in_groups,
        "schedule": lambda o: [lr_scheduler.StepLR(o, 2, gamma=0.5), lr_scheduler.ExponentialLR(o, 0.9)],
    },
    "plateau": {"schedule": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=1, factor=0.3), "validation": 0.2},
    "early stopping": {
        "optimizer": lambda model: optim.RMSprop(model.parameters(), lr=0.1, momentum=0.5, centered=True),
        "callbacks": lambda: [train.EarlyStopping(patience=3)], "validation": 0.2,
    },
    "metrics": {"metrics": ["accuracy", "balanced_accuracy", "log_loss"], "validation": 0.2},
    "own metric": {"metrics": [lambda y, p: float((p.argmax(axis=1) == y).mean())]},
    "weights": {"class_weight": "balanced", "sample_weight": np.linspace(0.5, 2.0, 90), "clip_norm": 0.5},
    "one batch": {"batch_size": 90, "optimizer": lambda model: optim.NAdam(model.parameters(), lr=0.02)},
    "float64": {"dtype": "float64", "optimizer": lambda model: optim.Adam(model.parameters(), amsgrad=True)},
    "lbfgs": {"optimizer": lambda model: optim.LBFGS(model.parameters(), max_iter=3), "batch_size": 90, "epochs": 6},
    "loader": {"data": lambda: Loader()},
    "sampler": {
        "data": lambda: DataLoader(
            TensorDataset(cr.tensor(X), cr.tensor(Y)), batch_size=16, sampler=RandomSampler(X, cr.Generator(5))
        ),
        "model": lambda: mlp(dropout=0.2),
    },
    "sampler without a stream": {
        "data": lambda: DataLoader(TensorDataset(cr.tensor(X), cr.tensor(Y)), batch_size=16, sampler=RandomSampler(X)),
        "model": lambda: mlp(dropout=0.2),
    },
    "data set": {"data": lambda: DataLoader(TensorDataset(cr.tensor(X), cr.tensor(Y)), batch_size=16, shuffle=True)},
    "single row at the end": {"model": lambda: mlp(norm="batch"), "batch_size": 89},
    "numpy": {"engine": "numpy", "model": lambda: mlp(dropout=0.3)},
    "convolution": {
        "model": lambda: nn.Sequential(
            nn.Unflatten(1, (1, 1, 2)), nn.Conv2d(1, 4, (1, 2)), nn.ReLU(), nn.Flatten(), nn.Linear(4, 3)
        ),
        "optimizer": lambda model: optim.Adadelta(model.parameters()),
    },
}


STEPWISE = ("lbfgs", "loader", "sampler", "sampler without a stream", "data set", "numpy")


def made(case, callbacks=()):
    options = dict(case)
    cr.manual_seed(3)
    model = options.pop("model", mlp)()
    optimizer = options.pop("optimizer", adamw)(model)
    schedule = options.pop("schedule", lambda o: None)(optimizer)
    more = options.pop("callbacks", list)()
    for name in ("validation", "sample_weight", "batch_size", "epochs", "data"):
        options.pop(name, None)
    return cr.Trainer(
        model, nn.CrossEntropyLoss(), optimizer, schedule=schedule, callbacks=[*callbacks, *more], seed=7, **options
    )


def fitted(case, trainer, **options):
    names = ("validation", "sample_weight", "batch_size", "epochs")
    plan = {"epochs": 9, "batch_size": 16, **{name: case[name] for name in names if name in case}, **options}
    data = case["data"]() if "data" in case else (X, Y)
    return trainer.fit(data, progress=False, **plan)


def everything(trainer):
    """All bytes that a training leaves behind."""
    optimizer = pickle.dumps(plain(trainer.optimizer.state_dict()))
    weights = [tensor.numpy().tobytes() for tensor in trainer.model.state_dict().values()]
    schedulers = [plain(part.state_dict()) for part in trainer.rates.schedulers]
    history = trainer.history
    curves = {name: np.array(numbers).tobytes() for name, numbers in history.history.items()}
    return {
        "weights": weights, "optimizer": optimizer, "schedulers": schedulers, "curves": curves, "epochs": history.epoch,
        "best": history.best_epoch, "stopped": history.stopped, "noise": trainer.noise.get_state(),
        "stream": default_generator.get_state(), "place": (trainer.epoch, trainer.step),
    }


def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if hasattr(value, "_array"):
        return value._array.tobytes()
    return repr(value)


def disturbed(case, folder, callbacks, kill):
    """What becomes of a fit that is killed, and resumed until nobody kills it any more."""
    for step in [*kill, None]:
        trainer = made(case, callbacks(step))
        try:
            fitted(case, trainer, resume=folder)
        except Killed:
            continue
        return everything(trainer)
    raise AssertionError


QUICK = ("noise and norm", "groups and schedulers", "early stopping", "metrics", "lbfgs", "loader")
ROWS = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CASES]
BLOCKS = [row for row in ROWS if getattr(row, "values", [row])[0] not in STEPWISE]


@pytest.mark.parametrize("name", ROWS)
def test_killed_between_epochs(name, tmp_path):
    case = CASES[name]
    expected = made(case)
    fitted(case, expected)

    def callbacks(epoch):
        return [train.Checkpoint(tmp_path, every_epochs=2), *([] if epoch is None else [KillAtEpoch(epoch)])]

    found = disturbed(case, tmp_path, callbacks, [1, 3, 6])
    assert found == everything(expected)


@pytest.mark.parametrize("name", ROWS)
def test_killed_within_an_epoch(name, tmp_path):
    """Every batch is looked at, by the callback that kills."""
    case = CASES[name]
    expected = made(case, [Kill(10**9)])
    fitted(case, expected)
    steps = expected.step

    def callbacks(step):
        return [train.Checkpoint(tmp_path, every_minutes=0), Kill(10**9 if step is None else step)]

    found = disturbed(case, tmp_path, callbacks, [0, 1, steps // 3, steps // 2, steps - 1])
    assert found == everything(expected)


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("most", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_killed_within_a_block(name, most, tmp_path, monkeypatch):
    """The engine runs a few steps in a call; the checkpoint falls between two calls."""
    case = CASES[name]
    expected = made(case)
    fitted(case, expected)
    monkeypatch.setattr(Running, "most", most)
    writes = []
    ring = train.Checkpoint._ring

    def ringing(self, trainer):
        ring(self, trainer)
        writes.append(trainer.step)
        if len(writes) in (1, 3, 7):
            raise Killed

    monkeypatch.setattr(train.Checkpoint, "_ring", ringing)
    callbacks = lambda step: [train.Checkpoint(tmp_path, every_minutes=0)]
    found = disturbed(case, tmp_path, callbacks, [1, 3, 7])
    assert len(writes) >= 3
    assert found == everything(expected)


class KillBefore(Kill):
    """Ends a fit between the gradients and the update."""

    on_batch_start = train.Callback.on_batch_start

    def on_before_step(self, trainer):
        Kill.on_batch_start(self, trainer)


# A note that the optimizer makes for itself ends the engine's part here at the second step, in every process anew.
@pytest.mark.skipif(hasattr(optim.Optimizer, "_dropped"), reason="the optimizer's notes are in the engine's way")
@pytest.mark.parametrize("name", ["noise and norm", "weights"])
def test_killed_between_gradients_and_update(name, tmp_path):
    case = CASES[name]
    expected = made(case, [KillBefore(10**9)])
    fitted(case, expected)

    def callbacks(step):
        return [train.Checkpoint(tmp_path, every_minutes=0), KillBefore(10**9 if step is None else step)]

    found = disturbed(case, tmp_path, callbacks, [0, 1, 2, 20])
    assert found == everything(expected)


def test_what_has_gone_over_to_numpy_stays_there(tmp_path):
    """A callback that never leaves the engine in peace: the rest of the fit is NumPy's, in the resumed one too."""

    class Restless(train.Callback):
        def on_epoch_end(self, trainer):
            trainer.model[1].negative_slope = 0.01 * (trainer.epoch + 1)
            if trainer.epoch == self.end:
                raise Killed

    def made_with(end, *more):
        restless = Restless()
        restless.end = end
        case = {"model": lambda: nn.Sequential(nn.Linear(2, 6), nn.LeakyReLU(), nn.Linear(6, 3))}
        return case, made(case, [*more, restless])

    case, expected = made_with(-1)
    fitted(case, expected, epochs=14)
    assert expected.report().engine == "numpy"
    for end in (11, -1):
        case, used = made_with(end, train.Checkpoint(tmp_path, every_epochs=10))
        try:
            fitted(case, used, epochs=14, resume=tmp_path)
        except Killed:
            continue
    # What the callback has set in the network is the callback's to set again; the counters are not its own.
    assert used.step == expected.step
    assert used.history.epoch == expected.history.epoch
