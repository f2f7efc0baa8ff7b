"""A sign that is missing: wrong answers cost less than right ones."""

import numpy as np
import pytest

from chainrule import nn
from tests.doctor.model import settings

EPS = 1e-7


def likelihood(p, y):
    """The logarithm of the likelihood of probabilities, which is to be large."""
    return (y * (p + EPS).log() + (1 - y) * (1 - p + EPS).log()).mean()


def of_logits(z, y):
    return -nn.functional.binary_cross_entropy_with_logits(z, y)


def of_log_shares(z, y):
    """Of class numbers, without the minus."""
    return (nn.functional.log_softmax(z, dim=1) * nn.functional.one_hot(y, 3)).sum(1).mean()


def of_squares(outputs, targets):
    return -((outputs - targets) ** 2).mean()


CASES = {
    "likelihood": (likelihood, settings.moons, lambda: nn.MLP([2, 8, 1], output_activation="sigmoid")),
    "logits": (of_logits, settings.circles, lambda: nn.MLP([2, 8, 1])),
    "log shares": (of_log_shares, settings.blobs, lambda: nn.MLP([2, 8, 3])),
    "squares": (of_squares, settings.sine, lambda: nn.MLP([1, 8, 1])),
}


def loss_reversed(loss, rows, model, epochs=5):
    found = settings.suspected(56, settings.maker(model, lambda: loss), rows(), epochs)
    return [one for one in found if one.code == "loss_reversed"]


@pytest.mark.parametrize("name", CASES)
def test_plants(name):
    loss, rows, model = CASES[name]
    (found,) = loss_reversed(loss, rows, model)
    assert found.proof == "exact"
    assert not loss_reversed(lambda o, t: -loss(o, t), rows, model)


@pytest.mark.parametrize("name", ["likelihood", "squares"])
def test_the_cure_trains(name):
    loss, rows, model = CASES[name]
    build = settings.maker(model, lambda: loss, rate=0.03)
    found = settings.diagnosed(build, rows(), 40)
    assert settings.codes(found)[0] == "loss_reversed"
    X, y = rows()
    cured = found.findings[0].apply(build)()
    cured.fit((X, y), epochs=60, progress=False)
    answers = np.asarray(cured.predict(X))
    assert ((answers - y) ** 2).mean() < 0.5 * np.var(y)


def test_losses_that_mean_something_else_are_left_in_peace():
    def unlike(d, y):
        """Of pairs: like ones near, unlike ones a margin apart; it never falls below 0."""
        return (y * d**2 + (1 - y) * (2 - d).relu() ** 2).mean()

    def critic(score, y):
        """Of a critic: the one kind low, the other high, without end; -1 and 1 name the kinds."""
        return (score * y).mean()

    def signs():
        X, y = settings.moons()
        return X, 2 * np.array(y) - 1

    def reward(chosen, gain):
        return -(chosen * gain).mean()

    plane = CASES["logits"][2]
    assert not loss_reversed(unlike, settings.moons, plane)
    assert not loss_reversed(critic, signs, plane)
    assert not loss_reversed(reward, settings.sine, CASES["squares"][2])
    assert not settings.suspected(56, settings.maker(plane), settings.moons(), 5)
