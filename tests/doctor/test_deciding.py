"""What stands behind what: suspects beside a proven cause, behind a symptom, and alone."""

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor import deciding
from chainrule.doctor.case import Run
from chainrule.doctor.change import AS_IT_IS, Change
from chainrule.doctor.experiment import Experiment
from chainrule.doctor.finding import Finding
from chainrule.doctor.suspicion import Suspicion
from tests.doctor.plants import build, case, moons


def suspicion(code, strength, **settings):
    return Suspicion(code, "rerun", (), (Change(code),), strength, **settings)


def experiment(code, gains):
    gains = np.array(gains)
    return Experiment(Change(code), np.ones(len(gains)), 1 - gains, gains)


def behind(finding):
    return [(other.code, other.level) for other in finding.behind]


def test_better_evidence_with_half_the_gain_is_suspected_beside_what_is_proven():
    first = Finding("network_too_small", "fault", suspicion("network_too_small", 0.2), experiment("wider", [0.2] * 5))
    strong, weak, none = (
        (suspicion(code, strength), experiment(code, [gain] * 5))
        for code, strength, gain in (("not_shuffled", 0.9, 0.12), ("batch_too_small", 0.1, 0.15), ("drift", 0.9, 0.05))
    )
    made = [strong, weak, none]
    (found,) = deciding._with_suspects([first], [s for s, _ in made], [], made, [])
    assert behind(found) == [("not_shuffled", "suspect")]
    (title, others), = found.folded()
    assert title.startswith("Suspected as well, not proven: ")
    assert others == found.behind


def test_behind_a_symptom_stand_its_likely_causes():
    symptom = Suspicion("seed_lottery", "exact", (), strength=0.75, symptom=True)
    first = Finding("seed_lottery", "fault", symptom)
    helps = suspicion("learning_rate_too_high", 0.55), experiment("learning_rate", [0.1, 0.3])
    open_ = [helps[0], suspicion("weights_too_large", 0.7), suspicion("missing_bias", 0.8),
             suspicion("network_too_small", 0.2)]
    (found,) = deciding._with_suspects([first], open_, [helps], [], [])
    assert behind(found) == [("learning_rate_too_high", "suspect"), ("missing_bias", "suspect")]


def test_what_names_no_cause_stands_behind_nothing():
    code = "learning_rate_too_low"
    first = Finding(code, "fault", suspicion(code, 0.55), experiment("rate", [0.5] * 5))
    late = [
        Finding(code, "suspect", Suspicion(code, "statistic", (), strength=strength, symptom=True))
        for code, strength in (("nothing_learnt", 0.1), ("imbalance", 0.5))
    ]
    (found,) = deciding._with_suspects([first], [], [], [], late)
    assert behind(found) == [("imbalance", "suspect")]


@pytest.mark.parametrize(("strength", "gains", "named"), [
    (0.9, [0.12, -0.35, 0.1, 0.13, 0.12], True),
    (0.7, [0.12, -0.35, 0.1, 0.13, 0.12], False),  # no clear evidence
    (0.9, [0.12, -0.35, -0.1, 0.13, 0.12], False),  # two seeds lose
    (0.9, [0.09, 0.08, 0.09, 0.2, 0.2], False),  # less than a tenth
])
def test_where_nothing_is_proven_clear_evidence_is_a_suspect(strength, gains, named):
    found = deciding._nearly([(suspicion("not_shuffled", strength), experiment("shuffled", gains))])
    assert [(f.code, f.level) for f in found] == ([("not_shuffled", "suspect")] if named else [])


def test_what_helps_nearly_as_much_is_tried_in_the_order_of_its_evidence():
    pairs = [(suspicion(code, strength), experiment(code, [gain] * 2)) for code, strength, gain in (
        ("stopped_too_early", 0.35, 0.5), ("learning_rate_too_low", 0.55, 0.2), ("not_shuffled", 0.9, 0.45),
        ("batch_too_small", 0.4, 0.3),
    )]
    order = [s.code for s, _ in deciding._likeliest(pairs)]
    assert order == ["not_shuffled", "stopped_too_early", "batch_too_small", "learning_rate_too_low"]


