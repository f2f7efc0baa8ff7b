"""What learners really write, right and wrong: the mistake is named, the right one left in peace, nothing crashes."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import language
from chainrule.errors import ArgumentError, ChainruleError, DtypeError
from chainrule.language import catalogue
from tests.glass.learners import right, second_round, wrong_layers, wrong_losses, wrong_sums
from tests.glass.learners.drawn import MISTAKES, Drawn
from tests.glass.learners.settings import RIGHT, WRONG, dead, line, xor

WRITTEN = (right, second_round, wrong_layers, wrong_losses, wrong_sums)


@pytest.fixture(autouse=True)
def _english():
    before = list(language._chosen)
    language.choose("en")
    yield
    language._chosen[:] = before


def test_there_are_enough_of_them():
    assert len(WRONG) >= 80
    assert len(RIGHT) >= 30
    assert len({written.findings[0] for written in WRONG}) >= 20
    assert {finding for written in WRONG for finding in written.findings} <= set(catalogue("examine"))


@pytest.mark.parametrize("written", WRONG, ids=lambda written: written.name)
def test_the_mistake_is_named(written):
    report = cr.examine(written.backward, *written.setting())
    assert not report.correct
    assert report.finding in written.findings, str(report)
    assert report.where in written.where
    assert not all(verdict.correct for verdict in report.verdicts.values()) or "calls" in report.finding
    for lang in language.LANGUAGES:
        language.choose(lang)
        assert "{" not in str(report)


@pytest.mark.parametrize("written", RIGHT, ids=lambda written: written.name)
def test_the_right_one_is_left_in_peace(written):
    report = cr.examine(written.backward, *written.setting())
    assert report.correct, str(report)
    assert report.finding in ("correct", "float32_noise", "slope_at_the_corner")
    assert all(verdict.correct for verdict in report.verdicts.values())


def test_another_slope_in_the_corner_is_said_and_not_blamed():
    found = {written.backward.__name__: written for written in RIGHT}
    report = cr.examine(second_round.slope_one_in_the_corner, *found["slope_one_in_the_corner"].setting())
    assert (report.correct, report.finding) == (True, "slope_at_the_corner")
    assert "z = 0 is 1 here" in str(report)


@pytest.mark.night
@pytest.mark.parametrize("seed", range(100, 110))
def test_over_other_weights(seed):
    """Where two mistakes happen to give the same numbers another name is no fault: 95 of 100."""
    hits, told = 0, []
    for written in WRONG:
        report = cr.examine(written.backward, *written.setting(seed))
        hit = not report.correct and report.finding in written.findings
        hits += hit
        told += [] if hit else [(written.name, report.finding)]
    assert hits >= 0.95 * len(WRONG), told
    blamed = [written.name for written in RIGHT if not cr.examine(written.backward, *written.setting(seed)).correct]
    assert blamed == []


def judged(seeds):
    """Networks by lot: how many mistakes there were, which were not named, which right ones were blamed."""
    count, missed, blamed = 0, [], []
    for seed in seeds:
        plain = Drawn(seed)
        if not cr.examine(plain, plain.trainer, plain.batch).correct:
            blamed.append(seed)
        for mistake, findings in MISTAKES.items():
            case = Drawn(seed, mistake)
            if case.possible():
                report = cr.examine(case, case.trainer, case.batch)
                count += 1
                if report.correct or report.finding not in findings:
                    missed.append((seed, mistake, report.finding))
    return count, missed, blamed


@pytest.mark.parametrize("seeds", [range(4), pytest.param(range(4, 64), marks=pytest.mark.night)], ids=["few", "many"])
def test_networks_losses_and_mistakes_by_lot(seeds):
    count, missed, blamed = judged(seeds)
    assert blamed == []
    assert count >= 15 * len(seeds)
    assert len(missed) <= 0.05 * count, missed


def test_gradients_that_are_zero_throughout_are_said_to_tell_nothing():
    trainer, batch = dead()
    right_one = cr.examine(second_round.relu_for_dead_units, trainer, batch)
    assert right_one.correct
    assert right_one.finding == "nothing_to_compare"
    assert "dW1, db1" in str(right_one)


# --- functions that are none --------------------------------------------------------------------------------------


def grads(p, X, y):
    return right.as_in_the_articles(p, X, y)


BROKEN = {
    "raises": lambda p, X, y: 1 / 0,
    "wrong product": lambda p, X, y: {"W1": X @ p["W2"] @ X},
    "unknown key": lambda p, X, y: {"W1": p["W9"]},
    "two arguments": lambda p, X: {},
    "assertion": lambda p, X, y: (_ for _ in ()).throw(AssertionError),
    "nothing": lambda p, X, y: None,
    "a tuple": lambda p, X, y: tuple(grads(p, X, y).values()),
    "a list": lambda p, X, y: [*grads(p, X, y).values()],
    "loss and gradients": lambda p, X, y: (0.7, grads(p, X, y)),
    "an array": lambda p, X, y: grads(p, X, y)["dW1"],
    "a number": lambda p, X, y: 0.5,
    "empty": lambda p, X, y: {},
    "other names": lambda p, X, y: {"weights": 1.0, "bias": 2.0},
    "numbers as keys": lambda p, X, y: {1: grads(p, X, y)["dW1"]},
    "text": lambda p, X, y: {"W1": "0.5"},
    "ragged": lambda p, X, y: {"W1": [[1.0, 2.0], [3.0]]},
    "complex": lambda p, X, y: {"W1": p["W1"] * 1j},
    "objects": lambda p, X, y: {"W1": np.array([None, 1.0])},
    "a dict inside": lambda p, X, y: {"W1": {"gradient": p["W1"]}},
    "a function": lambda p, X, y: {"W1": np.dot},
}


@pytest.mark.parametrize("lang", language.LANGUAGES)
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_backward_pass_gets_one_message_of_four_parts(name, lang):
    language.choose(lang)
    with pytest.raises(ChainruleError) as caught:
        cr.examine(BROKEN[name], *xor())
    assert isinstance(caught.value, ArgumentError | DtypeError)
    assert len(str(caught.value).split("\n")) == 4
    assert str(caught.value).startswith("examine, argument my_backward")
    assert "{" not in str(caught.value).replace("{}", "").replace("return {", "").replace("{'", "")


def test_an_error_names_its_line_and_keeps_its_cause():
    def backward(parameters, X, y):
        a1 = np.tanh(X @ parameters["W1"] + parameters["b1"])
        return {"W1": a1.T @ X.T}

    with pytest.raises(ArgumentError, match="ValueError") as caught:
        cr.examine(backward, *xor())
    assert isinstance(caught.value.__cause__, ValueError)
    assert caught.value.where.endswith(f"test_learners.py, line {backward.__code__.co_firstlineno + 2}")


ODD = {
    "one is None": (lambda p, X, y: {**grads(p, X, y), "db1": None}, "missing_gradient", "layer 1"),
    "all are None": (lambda p, X, y: dict.fromkeys(("W1", "b1", "W2", "b2")), "missing_gradient", "everywhere"),
    "one is left out": (lambda p, X, y: {"W1": grads(p, X, y)["dW1"]}, "missing_gradient", "layers 1, 2"),
    "NaN": (lambda p, X, y: {n: g * np.nan for n, g in grads(p, X, y).items()}, "not_a_number", "everywhere"),
    "infinite": (lambda p, X, y: {**grads(p, X, y), "dW2": grads(p, X, y)["dW2"] / 0}, "not_a_number", "layer 2"),
    "whole": (lambda p, X, y: {n: g.astype(int) for n, g in grads(p, X, y).items()}, "zero_gradient", "layer 2"),
    "no rows": (lambda p, X, y: {**grads(p, X, y), "dW1": np.zeros((0, 4))}, "wrong_shape", "layer 1"),
    "flat": (lambda p, X, y: {**grads(p, X, y), "dW1": grads(p, X, y)["dW1"].ravel()}, "wrong_shape", "layer 1"),
    "four axes": (lambda p, X, y: {**grads(p, X, y), "dW1": np.zeros((1, 1, 2, 4))}, "wrong_shape", "layer 1"),
    "one number": (lambda p, X, y: {**grads(p, X, y), "dW1": 0.5}, "wrong_shape", "layer 1"),
    "standing bias": (lambda p, X, y: {**grads(p, X, y), "db1": grads(p, X, y)["db1"].T}, "transposed", "layer 1"),
    "booleans": (lambda p, X, y: {n: g > 0 for n, g in grads(p, X, y).items()}, "unexplained", "layer 2"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_gradients_are_reported(name):
    backward, finding, where = ODD[name]
    report = cr.examine(backward, *xor())
    assert not report.correct
    assert (report.finding, report.where) == (finding, where), str(report)


def test_names_in_small_letters_and_more_than_was_asked_for_are_taken():
    report = cr.examine(lambda p, X, y: {**{n.lower(): g for n, g in grads(p, X, y).items()}, "loss": 0.7}, *xor())
    assert report.correct


def test_what_the_function_prints_or_writes_to_stays_its_own():
    X, y = line()[1]
    before = X.copy(), y.copy()

    def backward(parameters, X, y):
        X *= 0
        y += 1
        return {"W1": np.zeros((3, 1)), "b1": np.zeros(1)}

    cr.examine(backward, *line())
    assert np.array_equal(X, before[0])
    assert np.array_equal(y, before[1])
