"""Instruments: what they read is what is there, and the training does not notice them."""

import copy
import pickle
from itertools import pairwise

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train
from chainrule.train.instruments.looking import flat

X, Y = cr.data.moons(90, noise=0.1, seed=0)


def trainer(*callbacks, activation="tanh", lr=0.05, seed=0, **options):
    cr.manual_seed(seed)
    model = nn.MLP([2, 8, 8, 1], activation=activation, **options)
    adam = optim.Adam(model.parameters(), lr=lr)
    return cr.Trainer(model, nn.BCEWithLogitsLoss(), adam, seed=seed, callbacks=list(callbacks))


def state(used):
    return b"".join(tensor.numpy().tobytes() for tensor in used.model.state_dict().values())


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("options", [{}, {"dropout": 0.2, "norm": "batch"}])
def test_the_weights_come_out_with_the_same_bytes(engine, options):
    bare, looked = trainer(**options), trainer(train.Instruments(every=3, share=1.0), **options)
    for used in (bare, looked):
        used.engine = engine
        for _ in range(2):
            used.fit((X, Y), epochs=7, batch_size=32, validation=0.2, progress=False)
    assert state(bare) == state(looked)
    assert bare.history.history == looked.history.history
    assert bare.report().engine == looked.report().engine == engine
    assert bare.history.health is None
    assert len(looked.history.health) > 3


def test_steps_stay_compiled_beside_other_callbacks():
    used = trainer(train.Instruments(), train.LambdaCallback(on_epoch_end=lambda trainer: None))
    used.fit((X, Y), epochs=30, batch_size=32, progress=False)
    assert used.report().engine == "numba"
    assert used.report().again == []
    assert used.report().steps == 90


def test_when_it_looks():
    used = trainer(train.Instruments(every=5, growth=2.0, share=1.0))
    steps = used.fit((X, Y), epochs=70, batch_size=32, progress=False).health.steps.tolist()
    assert steps == [0, 5, 10, 20, 40, 80, 160, 210]  # the last one is the end
    again = used.fit((X, Y), epochs=4, batch_size=32, progress=False).health.steps.tolist()
    assert again == [210, 215, 220, 222]


@pytest.mark.parametrize("share", np.random.default_rng(3).uniform(0.1, 0.5, 3))
@pytest.mark.parametrize("widths", [[2, 16, 1], [30, 64, 64, 1], [784, 128, 10]])
def test_looks_are_as_rare_as_their_share_of_the_time_demands(widths, share):
    instruments = train.Instruments(every=10, growth=1.0, share=share)
    features = np.random.default_rng(0).normal(size=(64, widths[0])).astype(np.float32)
    labels = np.arange(64) % 2 if widths[-1] > 1 else (np.arange(64)[:, None] % 2).astype(np.float32)
    model = nn.MLP(widths)
    loss = nn.CrossEntropyLoss() if widths[-1] > 1 else nn.BCEWithLogitsLoss()
    used = cr.Trainer(model, loss, callbacks=[instruments], seed=0)
    steps = used.fit((features, labels), epochs=700, batch_size=64, progress=False).health.steps[:-1]
    weights = sum(before * after for before, after in pairwise(widths))
    look, step = 1e-3 + 128 * weights * 1.2e-10, 2.3e-6 + 64 * weights * 1.7e-11
    spent, passed = look * np.arange(2, len(steps) + 2), 0.02 + step * steps  # with the one at the end
    assert (spent <= share * passed * 1.001)[1:].all()
    assert spent[-1] + look > share * (0.02 + step * 690)  # as often as it allows
    other = cr.Trainer(nn.MLP(widths), loss, callbacks=[train.Instruments(every=10, growth=1.0, share=share)], seed=1)
    again = other.fit((features, labels), epochs=700, batch_size=64, progress=False).health.steps[:-1]
    assert again.tolist() == steps.tolist()


