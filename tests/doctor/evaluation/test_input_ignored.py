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


@pytest.mark.parametrize("model", [lambda: nn.Sequential(Times(0.0), nn.MLP([2, 16, 1])), Overwritten])
def test_plants(model):
    for rows in (settings.moons(), settings.circles()):
        (found,) = settings.suspected(60, settings.maker(model), rows, 2)
        assert (found.code, found.proof, found.evidence[0].name) == ("input_ignored", "exact", "same_answer")


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
