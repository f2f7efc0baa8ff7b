"""Whoever stands in for a Trainer trains it to the bytes that it gets by itself, and is itself again afterwards."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import config, nn, optim
from chainrule.population.building import Builder
from chainrule.population.stand_in import Cast
from chainrule.population.training import end_of
from chainrule.train.engine import rehearsal

X, y = cr.data.moons(90, noise=0.15, seed=0)
MODELS = {
    "relu": lambda: nn.MLP([2, 8, 1], activation="relu"),
    "dropout": lambda: nn.MLP([2, 8, 1], dropout=0.3),
    "batch norm": lambda: nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)),
}
OPTIMIZERS = {
    "adam": lambda p, rate: optim.Adam(p, lr=rate),
    "momentum": lambda p, rate: optim.SGD(p, lr=rate, momentum=0.9),
    "sgd": lambda p, rate: optim.SGD(p, lr=rate),
}


def _trainer(seed, model="relu", optimizer="adam", rate=0.01, **settings):
    cr.manual_seed(seed)
    made = MODELS[model]()
    opt = OPTIMIZERS[optimizer](made.parameters(), rate)
    return cr.Trainer(made, loss=nn.BCEWithLogitsLoss(), optimizer=opt, seed=seed, **settings)


def _work(trainer):
    history = trainer.fit((X, y), epochs=3, batch_size=32, progress=False)
    return history, end_of(trainer, (X, y))[0]


def _numbers(trainer):
    model = [tensor.numpy().copy() for tensor in (*trainer.model.parameters(), *trainer.model.buffers())]
    state = [
        value.numpy().copy() for kept in trainer.optimizer.state.values() for value in kept.values()
        if hasattr(value, "numpy")
    ]
    return [*model, *state, np.array(trainer.noise.get_state()), np.array([trainer.epoch, trainer.step, trainer.seed])]


def _same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, z) for x, z in zip(a, b, strict=True))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("model", MODELS)
def test_the_bytes_are_those_of_training_alone(model, optimizer):
    cast = Cast()
    for seed, rate in enumerate((0.01, 0.01, 0.3, 1e-4)):
        alone, stood = (_trainer(seed, model, optimizer, rate) for _ in range(2))
        wanted, got = _work(alone), cast.run(stood, _work)
        assert wanted[0]["loss"] == got[0]["loss"]
        assert wanted[0]["lr"] == got[0]["lr"]
        assert wanted[1] == got[1]
        assert _same(_numbers(alone), _numbers(stood))
        again = [trainer.fit((X, y), epochs=2, progress=False)["loss"] for trainer in (alone, stood)]
        assert again[0] == again[1]


def test_the_one_that_stands_in_is_itself_again():
    cast = Cast()
    first = _trainer(0)
    cast.run(first, _work)
    before, history = _numbers(first), first.history
    cast.run(_trainer(1, rate=0.5), _work)
    assert _same(before, _numbers(first))
    assert first.history is history
    assert first.optimizer.param_groups[0]["lr"] == 0.01


def test_an_error_leaves_both_in_order():
    cast = Cast()
    first, second = _trainer(0), _trainer(1)
    cast.run(first, _work)
    before, fresh = _numbers(first), [p.numpy().copy() for p in second.model.parameters()]

    def fails(trainer):
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="middle"):
        cast.run(second, fails)
    assert _same(before, _numbers(first))
    assert _same(fresh, [p.numpy() for p in second.model.parameters()])


@pytest.mark.skipif(config.engine() != "numba", reason="NumPy records nothing")
def test_steps_are_recorded_once(monkeypatch):
    recorded = []
    whole = rehearsal._recorded
    monkeypatch.setattr(rehearsal, "_recorded", lambda *given: recorded.append(1) or whole(*given))
    cast = Cast()
    cast.run(_trainer(0), _work)
    count = len(recorded)
    assert count > 0
    cast.run(_trainer(1, rate=0.2), _work)
    assert len(recorded) == count
    cast.run(_trainer(2, clip_norm=1.0), _work)
    assert len(recorded) > count


def test_odds_train_networks_that_hide_a_difference_each_by_itself():
    class Sloped(nn.Module):
        def __init__(self, slope):
            super().__init__()
            self.inner, self.slope = nn.Linear(2, 1), slope

        def forward(self, x):
            return self.inner(x) * self.slope

    def build(seed):
        model = Sloped(float(seed))
        return cr.Trainer(model, loss=nn.BCEWithLogitsLoss(), optimizer=optim.SGD(model.parameters(), lr=0.1))

    found = cr.odds(build, cr.data.xor(), epochs=5, batch_size=4, seeds=9)
    for seed in (0, 8):
        trainer = Builder(build, {})(seed)
        trainer.fit(cr.data.xor(), epochs=5, batch_size=4, progress=False)
        assert trainer.evaluate(cr.data.xor())["loss"] == found.losses[seed]

