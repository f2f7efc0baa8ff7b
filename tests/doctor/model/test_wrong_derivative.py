"""A backward pass of one's own that is wrong: a factor, a sign; and those that are right, or made up on purpose."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings

FACTOR = float(np.random.default_rng(26).uniform(-1.5, 0.5))


class Square(cr.autograd.Function):
    """x², with its derivative times a factor."""

    factor = 1.0

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @classmethod
    def backward(cls, ctx, d):
        (x,) = ctx.saved_tensors
        return d * 2 * x * cls.factor


class Wrong(Square):
    factor = FACTOR


class Negative(Square):
    factor = -1.0


class Step(cr.autograd.Function):
    """0 or 1, with a slope that is made up."""

    @staticmethod
    def forward(ctx, x):
        return (x > 0).float()

    @staticmethod
    def backward(ctx, d):
        return d


class Layer(nn.Module):
    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function.apply(x)


def build(function, inputs, loss):
    def model():
        return nn.Sequential(nn.Linear(inputs, 8), Layer(function), nn.Linear(8, 1))

    return settings.maker(model, loss, rate=0.02)


@pytest.mark.parametrize("function", [Wrong, Negative])
def test_plants(function):
    for rows, inputs, loss in ((settings.circles(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        (found,) = settings.suspected(26, build(function, inputs, loss), rows, 20)
        assert (found.code, found.proof, found.values["name"]) == ("wrong_derivative", "exact", function.__name__)
        assert found.evidence[1].values["factor"] == pytest.approx(function.factor, rel=0.01)


def test_it_is_the_first_thing_that_is_said():
    found = settings.diagnosed(build(Negative, 2, nn.BCEWithLogitsLoss), settings.circles(), epochs=20)
    assert settings.codes(found)[0] == "wrong_derivative"


def test_right_ones_and_made_up_ones_are_left_in_peace():
    for rows, inputs, loss in ((settings.circles(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        for function in (Square, Step):
            assert not settings.suspected(26, build(function, inputs, loss), rows, 20)


def test_a_kink_is_no_mistake():
    class Relu(cr.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return cr.relu(x)

        @staticmethod
        def backward(ctx, d):
            (x,) = ctx.saved_tensors
            return d * (x > 0)

    assert not settings.suspected(26, build(Relu, 2, nn.BCEWithLogitsLoss), settings.moons(), 20)
