"""Schedulers give PyTorch's rates, and work side by side on one optimizer."""

import inspect
import json
import warnings

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import chainrule as cr
from chainrule import nn, optim
from chainrule.optim import lr_scheduler

EPOCHS = 100


def halve(epoch):
    return 0.5 ** (epoch // 7)


def warm(epoch):
    return min(epoch / 10, 1.0)  # zero at first: nothing to multiply


ROWS = [
    ("StepLR", dict(step_size=10, gamma=0.5)),
    ("StepLR", dict(step_size=1)),
    ("StepLR", dict(step_size=7, gamma=0.0)),
    ("MultiStepLR", dict(milestones=[60, 20, 20, 99], gamma=0.3)),
    ("ExponentialLR", dict(gamma=0.95)),
    ("ExponentialLR", dict(gamma=1.02)),
    ("ConstantLR", dict()),
    ("ConstantLR", dict(factor=0.1, total_iters=30)),
    ("LinearLR", dict()),
    ("LinearLR", dict(start_factor=0.1, end_factor=0.5, total_iters=40)),
    ("PolynomialLR", dict()),
    ("PolynomialLR", dict(total_iters=50, power=2.0)),
    ("LambdaLR", dict(lr_lambda=halve)),
    ("LambdaLR", dict(lr_lambda=[halve, warm])),
    ("CosineAnnealingLR", dict(T_max=30)),
    ("CosineAnnealingLR", dict(T_max=100, eta_min=0.01)),
    ("CosineAnnealingWarmRestarts", dict(T_0=10)),
    ("CosineAnnealingWarmRestarts", dict(T_0=5, T_mult=2, eta_min=0.001)),
    ("OneCycleLR", dict(max_lr=0.5, total_steps=EPOCHS)),
    ("OneCycleLR", dict(max_lr=[0.5, 0.1], epochs=10, steps_per_epoch=15, anneal_strategy="linear", pct_start=0.25)),
    ("OneCycleLR", dict(max_lr=0.5, total_steps=120, three_phase=True, div_factor=10.0, final_div_factor=100.0)),
]
every = pytest.mark.parametrize(("name", "kwargs"), ROWS, ids=[f"{name}-{k}" for k, (name, _) in enumerate(ROWS)])


def make(lr=0.1):
    a, b = nn.Parameter(cr.ones(1)), nn.Parameter(cr.ones(1))
    return optim.SGD([{"params": [a]}, {"params": [b], "lr": lr / 4}], lr=lr, momentum=0.9)


def judge(torch, lr=0.1):
    a, b = (torch.nn.Parameter(torch.ones(1)) for _ in "ab")
    return torch.optim.SGD([{"params": [a]}, {"params": [b], "lr": lr / 4}], lr=lr, momentum=0.9)


def rates(optimizer, *schedulers, epochs=EPOCHS, metric=None, key="lr"):
    """The rates of all groups, from the first on."""
    found = [[group[key] for group in optimizer.param_groups]]
    for epoch in range(epochs):
        optimizer.step()
        for scheduler in schedulers:
            wants = type(scheduler).__name__ == "ReduceLROnPlateau"
            scheduler.step(metric[epoch]) if wants else scheduler.step()
        found.append([group[key] for group in optimizer.param_groups])
    return np.array(found)


@pytest.fixture
def torch():
    found = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR warns about its own calls
        yield found


def test_every_scheduler_has_a_row():
    classes = {name for name in lr_scheduler.__all__ if inspect.isclass(getattr(lr_scheduler, name))}
    assert classes == {name for name, _ in ROWS} | {"LRScheduler", "SequentialLR", "ReduceLROnPlateau"}


def test_they_are_reached_as_in_pytorch():
    from chainrule.optim.lr_scheduler import ReduceLROnPlateau, StepLR

    assert optim.lr_scheduler.StepLR is StepLR
    assert issubclass(ReduceLROnPlateau, lr_scheduler.LRScheduler)


@pytest.mark.article("S1-18")
@every
def test_a_hundred_epochs_equal_pytorch(torch, name, kwargs):
    ours, theirs = make(), judge(torch)
    mine = rates(ours, getattr(lr_scheduler, name)(ours, **kwargs))
    known = rates(theirs, getattr(torch.optim.lr_scheduler, name)(theirs, **kwargs))
    np.testing.assert_allclose(mine, known, rtol=1e-9, atol=1e-15)


@every
def test_last_rates_are_those_of_the_groups(name, kwargs):
    optimizer = make()
    scheduler = getattr(lr_scheduler, name)(optimizer, **kwargs)
    for _ in range(5):
        assert scheduler.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
        assert all(type(rate) is float for rate in scheduler.get_last_lr())
        scheduler.step()
    assert scheduler.last_epoch == 5


@pytest.mark.article("W-13")
@every
def test_a_metric_is_not_read_as_an_epoch(name, kwargs):
    """`step(loss)` on a scheduler that needs no metric: PyTorch took the loss for the number of the epoch."""
    found = []
    for metric in ((), (0.731,), (cr.tensor(3.0),)):
        optimizer = make()
        scheduler = getattr(lr_scheduler, name)(optimizer, **kwargs)
        for _ in range(20):
            scheduler.step(*metric)
        found.append(scheduler.get_last_lr())
    assert found[0] == found[1] == found[2]


@pytest.mark.article("W-13")
def test_one_signature():
    for name in lr_scheduler.__all__:
        parameters = inspect.signature(getattr(lr_scheduler, name).step).parameters
        assert list(parameters) == ["self", "metric"]
        assert parameters["metric"].default is None


@pytest.mark.parametrize("epochs", [0, 3, 10, 37])
@every
def test_a_saved_state_goes_on(name, kwargs, epochs):
    ours, other = make(), make()
    scheduler = getattr(lr_scheduler, name)(ours, **kwargs)
    rates(ours, scheduler, epochs=epochs)
    ours.param_groups[0]["lr"] *= 0.5  # something else had its hand in it
    twin = getattr(lr_scheduler, name)(other, **kwargs)
    other.load_state_dict(ours.state_dict())
    twin.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
    assert twin.state_dict() == scheduler.state_dict()
    assert rates(ours, scheduler, epochs=20).tolist() == rates(other, twin, epochs=20).tolist()


@every
def test_a_state_of_pytorch_is_taken_over(torch, name, kwargs):
    ours, theirs = make(), judge(torch)
    scheduler = getattr(lr_scheduler, name)(ours, **kwargs)
    known = getattr(torch.optim.lr_scheduler, name)(theirs, **kwargs)
    rates(theirs, known, epochs=13)
    ours.load_state_dict(theirs.state_dict())
    scheduler.load_state_dict(known.state_dict())
    mine, theirs_on = rates(ours, scheduler, epochs=40), rates(theirs, known, epochs=40)
    np.testing.assert_allclose(mine, theirs_on, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(("name", "kwargs"), [ROWS[0], ROWS[4], ROWS[9], ROWS[15]], ids=str)
def test_last_epoch_goes_on_where_a_run_ended(torch, name, kwargs):
    found = []
    for optimizer, place in ((make(), lr_scheduler), (judge(torch), torch.optim.lr_scheduler)):
        rates(optimizer, getattr(place, name)(optimizer, **kwargs), epochs=12)
        found.append(rates(optimizer, getattr(place, name)(optimizer, **kwargs, last_epoch=11), epochs=20))
    np.testing.assert_allclose(*found, rtol=1e-9)
    with pytest.raises(cr.StateError, match="initial_lr"):
        getattr(lr_scheduler, name)(make(), **kwargs, last_epoch=12)


@pytest.mark.article("W-13", "S1-18")
def test_step_and_plateau_live_together():
    """The listing of the article, with both schedulers kept: the rate is the product of what each of them does."""
    losses = [1.0 / (epoch + 1) if epoch < 20 else 0.05 for epoch in range(EPOCHS)]
    both, alone, watcher = make(), make(), make()
    step = lr_scheduler.StepLR(both, step_size=10, gamma=0.5)
    plateau = lr_scheduler.ReduceLROnPlateau(both, mode="min", patience=5, factor=0.1, min_lr=0.0, eps=0.0)
    found = rates(both, step, plateau, metric=losses)
    steps = rates(alone, lr_scheduler.StepLR(alone, step_size=10, gamma=0.5))
    drops = rates(watcher, lr_scheduler.ReduceLROnPlateau(watcher, patience=5, factor=0.1, eps=0.0), metric=losses)
    np.testing.assert_allclose(found, steps * drops / found[0], rtol=1e-9)
    assert found[-1, 0] < 1e-8


@pytest.mark.article("W-13")
@pytest.mark.parametrize("first", [0, 1])
def test_two_schedulers_multiply(torch, first):
    found = []
    for optimizer, place in ((make(), lr_scheduler), (judge(torch), torch.optim.lr_scheduler)):
        makers = [
            lambda o, place=place: place.LinearLR(o, start_factor=0.25, total_iters=12),
            lambda o, place=place: place.StepLR(o, step_size=5, gamma=0.5),
        ]
        schedulers = [makers[k](optimizer) for k in (first, 1 - first)]
        found.append(rates(optimizer, *schedulers))
    np.testing.assert_allclose(*found, rtol=1e-9)


@pytest.mark.article("W-13")
def test_a_scheduler_keeps_what_others_did_while_it_was_at_zero():
    optimizer = make()
    scheduler = lr_scheduler.LambdaLR(optimizer, warm)
    optimizer.param_groups[0]["lr"] *= 0.5  # zero: cannot be seen
    scheduler.step()
    assert scheduler.get_last_lr()[0] == pytest.approx(0.01)
    optimizer.param_groups[0]["lr"] *= 0.5
    scheduler.step()
    assert scheduler.get_last_lr()[0] == pytest.approx(0.01)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=1)
    for _ in range(6):
        cosine.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.01)


