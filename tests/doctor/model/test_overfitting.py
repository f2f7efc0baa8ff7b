"""Rows learnt by heart: named where unseen rows are answered better by less; silent where nothing is lost."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings

RANDOM = np.random.default_rng(11)


def noisy_moons(seed):
    noise = float(RANDOM.uniform(0.4, 0.5))
    return cr.data.moons(100, noise=noise, seed=seed), settings.maker(lambda: nn.MLP([2, 128, 128, 1]), rate=0.02), 250


def overlapping_blobs(seed):
    random = np.random.default_rng(seed)
    y = np.arange(120) % 3
    spread = RANDOM.uniform(1.4, 1.8)
    X = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])[y] + spread * random.normal(size=(120, 2))
    return (X, y), settings.maker(lambda: nn.MLP([2, 128, 128, 3]), nn.CrossEntropyLoss, rate=0.02), 200


def plane(seed):
    random = np.random.default_rng(seed)
    X = random.normal(size=(60, 3))
    y = X[:, :1] - X[:, 1:2] + RANDOM.uniform(0.8, 1.1) * random.normal(size=(60, 1))
    return (X, y), settings.maker(lambda: nn.MLP([3, 128, 128, 1]), nn.MSELoss, rate=0.02), 250


@pytest.mark.slow
def test_a_plant_and_its_cure():
    rows, build, epochs = noisy_moons(1)
    found = settings.diagnosed(build, rows, epochs=epochs).findings[0]
    assert (found.code, found.level) == ("overfitting", "fault")
    assert found.experiment.wins == found.experiment.pairs == 5
    judged = cr.data.moons(2000, noise=0.45, seed=99)
    losses = []
    for one in (build, found.apply(build)):
        trainer = one()
        trainer.fit(rows, epochs=epochs, progress=False)
        losses.append(trainer.evaluate(judged)["loss"])
    assert losses[1] < 0.8 * losses[0]


@pytest.mark.parametrize("plant", [overlapping_blobs, plane])
def test_other_rows(plant):
    found = []
    for seed in range(2):
        rows, build, epochs = plant(seed)
        found += settings.suspected(33, build, rows, epochs)
    assert [one.code for one in found] == ["overfitting"] * 2


def test_rows_to_judge_by_may_be_given():
    rows, build, epochs = noisy_moons(2)
    validation = cr.data.moons(300, noise=0.4, seed=7)
    (found,) = settings.suspected(33, build, rows, epochs, validation=validation)
    assert found.code == "overfitting"


@pytest.mark.parametrize("seed", range(2))
def test_healthy_trainings_are_left_in_peace(seed):
    fine = settings.maker(lambda: nn.MLP([2, 16, 16, 1]), rate=0.02)
    assert not settings.suspected(33, fine, cr.data.moons(400, noise=0.3, seed=seed), 60)  # a noisy validation
    assert not settings.suspected(33, fine, settings.circles(seed), 60)
    wide = settings.maker(lambda: nn.MLP([1, 128, 128, 1], activation="tanh"), nn.MSELoss)  # wide, and harmless
    assert not settings.suspected(33, wide, settings.sine(seed), 100)


def test_without_rows_to_judge_by_nothing_is_said():
    X, y = cr.data.moons(30, noise=0.4, seed=0)
    assert not settings.suspected(33, settings.maker(lambda: nn.MLP([2, 64, 1])), (X, y), 200)
