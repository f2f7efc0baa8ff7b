"""A plant counts if it hurts; what does not hurt is neutral, and a healthy training reaches its reference."""

import numpy as np
import pytest

from corpus import healthy, keeping
from corpus.case import Case, Drawn
from corpus.outcome import Outcome, chance, hurts, outcome
from corpus.sets import SETS

CASE = Case("fault", "optimizer_settings", "development", 0)


@pytest.fixture(scope="module")
def twin():
    """Two clusters and a small network: nothing is quicker to learn."""
    clusters = next(one for one in SETS if one.name == "clusters")
    setup = clusters.setup(np.random.default_rng(0))
    return setup.but(hidden=(8,), lr=0.02, epochs=15)


def test_a_plant_that_changes_nothing_is_neutral(twin):
    assert keeping._judged(CASE, Drawn(twin, twin, 0))["verdict"] == "neutral"


def test_a_plant_that_stops_learning_hurts(twin):
    row = keeping._judged(CASE, Drawn(twin.but(lr=1e-7), twin, 0))
    assert row["verdict"] == "hurts"
    assert row["p"] < 0.01


def test_what_learns_is_healthy_and_what_does_not_is_not(twin):
    assert healthy.is_healthy(twin)
    assert not healthy.is_healthy(twin.but(lr=1e-7))


def test_chance_counts_signs():
    gaps = np.ones(10)
    assert chance(gaps, np.zeros(10)) == pytest.approx(1 / 1024)
    assert chance(np.array([1.0, -1.0]), np.zeros(2)) == pytest.approx(0.75)


@pytest.mark.parametrize(("worse", "expected"), [(0.2, True), (0.05, False)])
def test_what_hurts_matters_too(worse, expected):
    calm = Outcome(np.full(10, 0.9), np.full(10, 0.1))
    assert hurts(Outcome(np.full(10, 0.9), np.full(10, 0.1 + worse)), calm) is expected


def test_one_bad_seed_is_no_proof():
    calm = Outcome(np.full(10, 0.9), np.full(10, 0.1))
    losses = np.full(10, 0.1)
    losses[0] = 3.0
    assert not hurts(Outcome(np.full(10, 0.9), losses), calm)


def test_what_cannot_be_trained_is_as_bad_as_it_gets(twin):
    broken = twin.but(rows=(twin.rows[0] * np.nan, twin.rows[1]))
    assert outcome(broken, range(1)).loss == 3.0