def test_the_numbers_are_those_of_the_network():
    used = trainer(train.Instruments(every=1, rows=40, share=1.0))
    seen = []

    class Beside(train.Callback):
        def on_batch_start(self, trainer):
            net = trainer.model
            h = np.tanh(X[:40] @ net[0].weight.numpy().T + net[0].bias.numpy())
            seen.append((net[2].weight.numpy().copy(), h @ net[2].weight.numpy().T + net[2].bias.numpy()))

    health = used.fit((X, Y), epochs=1, batch_size=32, callbacks=[Beside()], progress=False).health
    assert health.layers == ("0", "2", "4")
    assert health.steps.tolist() == [0, 1, 2, 3]
    size = lambda numbers: np.sqrt(np.mean(np.square(numbers)))
    for look, (weight, z) in enumerate(seen):
        np.testing.assert_allclose(health["weights"][look, 1], size(weight), rtol=1e-6)
        np.testing.assert_allclose(health["preactivations"][look, 1], size(z), rtol=1e-5)
        np.testing.assert_allclose(health["activations"][look, 1], size(np.tanh(z)), rtol=1e-5)
    changed = size(seen[1][0] - seen[0][0]) / size(seen[0][0])
    np.testing.assert_allclose(health["updates"][0, 1], changed, rtol=1e-4)
    assert np.isnan(health["updates"][-1]).all()  # no step came after it


def test_gradient_and_its_noise_against_row_by_row():
    used = trainer(train.Instruments(rows=60))
    health = used.fit((X, Y), epochs=1, batch_size=90, progress=False).health
    other, rows = trainer(), []
    net = other.model.eval()
    for x, y in zip(X[:60], Y[:60], strict=True):
        net.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(
            net(cr.tensor(x[None], dtype=cr.float32)), cr.tensor(y[None], dtype=cr.float32)
        ).backward()
        rows.append([net[place].weight.grad.numpy().ravel().copy() for place in (0, 2, 4)])
    for layer in range(3):
        each = np.array([row[layer] for row in rows], np.float64)
        mean = each.mean(axis=0)
        np.testing.assert_allclose(health["gradients"][0, layer], np.sqrt(np.mean(mean**2)), rtol=1e-4)
        spread = each.var(axis=0, ddof=1).sum()
        signal = (mean**2).sum() - spread / 60
        if signal > 0:
            np.testing.assert_allclose(health["noise"][0, layer], spread / signal, rtol=1e-3)
        else:
            assert np.isnan(health["noise"][0, layer])


@pytest.mark.parametrize("activation", [nn.Sigmoid, nn.Tanh, nn.Softsign, nn.Hardtanh, nn.Hardsigmoid])
def test_flat_is_where_the_slope_is_a_twentieth_of_the_steepest(activation):
    z = cr.tensor(np.linspace(-12, 12, 241), requires_grad=True)
    a = activation()(z)
    a.sum().backward()
    slope = z.grad.numpy() / z.grad.numpy().max()
    assert np.array_equal(flat(activation(), a.detach().numpy()[None]), slope < 0.05)
    assert flat(nn.ReLU(), a.detach().numpy()[None]) is None


def test_dead_and_saturated_units():
    used = trainer(train.Instruments(), activation="relu")
    with cr.no_grad():
        used.model[0].bias[:6] = -100.0
    health = used.fit((X, Y), epochs=1, batch_size=90, progress=False).health
    assert health["dead"][0].tolist()[0] == 0.75
    assert health["saturated"][0].tolist() == [0.0, 0.0, 0.0]
    still = trainer(train.Instruments())
    with cr.no_grad():
        still.model[2].weight[:2] = 0.0
        still.model[2].bias[:2] = 10.0
    health = still.fit((X, Y), epochs=1, batch_size=90, progress=False).health
    assert health["saturated"][0].tolist() == [0.0, 0.25, 0.0]


