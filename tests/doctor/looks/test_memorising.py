"""Learning a few rows by heart: what makes learning impossible fails at it, healthy networks do not."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.case import Case
from chainrule.doctor.looks.memorising import memorising
from tests.doctor.model import settings

RANDOM = np.random.default_rng(16)
WIDTH, LOW = int(RANDOM.integers(16, 33)), -float(RANDOM.uniform(30, 90))
SETS = {
    "moons": (settings.moons, 2, 1, nn.BCEWithLogitsLoss), "sine": (settings.sine, 1, 1, nn.MSELoss),
    "blobs": (settings.blobs, 2, 3, nn.CrossEntropyLoss),
}


class Uphill(cr.autograd.Function):
    """The answers, with a derivative of the wrong sign."""

    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, d):
        return -d


class Ending(nn.Module):
    """A network whose answers go through something."""

    def __init__(self, inner, then):
        super().__init__()
        self.inner, self.then = inner, then

    def forward(self, x):
        return self.then(self.inner(x))


def dead(model):
    with cr.no_grad():
        model[0].bias.copy_(cr.full((WIDTH,), LOW))
        model[-1].bias.copy_(cr.zeros(*model[-1].bias.shape))
    return model


def zeros(model):
    with cr.no_grad():
        for parameter in model.parameters():
            parameter.copy_(cr.zeros(*parameter.shape))
    return model


FAULTS = {
    "dead units": lambda inputs, outputs: dead(nn.MLP([inputs, WIDTH, outputs])),
    "weights of 0": lambda inputs, outputs: zeros(nn.MLP([inputs, WIDTH, outputs])),
    "no gradient": lambda inputs, outputs: Ending(nn.MLP([inputs, WIDTH, outputs]), lambda y: y.detach() + 0 * y),
    "wrong derivative": lambda inputs, outputs: Ending(nn.MLP([inputs, WIDTH, outputs]), Uphill.apply),
    "input ignored": lambda inputs, outputs: nn.Sequential(Ending(nn.Identity(), lambda x: x * 0),
                                                           nn.MLP([inputs, WIDTH, outputs])),
    "twenty sigmoids": lambda inputs, outputs: nn.MLP([inputs, *[16] * 19, outputs], activation="sigmoid"),
    "small weights in ten layers": lambda inputs, outputs: nn.MLP([inputs, *[16] * 9, outputs], activation="tanh",
                                                                  init=0.01),
}
HEALTHY = {
    "relu": lambda inputs, outputs: nn.MLP([inputs, WIDTH, WIDTH, outputs]),
    "tanh": lambda inputs, outputs: nn.MLP([inputs, WIDTH, outputs], activation="tanh"),
    "dropout": lambda inputs, outputs: nn.MLP([inputs, 64, outputs], dropout=0.5),
}


def memory(model, name, rate=0.01, **settings_):
    rows, inputs, outputs, loss = SETS[name]
    build = settings.maker(lambda: model(inputs, outputs), loss, rate, **settings_)
    return memorising(Case(build, rows(), None, 20, 32, 60.0))


@pytest.mark.article("S0-23")
@pytest.mark.parametrize("fault", FAULTS)
def test_it_fails_for_what_makes_learning_impossible(fault):
    for name in ("moons", "sine"):
        found = memory(FAULTS[fault], name)
        assert not found.learnt, name
        assert (found.rows, len(found.rates)) == (16, 3)
        assert found.end > 0.3 * found.constant


@pytest.mark.article("S0-23")
def test_it_fails_without_steps_that_lead_anywhere():
    def frozen():
        model = nn.MLP([2, WIDTH, 1])
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=0.0), guard="off")

    def forgotten():
        model = nn.MLP([2, WIDTH, 1])
        other = nn.MLP([2, WIDTH, 1])
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(other.parameters(), lr=0.01), guard="off")

    for build in (frozen, forgotten):
        for rows in (settings.moons(), settings.circles()):
            assert not memorising(Case(build, rows, None, 20, 32, 60.0)).learnt


@pytest.mark.article("S0-23")
@pytest.mark.parametrize("kind", HEALTHY)
def test_healthy_networks_pass(kind):
    for name in SETS:
        found = memory(HEALTHY[kind], name)
        assert found.learnt, (name, found)


def test_a_rate_ten_times_too_low_is_no_matter_of_size():
    found = memory(HEALTHY["tanh"], "moons", rate=3e-4)
    assert found.learnt


def test_the_verdict_stands_in_the_report():
    rows = settings.moons()
    found = settings.diagnosed(settings.maker(lambda: Ending(nn.MLP([2, 8, 1]), Uphill.apply)), rows, epochs=5)
    assert "wrong_derivative" in settings.codes(found)
    (lone,) = settings.suspected(0, settings.maker(lambda: FAULTS["dead units"](2, 1)), rows, 5)
    assert lone.evidence[-1].name == "not_memorised"
    assert "not even 16 of the rows are learnt by heart, in 1000 steps at 3 rates" in lone.evidence[-1].words("en")


def test_rows_without_a_difference_are_no_question():
    X, y = settings.sine()
    build = settings.maker(lambda: nn.MLP([1, 8, 1]), nn.MSELoss)
    assert memorising(Case(build, (X, y * 0), None, 5, 32, 60.0)) is None
