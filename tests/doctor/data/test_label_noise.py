"""6: labels flipped at random are found where neighbours leave no doubt; overlapping classes are no noise."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.doctor.checks.data import label_noise
from tests.doctor.plants import build, cancer, case, diagnosed, moons, rare, said, scaled, wine

SETS = {"moons": (lambda: moons(400), 1), "cancer": (cancer, 1), "spirals": (lambda: _spirals(), 1)}


def _spirals():
    X, y = cr.data.spirals(400, noise=0.1, seed=0)
    return scaled(X), np.array(y).reshape(-1, 1)


def _flipped(y, share, seed):
    """Some labels flipped, and which."""
    wrong = np.random.default_rng(seed).random(len(y)) < share
    return np.where(wrong[:, None], 1 - y, y), wrong


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", SETS)
def test_flipped_labels_are_found_and_listed(name, seed):
    rows, outputs = SETS[name]
    X, y = rows()
    noisy, wrong = _flipped(y, np.random.default_rng([seed, len(name)]).uniform(0.18, 0.28), seed)
    (found,) = said(label_noise, case(build(X, outputs), (X, noisy)))
    assert (found.code, found.proof) == ("label_noise", "exact")
    listed = [int(row) for row in found.evidence[1].values["rows"].split(", ")]
    assert len(listed) == label_noise.SHOWN
    assert wrong[listed].mean() > 0.9
    cleaned = found.cures[0].data((X, noisy))
    assert len(cleaned[0]) == len(cleaned[1]) < len(X)
    right = {(*x, *t) for x, t in zip(X[~wrong].tolist(), y[~wrong].tolist(), strict=True)}
    stay = [(*x, *t) in right for x, t in zip(cleaned[0].tolist(), cleaned[1].tolist(), strict=True)]
    assert np.mean(stay) > 0.93  # before: 0.72 to 0.82


def test_it_is_what_the_doctor_says_first():
    X, y = moons(400)
    noisy, _ = _flipped(y, 0.22, 5)
    first = diagnosed(build(X), (X, noisy)).findings[0]
    assert (first.code, first.level) == ("label_noise", "fault")


def test_few_wrong_labels_are_a_suspect_at_most():
    X, y = cancer()
    noisy, _ = _flipped(y, 0.07, 1)
    assert [found.proof for found in said(label_noise, case(build(X), (X, noisy)))] == ["statistic"]


@pytest.mark.parametrize("noise", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_overlapping_classes_are_no_noise(noise, seed):
    X, y = moons(400, noise=noise, seed=seed)
    assert said(label_noise, case(build(X), (X, y))) == []


TRAPS = {
    "wine": wine, "cancer": cancer, "rare": lambda: rare(*moons(600, noise=0.35), 0.06, 0),
    "shuffled": lambda: (moons()[0], np.random.default_rng(0).permutation(moons()[1])),
    "soft": lambda: (moons()[0], np.clip(moons()[1], 0.1, 0.85)),
    "few rows": lambda: tuple(part[:60] for part in moons()),
}


@pytest.mark.parametrize("name", TRAPS)
def test_what_is_no_noise_is_left_in_peace(name):
    X, y = TRAPS[name]()
    assert said(label_noise, case(build(X, 3 if name == "wine" else 1), (X, y))) == []


def test_what_neighbours_cannot_know_and_a_network_can_is_no_noise():
    X = np.random.default_rng(0).standard_normal((400, 5))
    y = (X[:, :1] * X[:, 1:2] > 0).astype(float)  # three columns beside that say nothing
    asked = case(build(X, hidden=(32,)), (X, y), epochs=80)
    assert np.median([run.error for run in asked.runs(range(5))]) < 0.16
    assert said(label_noise, asked) == []