def test_numbers_that_are_not_finite_are_counted():
    used = trainer(train.Instruments())
    with cr.no_grad():
        used.model[4].weight[0, 0] = float("inf")
    used.guard = "off"
    health = used.fit((X, Y), epochs=1, batch_size=90, progress=False).health
    assert health["nonfinite"][0].tolist()[0] > 0  # its gradient is NaN
    assert health["nonfinite"][0].tolist()[2] > 0
    assert trainer(train.Instruments()).fit((X, Y), progress=False).health["nonfinite"].sum() == 0


def test_loaders_pictures_and_sequences():
    loader = cr.data.DataLoader(cr.data.TensorDataset(cr.tensor(X), cr.tensor(Y)), batch_size=30)
    model = nn.Linear(2, 1).double()
    used = cr.Trainer(model, nn.BCEWithLogitsLoss(), callbacks=[train.Instruments(share=1.0)], seed=0)
    assert used.fit(loader, epochs=4, progress=False).health.steps.tolist() == [0, 10, 12]
    pictures = np.random.default_rng(0).normal(size=(12, 1, 6, 6)).astype(np.float32)
    conv = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2))
    used = cr.Trainer(conv, nn.CrossEntropyLoss(), callbacks=[train.Instruments()], seed=0)
    health = used.fit((pictures, np.arange(12) % 2), epochs=2, progress=False).health
    assert health.layers == ("0", "3")
    assert (health["gradients"] > 0).all()
    gru = nn.GRU(3, 4, batch_first=True)

    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.out = gru, nn.Linear(4, 1)

        def forward(self, x):
            return self.out(self.gru(x)[0][:, -1])

    used = cr.Trainer(Last(), nn.MSELoss(), callbacks=[train.Instruments()], seed=0)
    rows = np.random.default_rng(0).normal(size=(10, 5, 3)).astype(np.float32)
    assert used.fit((rows, rows[:, 0, :1]), epochs=2, progress=False).health.layers == ("gru", "out")


def test_it_goes_on_where_a_checkpoint_was_written(tmp_path):
    whole = trainer(train.Instruments(share=1.0), train.Checkpoint(tmp_path / "a", every_epochs=4))
    whole.fit((X, Y), epochs=20, batch_size=32, progress=False)
    first = trainer(train.Instruments(share=1.0), train.Checkpoint(tmp_path / "b", every_epochs=4))
    first.fit((X, Y), epochs=8, batch_size=32, progress=False)
    second = trainer(train.Instruments(share=1.0), train.Checkpoint(tmp_path / "b", every_epochs=4))
    second.fit((X, Y), epochs=20, batch_size=32, progress=False, resume=tmp_path / "b")
    one, other = whole.history.health, second.history.health
    assert set(one.steps) <= set(other.steps)  # and the end of the first fit
    rows = [list(other.steps).index(step) for step in one.steps]
    for name in one:
        np.testing.assert_array_equal(one[name], other[name][rows])
    assert state(whole) == state(second)


def test_it_survives_pickling_and_becomes_a_frame():
    history = trainer(train.Instruments()).fit((X, Y), epochs=10, batch_size=32, progress=False)
    again = pickle.loads(pickle.dumps(history)).health  # noqa: S301 - our own bytes
    assert again.steps.tolist() == history.health.steps.tolist()
    for name in history.health:
        np.testing.assert_array_equal(again[name], history.health[name])
    frame = history.health.to_frame()
    assert len(frame["step"]) == len(history.health) * 3
    assert list(frame["layer"])[:3] == ["0", "2", "4"]
    assert copy.deepcopy(history.health).state_dict()["layers"] == ["0", "2", "4"]


def test_words():
    history = trainer(train.Instruments()).fit((X, Y), epochs=10, batch_size=32, progress=False)
    assert "looks, steps 0 to 30" in str(history.health)
    assert "saturated" in str(history.health)
    assert str(train.Health()) == "nothing was looked at yet"
    with pytest.raises(cr.ArgumentError, match="updates"):
        history.health["nothing"]
    for wrong in ({"every": 0}, {"growth": 0.5}, {"rows": 0}, {"share": 0.0}, {"share": 2.0}):
        with pytest.raises(cr.ArgumentError):
            train.Instruments(**wrong)
