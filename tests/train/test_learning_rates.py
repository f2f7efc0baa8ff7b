"""The learning-rate range test and the sweep: each rate from the same weights, and "I cannot tell" where that is so."""

from contextlib import nullcontext

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.train.lr_range_test import suggested
from chainrule.train.lr_sweep import verdicts

X, Y = cr.data.moons(200, noise=0.15, seed=0)


def trainer(optimizer=optim.Adam, lr=0.01, loss=None, **options):
    cr.manual_seed(0)
    model = nn.MLP([2, 16, 16, 1], activation="tanh", **options)
    return cr.Trainer(model, loss or nn.BCEWithLogitsLoss(), optimizer(model.parameters(), lr=lr), seed=0)


def everything(used):
    state = [t.numpy().tobytes() for t in used.model.state_dict().values()]
    kept = [np.asarray(v).tobytes() for s in used.optimizer.state.values() for v in s.values()]
    kept += [None if p.grad is None else p.grad.numpy().tobytes() for p in used.model.parameters()]
    rates = [group["lr"] for group in used.optimizer.param_groups]
    return state, kept, rates, used.noise.get_state(), used.epoch, used.step, used.history.history, used.model.training


@pytest.mark.article("W-18")
@pytest.mark.parametrize("fitted", [False, True])
def test_the_trainer_is_left_as_it_was(fitted):
    used = trainer(dropout=0.2, norm="batch")
    if fitted:
        used.fit((X, Y), epochs=2, progress=False)
    before, objects = everything(used), [id(p) for p in used.model.parameters()]
    with pytest.warns(cr.ChainruleWarning, match="fresh weights") if fitted else nullcontext():
        used.lr_range_test((X, Y), points=5, steps=3)
    assert everything(used) == before
    used.lr_sweep((X, Y), rates=(0.1, 10.0), epochs=2)
    assert everything(used) == before
    assert [id(p) for p in used.model.parameters()] == objects
    twin = trainer(dropout=0.2, norm="batch")
    if fitted:
        twin.fit((X, Y), epochs=2, progress=False)
    assert used.fit((X, Y), epochs=2, progress=False).history == twin.fit((X, Y), epochs=2, progress=False).history


@pytest.mark.article("W-18", "S0-25")
def test_every_rate_begins_from_the_same_weights():
    sweep = trainer(dropout=0.3).lr_sweep((X, Y), rates=(0.01, 0.1, 0.01), epochs=5)
    first, _, again = sweep.histories
    assert first.history == again.history
    alone = trainer(dropout=0.3, lr=0.1)
    assert alone.fit((X, Y), epochs=5, progress=False)["loss"] == sweep.histories[1]["loss"]
    found = trainer().lr_range_test((X, Y), low=1e-3, high=1e-1, points=3, steps=5, repeats=2)
    alone = trainer(lr=1e-2)
    alone.fit((X, Y), steps=5, progress=False)
    assert found.each[0, 1] == pytest.approx(alone.evaluate((X, Y))["loss"], rel=1e-6)


@pytest.mark.parametrize(("optimizer", "low", "high"), [(optim.SGD, 0.03, 10), (optim.Adam, 1e-3, 0.5)])
def test_the_suggestion_trains_well(optimizer, low, high):
    used = trainer(optimizer)
    found = used.lr_range_test((X, Y))
    assert found.code == "found", found
    assert low < found.suggestion < high
    assert found.losses.shape == found.rates.shape == (22,)
    assert found.each.shape == (3, 22)
    assert "Begin with" in str(found)
    good = trainer(optimizer, lr=found.suggestion)
    good.fit((X, Y), epochs=60, progress=False)
    assert good.evaluate((X, Y))["loss"] < 0.2


def test_it_cannot_tell_where_nothing_can_be_learnt():
    nothing = np.zeros_like(X)
    coins = np.tile([[0.0], [1.0]], (100, 1))
    cr.manual_seed(0)
    model = nn.Linear(2, 1)
    with cr.no_grad():
        model.bias.copy_(cr.zeros(1))
    found = cr.Trainer(model, nn.BCEWithLogitsLoss(), seed=0).lr_range_test((nothing, coins))
    assert (found.code, found.suggestion) == ("flat", None)
    assert "I cannot tell" in str(found)
    with cr.settings(lang="zh"):
        assert "我无法判断" in str(found)


def test_it_cannot_tell_at_the_edges_of_the_range():
    assert trainer(optim.SGD).lr_range_test((X, Y), low=1e-3, high=0.02).code in ("edge_high", "flat")
    assert trainer(optim.SGD).lr_range_test((X, Y), low=1e-4, high=0.1, steps=60).code == "edge_high"
    wild = np.array([[0.0, 1e6]] * 20 + [[1e6, 0.0]] * 20)
    cr.manual_seed(0)
    model = nn.MLP([2, 8, 1], activation=None)
    used = cr.Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1), seed=0)
    assert used.lr_range_test((wild, wild[:, :1]), low=1e-3).code == "diverged"


