"""Answers that do not depend on the rows: a wire that is cut, rows that are all the same."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings

CONSTANT = float(np.random.default_rng(60).normal())


class Times(nn.Module):
    """Rows times a number."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor


class Overwritten(nn.Module):
    """A network that goes on with something else."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(2, 8), nn.Linear(8, 1)

    def forward(self, x):
        h = cr.relu(self.first(x))
        return self.last(cr.full(h.shape, CONSTANT))


class Zeros(nn.Module):
    """A linear model that begins with zeros, as textbooks do."""

    def __init__(self):
        super().__init__()
        self.w, self.b = nn.Parameter(cr.zeros(2, 1)), nn.Parameter(cr.zeros(1))

    def forward(self, x):
        return x @ self.w + self.b


class Before(nn.Module):
    """A network behind a step of the user's own."""

    def __init__(self, step, inner):
        super().__init__()
        self.step, self.inner = step, inner

    def forward(self, x):
        return self.inner(self.step(x))


def shares(rows):
    """The same rows between 0 and 1, as pictures come."""
    X, y = rows
    return 0.98 * (X - X.min(axis=0)) / np.ptp(X, axis=0), y


@pytest.mark.parametrize("model", [lambda: nn.Sequential(Times(0.0), nn.MLP([2, 16, 1])), Overwritten])
def test_plants(model):
    for rows in (settings.moons(), settings.circles()):
        (found,) = settings.suspected(60, settings.maker(model), rows, 2)
        assert (found.code, found.proof, found.evidence[0].name) == ("input_ignored", "exact", "same_answer")


@pytest.mark.parametrize("step", [
    lambda x: x.floor(), lambda x: x.long().float(), lambda x: x.clamp(min=1.0 + abs(CONSTANT)),
])
def test_what_is_cut_off_for_these_rows_alone(step):
    for rows in (settings.moons(), settings.circles()):
        (found,) = settings.suspected(60, settings.maker(lambda: Before(step, nn.MLP([2, 16, 1]))), shares(rows), 2)
        assert (found.proof, found.evidence[0].name) == ("exact", "same_answer_own")


def test_an_embedding_that_is_always_asked_for_the_same_place():
    words = np.random.default_rng(61).integers(0, 50, (120, 4))
    y = (words[:, :1] > 25).astype(float)

    def net(step):
        return Before(step, nn.Sequential(nn.Embedding(50, 6), nn.Flatten(), nn.Linear(24, 1)))

    (found,) = settings.suspected(60, settings.maker(lambda: net(lambda x: x * 0)), (words, y), 2)
    assert found.evidence[0].name == "same_answer_own"
    assert not settings.suspected(60, settings.maker(lambda: net(lambda x: x)), (words, y), 2)


def test_rows_that_units_may_be_flat_for_are_no_proof():
    X, y = settings.sine()
    rows = [(X - X.min(), y - y.min()), (X + 9, y), (X * 1e3, y), (X * 1e-9, y), (np.abs(X), y)]
    models = [
        lambda: nn.MLP([1, 8, 1], output_activation="relu"), lambda: nn.MLP([1, 8, 1], activation="tanh"),
        lambda: nn.MLP([1, 2, 1]), lambda: nn.Sequential(nn.Linear(1, 1), nn.ReLU()),
    ]
    for model in models:
        for some in rows:
            assert not settings.suspected(60, settings.maker(model, nn.MSELoss), some, 2)


def test_rows_that_are_all_the_same():
    for X, y in (settings.sine(), settings.sine(1)):
        build = settings.maker(lambda: nn.MLP([1, 8, 1]), nn.MSELoss)
        (found,) = settings.suspected(60, build, (X * 0 + CONSTANT, y), 2)
        assert found.evidence[0].name == "same_rows"


def test_first_weights_dead_units_and_scales_are_other_matters():
    def dead():
        model = nn.MLP([2, 16, 1])
        with cr.no_grad():
            model[0].bias.copy_(cr.full((16,), -50.0))
        return model

    X, y = settings.moons()
    for model in (Zeros, dead, lambda: nn.MLP([2, 8, 8, 8, 1], activation="sigmoid"), lambda: nn.MLP([2, 4, 1])):
        for rows in ((X, y), (X + 1e6, y), settings.circles()):
            assert not settings.suspected(60, settings.maker(model), rows, 2)


def test_it_is_the_first_thing_that_is_said():
    found = settings.diagnosed(settings.maker(lambda: nn.Sequential(Times(0.0), nn.MLP([2, 8, 1]))), settings.moons(),
                               epochs=5, budget=2.0)
    assert settings.codes(found)[0] == "input_ignored"