SEQUENCES = [
    (lambda o, s: [s.ConstantLR(o, factor=0.1, total_iters=20), s.ExponentialLR(o, gamma=0.9)], [20]),
    (lambda o, s: [s.LinearLR(o, start_factor=0.1, total_iters=10), s.CosineAnnealingLR(o, T_max=80)], [10]),
    (lambda o, s: [s.LinearLR(o, total_iters=5), s.StepLR(o, 10, 0.5), s.PolynomialLR(o, 20)], [5, 60]),
    (lambda o, s: [s.LambdaLR(o, warm), s.CosineAnnealingWarmRestarts(o, 20)], [10]),
]


@pytest.mark.article("S1-18")
@pytest.mark.parametrize(("build", "milestones"), SEQUENCES)
def test_sequences_equal_pytorch(torch, build, milestones):
    found = []
    for optimizer, place in ((make(), lr_scheduler), (judge(torch), torch.optim.lr_scheduler)):
        found.append(rates(optimizer, place.SequentialLR(optimizer, build(optimizer, place), milestones=milestones)))
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-15)


def test_a_sequence_is_saved_and_goes_on():
    ours, other = make(), make()
    build, milestones = SEQUENCES[2]
    scheduler = lr_scheduler.SequentialLR(ours, build(ours, lr_scheduler), milestones)
    rates(ours, scheduler, epochs=30)
    twin = lr_scheduler.SequentialLR(other, build(other, lr_scheduler), milestones)
    other.load_state_dict(ours.state_dict())
    twin.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
    assert rates(ours, scheduler, epochs=50).tolist() == rates(other, twin, epochs=50).tolist()