@pytest.mark.parametrize(
    ("losses", "spread", "code", "place"),
    [
        ([1.0, 0.9, 0.30, 0.2, 0.5, np.inf], 0.001, "found", 3),
        ([1.0, 0.9, 0.24, 0.2, 0.5, np.inf], 0.001, "found", 2),  # the smallest that wins nine tenths
        ([1.0, 0.995, 0.996, 0.999, 1.0, 3.0], 0.0, "flat", None),
        ([1.0, 0.97, 0.95, 0.96, 1.0, 3.0], 0.04, "noise", None),
        ([0.2, 0.3, 0.4, 0.9, 1.0, 3.0], 0.001, "edge_low", None),
        ([1.0, 0.9, 0.8, 0.7, 0.5, 0.2], 0.001, "edge_high", None),
        ([np.inf] * 6, 0.0, "diverged", None),
        ([5.0] * 6, 0.0, "flat", None),
    ],
)
def test_what_it_concludes(losses, spread, code, place):
    rates = np.geomspace(1e-4, 10, 6)
    each = np.array(losses) + spread * np.array([[-1.0], [0.0], [1.0]])
    found = suggested(rates, np.array(losses), each, 1.0)
    assert found == (None if place is None else rates[place], code)


def test_repeats_that_disagree_are_noise():
    each = np.array([[0.9, 0.2, 0.6, 0.6, 0.9], [0.9, 0.6, 0.6, 0.2, 0.9], [0.9, 0.3, 0.6, 0.3, 0.9]])
    rates = np.geomspace(1e-4, 1, 5)
    assert suggested(rates, np.median(each, axis=0), each, 1.0)[1] == "noise"


def test_it_takes_a_loader_and_class_weights():
    cr.manual_seed(0)
    model = nn.MLP([2, 16, 1])
    used = cr.Trainer(model, nn.BCEWithLogitsLoss(), seed=0, class_weight={0: 2.0})
    found = used.lr_range_test(cr.data.DataLoader((X, Y), batch_size=32), points=8, steps=10)
    assert np.isfinite(found.initial)
    assert used.evaluate((X, Y))["loss"] == pytest.approx(found.initial, rel=1e-5)


def test_groups_keep_their_ratios():
    cr.manual_seed(0)
    model = nn.MLP([2, 8, 1])
    groups = [{"params": [*model[0].parameters()]}, {"params": [*model[2].parameters()], "lr": 0.01}]
    used = cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(groups, lr=0.1), seed=0)
    seen = []
    used.optimizer.step, step = lambda: (seen.append([g["lr"] for g in groups_of(used)]), step()), used.optimizer.step
    used.lr_sweep((X, Y), rates=(1.0,), epochs=1, batch_size=200)
    np.testing.assert_allclose(seen, [[1.0, 0.1]])


def groups_of(used):
    return used.optimizer.param_groups


@pytest.mark.article("S0-25")
def test_a_sweep_states_diverged_slow_and_good():
    cr.manual_seed(0)
    model = nn.MLP([2, 8, 1], activation="relu")
    x = np.random.default_rng(0).normal(size=(80, 2)) * 3
    used = cr.Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1), seed=0)
    sweep = used.lr_sweep((x, x[:, :1] - x[:, 1:]), rates=(3.0, 0.01, 0.00001), epochs=60)
    assert sweep.states == ("diverged", "good", "slow")
    assert sweep.best == 0.01
    assert set(sweep.curves) == {"lr 3", "lr 0.01", "lr 1e-05"}
    assert all(len(curve) == 60 for curve in sweep.curves.values())
    text = str(sweep)
    for word in ("diverged", "good", "slow", "best: 0.01"):
        assert word in text


@pytest.mark.parametrize(
    ("rates", "losses", "states", "best"),
    [
        ((0.1, 0.01, 0.001), (0.02, 0.05, 0.6), ("good", "good", "slow"), 0.1),
        ((1.0, 0.1, 0.01), (0.5, 0.02, 0.4), ("unstable", "good", "slow"), 0.1),
        ((1.0, 0.1), (float("nan"), 1.2), ("diverged", "diverged"), None),
        ((1.0, 0.1), (0.995, 1.0), ("flat", "flat"), None),
        ((1.0, 0.1), (5.0, 0.999), ("diverged", "flat"), None),
    ],
)
def test_what_a_sweep_concludes(rates, losses, states, best):
    assert verdicts(rates, losses, 1.0) == (states, best)


def test_a_sweep_that_learns_nothing_says_so():
    used = trainer()
    sweep = used.lr_sweep((X, Y), rates=(1e-9,), epochs=2)
    assert sweep.states == ("flat",)
    assert "I cannot tell" in str(sweep)


@pytest.mark.parametrize(
    "ask",
    [
        lambda t: t.lr_range_test((X, Y), low=0),
        lambda t: t.lr_range_test((X, Y), low=1, high=0.1),
        lambda t: t.lr_range_test((X, Y), points=2),
        lambda t: t.lr_range_test((X, Y), steps=0),
        lambda t: t.lr_range_test((X, Y), repeats=1),
        lambda t: t.lr_sweep((X, Y), rates=()),
        lambda t: t.lr_sweep((X, Y), rates=(-1,)),
        lambda t: t.lr_sweep((X, Y), epochs=0),
    ],
)
def test_refused(ask):
    used = trainer()
    before = everything(used)
    with pytest.raises(cr.ArgumentError) as caught:
        ask(used)
    assert str(caught.value).count("\n") == 3
    assert everything(used) == before


def test_an_error_in_between_leaves_the_trainer_as_it_was():
    used = trainer()
    before = everything(used)
    calls = []

    def fails(outputs, targets):
        calls.append(1)
        if len(calls) > 20:
            raise ValueError("later")
        return ((outputs - targets) ** 2).mean()

    used.loss = fails
    for ask in (used.lr_range_test, used.lr_sweep):
        calls.clear()
        with pytest.raises(ValueError, match="later"):
            ask((X, Y))
        assert everything(used) == before
