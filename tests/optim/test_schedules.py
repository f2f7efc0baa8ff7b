"""Schedules are functions of the step: their values, their words, and what they are made of."""

import copy
import inspect
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.optim import schedules
from chainrule.optim.schedules import Schedule

# The schedule, and its rate at some steps, worked out by hand.
ROWS = [
    (schedules.constant(0.1), {0: 0.1, 7: 0.1, 10**6: 0.1}),
    (schedules.step(0.1, every=10, gamma=0.5), {0: 0.1, 9: 0.1, 10: 0.05, 35: 0.0125}),
    (schedules.step(0.1, 1), {0: 0.1, 1: 0.01}),
    (schedules.multi_step(0.1, [30, 10, 10], gamma=0.5), {9: 0.1, 10: 0.025, 29: 0.025, 30: 0.0125}),
    (schedules.exponential(0.1, gamma=0.9), {0: 0.1, 1: 0.09, 2: 0.081}),
    (schedules.exponential(0.1, gamma=0.25, every=10), {5: 0.05, 10: 0.025}),
    (schedules.polynomial(0.1, steps=10), {0: 0.1, 5: 0.05, 10: 0.0, 11: 0.0}),
    (schedules.polynomial(0.1, steps=10, power=2, end=0.02), {5: 0.04, 10: 0.02, 99: 0.02}),
    (schedules.inverse_sqrt(0.1, warmup=4), {0: 0.025, 3: 0.1, 15: 0.05}),
    (schedules.cosine(0.1, steps=100), {0: 0.1, 50: 0.05, 100: 0.0, 150: 0.0}),
    (schedules.cosine(0.01, steps=400 * 15, warmup=50), {0: 0.0002, 49: 0.01, 50: 0.01, 3025: 0.005, 6000: 0.0}),
    (schedules.cosine(0.1, steps=10, end=0.02), {5: 0.06, 10: 0.02}),
    (schedules.cosine_restarts(0.1, period=10), {0: 0.1, 5: 0.05, 10: 0.1, 25: 0.05}),
    (schedules.cosine_restarts(0.1, period=10, factor=2, end=0.02), {5: 0.06, 10: 0.1, 20: 0.06, 30: 0.1}),
    (schedules.one_cycle(1.0, steps=21, rise=10 / 21), {0: 0.04, 9: 1.0, 20: 4e-6, 50: 4e-6}),
    (schedules.one_cycle(1.0, 11, 0.5, 10.0, 10.0, "linear"), {0: 0.1, 10: 0.01}),
    (schedules.one_cycle(1.0, 31, rise=10 / 31, three_phase=True), {0: 0.04, 9: 1.0, 18: 0.04, 30: 4e-6}),
    (schedules.warmup(0.1, steps=5), {0: 0.02, 4: 0.1, 5: 0.1, 99: 0.1}),
    (schedules.warmup(schedules.step(0.1, every=10), steps=5, start=0.05), {0: 0.06, 4: 0.1, 14: 0.1, 15: 0.01}),
    (schedules.join([schedules.constant(0.1), schedules.step(0.01, every=1)], [3]), {2: 0.1, 3: 0.01, 4: 0.001}),
]
every = pytest.mark.parametrize(("schedule", "known"), ROWS, ids=[repr(schedule) for schedule, _ in ROWS])


@pytest.mark.article("S0-27")
def test_every_schedule_has_a_row():
    functions = {name for name in schedules.__all__ if not inspect.isclass(getattr(schedules, name))}
    assert functions == {schedule._name for schedule, _ in ROWS}
    assert len(functions) >= 6


@every
def test_known_rates(schedule, known):
    assert isinstance(schedule, Schedule)
    for step, rate in known.items():
        assert schedule(step) == pytest.approx(rate, rel=1e-9, abs=1e-12), step


@every
def test_it_reads_as_it_is_written(schedule, known):
    assert eval(repr(schedule), {**vars(schedules), "__builtins__": {}}) == schedule  # noqa: S307


@every
def test_it_travels(schedule, known):
    for twin in (pickle.loads(pickle.dumps(schedule)), copy.deepcopy(schedule)):  # noqa: S301
        assert twin == schedule
        assert hash(twin) == hash(schedule)
        assert [twin(step) for step in known] == [schedule(step) for step in known]


@every
def test_it_is_a_function_of_the_step_alone(schedule, known):
    forwards = [schedule(step) for step in range(120)]
    assert [schedule(step) for step in reversed(range(120))] == forwards[::-1]
    assert min(forwards) >= 0
    assert np.isfinite(forwards).all()
    with pytest.raises(cr.ArgumentError):
        schedule(-1)


def test_schedules_that_differ_are_not_equal():
    assert schedules.step(0.1, every=10) == schedules.step(0.1, 10, gamma=0.1)
    assert schedules.step(0.1, every=10) != schedules.step(0.1, every=11)
    assert schedules.constant(0.1) != 0.1


@pytest.mark.article("S0-27")
def test_a_schedule_drives_an_optimizer():
    """Learning rates to start with, and their decay: 0.1, 0.01, 0.001."""
    w = nn.Parameter(cr.ones(1))
    optimizer = optim.SGD([w], lr=0.1)
    rate = schedules.step(0.1, every=2)
    seen = []
    for t in range(6):
        optimizer.param_groups[0]["lr"] = rate(t)
        before = w.item()
        optimizer.zero_grad()
        w.sum().backward()
        optimizer.step()
        seen.append(round(before - w.item(), 6))
    assert seen == [0.1, 0.1, 0.01, 0.01, 0.001, 0.001]


@pytest.mark.article("S0-27", "S0-30")
def test_rates_to_start_with():
    w = [nn.Parameter(cr.ones(1))]
    rates = {name: getattr(optim, name)(w).param_groups[0]["lr"] for name in ("SGD", "Adam", "AdamW", "RMSprop")}
    assert rates == {"SGD": 0.001, "Adam": 0.001, "AdamW": 0.001, "RMSprop": 0.01}