@pytest.mark.parametrize("cycle", [dict(), dict(three_phase=True), dict(anneal_strategy="linear")], ids=str)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_one_cycle_turns_the_momentum_too(torch, kind, cycle):
    kwargs = dict(max_lr=0.3, total_steps=60, **cycle)
    more = dict(momentum=0.9) if kind == "SGD" else {}
    key = "momentum" if kind == "SGD" else "betas"
    ours = getattr(optim, kind)([nn.Parameter(cr.ones(1))], lr=0.1, **more)
    theirs = getattr(torch.optim, kind)([torch.nn.Parameter(torch.ones(1))], lr=0.1, **more)
    mine = rates(ours, lr_scheduler.OneCycleLR(ours, **kwargs), epochs=59, key=key)
    known = rates(theirs, torch.optim.lr_scheduler.OneCycleLR(theirs, **kwargs), epochs=59, key=key)
    np.testing.assert_allclose(mine, known, rtol=1e-9)


def test_one_cycle_ends():
    optimizer = make()
    scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=5)
    for _ in range(5):
        scheduler.step()
    with pytest.raises(cr.StateError, match="last of 5"):
        scheduler.step()


def test_groups_that_are_added_later_join_in():
    optimizer = make()
    scheduler = lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    for _ in range(3):
        scheduler.step()
    optimizer.add_param_group({"params": [nn.Parameter(cr.ones(1))], "lr": 0.8})
    scheduler.step()
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.025, 0.00625, 0.4])


# --- ReduceLROnPlateau ------------------------------------------------------------------------------------------------

