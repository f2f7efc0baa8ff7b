"""What curves alone say: each symptom in logs drawn at random, and silence where nothing is wrong."""

import numpy as np
import pytest

from chainrule.doctor.symptoms.curves import Curves, symptoms_of
from chainrule.language import catalogue

SEEDS = range(12)


def drawn(seed):
    """A generator, a number of epochs, and a loss to begin with."""
    rng = np.random.default_rng(seed)
    return rng, int(rng.integers(20, 300)), float(rng.uniform(0.3, 5.0))


def healthy(seed):
    """A loss that comes to rest: exponentially or as a power, with noise, above a floor."""
    rng, n, start = drawn(seed)
    t = np.arange(n)
    floor = start * rng.uniform(0.0, 0.3)
    fall = np.exp(-t / (n * rng.uniform(0.03, 0.25))) if seed % 2 else 1 / (1 + t)
    return floor + (start - floor) * fall * (1 + 0.03 * rng.normal(size=n))


def codes(*, level=None, **curves):
    found = symptoms_of(Curves(**{name: np.asarray(part, float) for name, part in curves.items()}))
    return [symptom.code for symptom in found if level in (None, symptom.level)]


@pytest.mark.parametrize("seed", SEEDS)
def test_silence_where_a_loss_comes_to_rest(seed):
    loss = healthy(seed)
    n = len(loss)
    rates = {
        "constant": np.full(n, 0.1), "cosine": 0.05 * (1 + np.cos(np.pi * np.arange(n) / (n - 1))),
        "steps": 0.1 * 0.1 ** (np.arange(n) // (n / 3)),
    }
    for rate in rates.values():
        judged = loss + 0.1 * loss[0]
        assert codes(loss=loss, judged=judged, rate=rate) == []
    assert codes(loss=loss[:3]) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_loss_that_runs_away(seed):
    rng, n, start = drawn(seed)
    away = start * (1 + np.arange(n) * rng.uniform(3, 20) / n)
    assert codes(loss=away, level="suspect") == ["diverged"]
    broken = healthy(seed)
    broken[int(rng.integers(1, n)) :] = rng.choice([np.nan, np.inf])
    assert codes(loss=broken) == ["diverged"]
    spike = healthy(seed)
    spike[n // 3] *= 10  # and heals
    assert "diverged" not in codes(loss=spike)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_loss_that_never_fell(seed):
    rng, n, _ = drawn(seed)
    classes = int(rng.choice([2, 3, 5, 10, 100]))
    guess = np.log(classes) * (1 + 0.0005 * rng.normal(size=n))
    assert codes(loss=guess, level="suspect") == ["flat"]
    assert codes(loss=0.37 * guess / guess[0], level="suspect") == []  # it may go on where another one ended
    assert codes(loss=0.37 * guess / guess[0], level="note") == ["flat"]
    known = Curves(0.37 * guess / guess[0], good=0.4, constant=0.5)
    assert list(symptoms_of(known)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_training_that_ends_on_its_way(seed):
    rng, n, start = drawn(seed)
    loss = start * (1 - rng.uniform(0.2, 0.7) * np.arange(n) / n) + 0.001 * rng.normal(size=n)
    assert codes(loss=loss, level="suspect") == ["unfinished"]
    rests = np.maximum(loss, loss[n // 2])  # on unseen rows it has come to its end
    assert codes(loss=loss, judged=rests, level="suspect") == []
    assert codes(loss=loss[:5], level="suspect") == []  # too few to tell


@pytest.mark.parametrize("seed", SEEDS)
def test_unseen_rows_that_get_worse(seed):
    rng, n, _ = drawn(seed)
    t = np.arange(n) / n
    loss, falls = 0.7 * np.exp(-8 * t), 0.7 * np.exp(-16 * t)
    lost = falls + 0.1 + rng.uniform(0.6, 2.0) * t
    assert codes(loss=loss, judged=lost, level="suspect") == ["overfitted"]
    little = falls + 0.1 + 0.12 * t  # as healthy trainings show it
    assert codes(loss=loss, judged=little, level="suspect") == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_loss_that_jumps(seed):
    rng, n, start = drawn(seed)
    loss = start * (1 + 0.8 * np.exp(-np.arange(n) / 3))
    jumps = start * rng.uniform(0.4, 0.8) * rng.uniform(-1, 1, n)
    jumps[0] = 0.0
    assert codes(loss=loss + jumps, level="suspect") == ["noisy"]
    assert codes(loss=loss + 0.1 * jumps, level="suspect") == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rate_that_ends_before_the_learning(seed):
    rng, n, start = drawn(seed)
    died = int(n * rng.uniform(0.3, 0.6))
    loss = start * (1 - 0.5 * np.minimum(np.arange(n), died) / n)
    rate = np.where(np.arange(n) < died, 0.1, 0.1 * 10 ** rng.uniform(-9, -3.5))
    assert codes(loss=loss, rate=rate, level="suspect") == ["schedule_died"]
    rested = start * np.exp(-np.arange(n) / (0.1 * died))
    assert codes(loss=rested, rate=rate) == []


def test_every_candidate_is_a_fault_of_the_catalogue():
    faults = catalogue("faults")
    for seed in SEEDS:
        _, n, _ = drawn(seed)
        for loss in (np.full(n, np.log(3)), np.linspace(1, 9, n), np.linspace(1, 0.5, n)):
            for symptom in symptoms_of(Curves(loss)):
                assert set(symptom.could_be) <= set(faults)
                assert all(symptom.candidates)
                assert symptom.level in str(symptom).lower()
