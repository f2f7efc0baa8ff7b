"""Activations in a forward of one's own are seen as those that are modules."""

from itertools import pairwise

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.case import Case
from chainrule.doctor.looks.layers import look_into
from tests.doctor.model import settings

F = nn.functional


class Written(nn.Module):
    """Two layers, and what bends between them; `between` stands before the activation."""

    def __init__(self, bend, between=None):
        super().__init__()
        self.first, self.last, self.between = nn.Linear(2, 12), nn.Linear(12, 1), between or nn.Identity()
        self.bend = bend

    def forward(self, x):
        return self.last(self.bend(self.between(self.first(x))))


def looked(model):
    trainer = cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=0.01), guard="off")
    return look_into(trainer, Case(lambda: trainer, settings.moons(), None, 1, 32, 1.0).feed)


@pytest.mark.parametrize(("bend", "module"), [
    (F.relu, nn.ReLU()), (lambda x: x.tanh(), nn.Tanh()), (F.sigmoid, nn.Sigmoid()), (F.gelu, nn.GELU()),
    (F.leaky_relu, nn.LeakyReLU()), (F.softsign, nn.Softsign()), (F.silu, nn.SiLU()), (F.softplus, nn.Softplus()),
])
def test_a_function_is_seen_as_its_module(bend, module):
    own, other = Written(bend), nn.Sequential(nn.Linear(2, 12), module, nn.Linear(12, 1))
    with cr.no_grad():
        for mine, theirs in zip(own.parameters(), other.parameters(), strict=True):
            mine.copy_(theirs)
    ours, theirs = looked(own), looked(other)
    assert [layer.activation for layer in ours] == [type(module).__name__, ""]
    for name in ("weighted", "activated", "gradient", "dead", "saturated", "flat"):
        assert [getattr(layer, name) for layer in ours] == pytest.approx([getattr(layer, name) for layer in theirs])


def test_norms_and_views_between_are_passed():
    (first, _) = looked(Written(lambda x: F.relu(x.reshape(-1, 12)), nn.BatchNorm1d(12)))
    assert first.activation == "ReLU"


def test_a_gate_that_is_written_out_is_no_activation():
    (first, _) = looked(Written(lambda x: x * F.sigmoid(x)))
    assert first.activation == ""


def test_dead_units_of_a_function_are_found():
    def build():
        model = Written(F.relu)
        with cr.no_grad():
            model.first.bias.fill_(-20.0)
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=0.1))

    found = settings.diagnosed(build, settings.moons())
    assert settings.codes(found)[0] == "dead_units"
    assert found.findings[0].experiment.wins == found.findings[0].experiment.pairs


def test_saturated_units_of_a_function_are_found():
    def build():
        model = Written(F.tanh)
        with cr.no_grad():
            model.first.weight.mul_(200.0)
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=0.1))

    (found,) = settings.suspected(44, build, settings.moons())
    assert found.values["layer"] == "first"


class Deep(nn.Module):
    """Sigmoids behind each other, written as functions."""

    def __init__(self):
        super().__init__()
        widths = [2, *(12,) * 7]
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in pairwise(widths)])
        self.last = nn.Linear(12, 1)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).sigmoid()
        return self.last(x)


def test_a_gradient_that_vanishes_through_functions_is_suspected():
    def build():
        model = Deep()
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=0.05))

    found = settings.diagnosed(build, settings.circles(), 20)
    assert settings.codes(found)[0] == "vanishing_gradient"
    assert found.findings[0].level == "suspect"
    assert np.isfinite(found.loss)
