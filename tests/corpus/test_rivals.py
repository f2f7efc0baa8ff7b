"""Rules of published tools see what they are known for, and the forest never learns from what it is asked."""

import numpy as np
import pytest

from chainrule import nn
from corpus.case import Drawn
from corpus.rivals import always, autotrainer, deepchecker, deepdiagnosis, forest, umlaut
from corpus.rivals.features import features
from corpus.rivals.racing import FOREST, RULES, verdicts
from corpus.rivals.trace import watched
from corpus.sets import SETS


def trace(**changes):
    clusters = next(one for one in SETS if one.name == "clusters")
    setup = clusters.setup(np.random.default_rng(0)).but(hidden=(8, 8), lr=0.01, epochs=8)
    if "factor" in changes:
        factor = changes.pop("factor")
        setup = setup.but(rows=(setup.rows[0] * factor, setup.rows[1]))
    return watched(Drawn(setup.but(**changes), None, 0))


@pytest.fixture(scope="module")
def fine():
    return trace()


def test_a_training_is_watched_from_before_to_after(fine):
    assert len(fine.curve("loss")) == len(fine.curve("val_score")) == 8
    assert len(fine.looks) == len(fine.steps) + 1
    assert [layer.activation for layer in fine.looks[0]] == ["ReLU", "ReLU", ""]
    assert all(layer.gradient.shape == layer.weights.shape for layer in fine.looks[-1])


def test_umlaut_wants_inputs_within_one_and_small_rates(fine):
    assert "features_unscaled" in umlaut.said(fine)
    assert "features_unscaled" not in umlaut.said(trace(factor=0.1))
    assert "learning_rate_too_high" in umlaut.said(trace(lr=0.02))


def test_autotrainer_sees_an_explosion(fine):
    assert autotrainer.said(fine) == []
    assert autotrainer.said(trace(factor=1e6, optimizer="sgd", lr=0.5)) == ["exploding_gradient"]


def test_deepdiagnosis_sees_weights_that_are_too_large():
    assert "weights_too_large" in deepdiagnosis.said(trace(init=30.0, activation="tanh"))


def test_deepchecker_sees_equal_weights():
    assert "symmetric_weights" in deepchecker.said(trace(init=lambda weight: nn.init.constant_(weight, 0.5)))


def test_one_answer_for_all(fine):
    assert always.said(fine) == ["learning_rate_too_low"]


def test_features_are_finite_and_as_many_for_every_training(fine):
    broken = trace(factor=np.nan)
    assert len(features(fine)) == len(features(broken))
    assert np.isfinite(features(broken)).all()


def invented(index, sick):
    name = "fault/label_noise" if sick else "healthy/moons"
    rng = np.random.default_rng(index)
    return {"id": f"{name}/development/{index}", "source": "s", "verdict": "hurts" if sick else "healthy",
            "data": f"set{index % 6}", "features": [float(sick) + rng.normal() * 0.1, rng.normal()], "seconds": 0.0,
            "said": {rule: [] for rule in RULES}}


def test_a_forest_answers_about_sets_that_it_has_not_seen():
    rows = [invented(index, sick=index % 2 == 1) for index in range(60)]
    found = forest.crossed(rows)
    right = [bool(said) == (index % 2 == 1) for index, said in enumerate(found)]
    assert np.mean(right) > 0.9
    told = verdicts("development", rows)
    assert set(told) == {*RULES, FOREST}


def test_of_too_few_sets_a_forest_says_nothing():
    few = [{"id": f"healthy/moons/development/{place}", "data": "moons", "features": [0.0]} for place in range(3)]
    compound = {"id": "compound/label_noise+imbalance/development/0", "data": "moons", "features": [0.0]}
    assert forest.crossed([*few, compound]) == [[]] * 4
    assert forest.crossed([compound]) == [[]]