PLATEAUS = [
    dict(), dict(patience=5), dict(patience=0, factor=0.5), dict(mode="max", patience=3, factor=0.2),
    dict(threshold=0.1, patience=2), dict(threshold=0.05, threshold_mode="abs", patience=2),
    dict(mode="max", threshold=0.05, threshold_mode="abs", patience=1), dict(cooldown=4, patience=1, factor=0.5),
    dict(min_lr=0.01, patience=1), dict(min_lr=[0.02, 0.001], patience=1, factor=0.3),
    dict(eps=0.02, patience=1, factor=0.5), dict(threshold=0.0, patience=2), dict(cooldown=1, patience=0, factor=0.9),
]


@pytest.mark.article("S1-18")
@pytest.mark.parametrize("kwargs", PLATEAUS, ids=str)
@pytest.mark.parametrize("shape", ["falling", "flat", "noisy", "nan", "steps"])
def test_plateaus_equal_pytorch(torch, kwargs, shape):
    rng = np.random.Generator(np.random.Philox(key=3))
    metric = {
        "falling": np.exp(-np.arange(EPOCHS) / 30),
        "flat": np.full(EPOCHS, 0.5),
        "noisy": 1 / (1 + np.arange(EPOCHS)) + rng.uniform(0, 0.1, EPOCHS),
        "nan": np.where(np.arange(EPOCHS) % 9 == 5, np.nan, 1.0 - np.arange(EPOCHS) / 200),
        "steps": 1.0 - 0.1 * (np.arange(EPOCHS) // 8),
    }[shape]
    metric = np.abs(metric)
    found = []
    for optimizer, place in ((make(), lr_scheduler), (judge(torch), torch.optim.lr_scheduler)):
        found.append(rates(optimizer, place.ReduceLROnPlateau(optimizer, **kwargs), metric=metric.tolist()))
    assert found[0].tolist() == found[1].tolist()


@pytest.mark.article("S1-18")
@given(
    metric=st.lists(st.sampled_from([0.0, 0.5, 0.8999, 0.9, 0.9999, 1.0, 1.0001, 1.1, 2.0]), min_size=1, max_size=40),
    mode=st.sampled_from(["min", "max"]), threshold=st.sampled_from([0.0, 1e-4, 0.1]),
    threshold_mode=st.sampled_from(["rel", "abs"]), patience=st.integers(0, 4), cooldown=st.integers(0, 4),
)
def test_any_plateau_equals_pytorch(metric, mode, threshold, threshold_mode, patience, cooldown):
    torch = pytest.importorskip("torch")
    kwargs = dict(mode=mode, threshold=threshold, threshold_mode=threshold_mode, patience=patience, cooldown=cooldown)
    found = []
    for optimizer, place in ((make(), lr_scheduler), (judge(torch), torch.optim.lr_scheduler)):
        scheduler = place.ReduceLROnPlateau(optimizer, **kwargs)
        found.append([])
        for value in metric:
            scheduler.step(value)
            found[-1].append(scheduler.get_last_lr())
    assert found[0] == found[1]


@pytest.mark.parametrize(("mode", "metric"), [("min", -1.0), ("max", -1.0)])
def test_a_metric_below_zero_that_stands_still_is_a_plateau_too(mode, metric):
    """PyTorch's relative threshold takes standing still below zero for a new best, and never fires."""
    optimizer = make()
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, mode=mode, patience=3, factor=0.5)
    for _ in range(5):
        scheduler.step(metric)
    assert scheduler.get_last_lr()[0] == 0.05


def test_a_plateau_is_saved_and_goes_on():
    ours, other = make(), make()
    scheduler = lr_scheduler.ReduceLROnPlateau(ours, patience=2, factor=0.5, cooldown=2)
    metric = [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]
    rates(ours, scheduler, metric=metric, epochs=6)
    twin = lr_scheduler.ReduceLROnPlateau(other, patience=2, factor=0.5, cooldown=2)
    other.load_state_dict(ours.state_dict())
    twin.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
    rest = metric[6:]
    assert rates(ours, scheduler, metric=rest, epochs=8).tolist() == rates(other, twin, metric=rest, epochs=8).tolist()


def test_a_metric_may_be_a_tensor():
    optimizer = make()
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, factor=0.5)
    for value in (cr.tensor(1.0), np.float32(1.0), np.array(1.0)):
        scheduler.step(value)
    assert scheduler.get_last_lr()[0] == 0.025