@pytest.mark.parametrize(("epochs", "first"), [(10.0, "not_shuffled"), (3.0, "stopped_too_early")])
def test_ten_times_the_epochs_cure_much_by_sheer_force(epochs, first):
    gains = {"stopped_too_early": (0.6, 0.8), "not_shuffled": (0.9, 0.65)}
    made = [(suspicion(code, strength), experiment(code, [gain] * 5)) for code, (strength, gain) in gains.items()]
    made[0] = made[0][0], replace(made[0][1], change=Change("longer", epochs=epochs))
    assert deciding._likeliest(made)[0][0].code == first
    X, _ = moons()
    assert deciding._ranked(case(build(X), moons(), epochs=2), [], made)[0].code == first


def test_rows_that_are_learnt_and_unseen_ones_that_are_not_are_trouble():
    asked = case(build(moons()[0]), moons(), epochs=2)
    good, bad = asked.floor + 0.05 * asked.scale, asked.floor + 0.4 * asked.scale
    asked._runs = {(AS_IT_IS.key, seed): Run(seed, np.zeros(1), good, good, 0.0) for seed in range(asked.few)}
    assert not asked.trouble
    for seed in range(3):
        asked._runs[AS_IT_IS.key, seed] = Run(seed, np.zeros(1), good, bad, 0.2)
    assert asked.trouble
    assert set(asked.worst[:3]) == {0, 1, 2}


def test_seeds_that_got_stuck_are_the_worst_also_beyond_the_usual_ones():
    asked = case(build(moons()[0]), moons(), epochs=2)
    good, bad = asked.floor + 0.05 * asked.scale, asked.floor + 0.9 * asked.scale
    asked._runs = {(AS_IT_IS.key, seed): Run(seed, np.zeros(1), good, good, 0.0) for seed in range(asked.few)}
    last = asked.few - 1
    asked._runs[AS_IT_IS.key, last] = Run(last, np.zeros(1), bad, bad, 0.5)
    assert asked.trouble
    assert asked.worst[0] == last


def test_what_is_suspected_and_does_no_harm_is_a_hint():
    X, y = moons(noise=0.3)  # classes overlap, so that it is tried

    def make():
        model = nn.MLP([2, 16, 1])
        summed = nn.BCEWithLogitsLoss(reduction="sum")
        return cr.Trainer(model, summed, optim.Adam(model.parameters(), lr=0.04))

    found = cr.doctor.diagnose(make, (X, y), epochs=60, budget=60.0)
    assert found.healthy
    assert [note.code for note in found.notes] == ["loss_summed"]


def test_two_causes_of_which_neither_helps_alone_are_found_by_looking_again():
    X, y = cr.data.circles(300, noise=0.08, seed=3)

    def make():
        model = nn.MLP([2, 16, 1])
        return cr.Trainer(
            model, nn.BCEWithLogitsLoss(), optim.AdamW(model.parameters(), lr=1e-5, weight_decay=60.0),
        )

    found = cr.doctor.diagnose(make, (X, y), epochs=50, budget=60.0)
    named = [one.code for finding in found.findings for one in (finding, *finding.behind)]
    assert named[:2] == ["regularisation_too_strong", "learning_rate_too_low"]
    cured = found.apply(make)()
    cured.fit((X, y), epochs=50, progress=False)
    assert cured.evaluate((X, y))["loss"] < 0.2


@pytest.mark.parametrize(("unseen", "strength", "first"), [
    (True, 0.2, "overfitting"), (True, 0.55, "learning_rate_too_high"), (False, 0.2, "learning_rate_too_high"),
])
def test_a_rate_that_only_holds_back_stands_behind_what_is_learnt_by_heart(unseen, strength, first):
    by_heart = Suspicion("overfitting", "exact", (), strength=0.8, experiment=experiment("stopped", [1.0] * 5),
                         symptom=True)
    rate = suspicion("learning_rate_too_high", strength)
    lower = replace(experiment("lower", [1.0] * 5), unseen=unseen)
    X, _ = moons()
    found = deciding._ranked(case(build(X), moons(), epochs=2), [by_heart], [(rate, lower)])
    assert found[0].code == first
    assert len(found) == 2
