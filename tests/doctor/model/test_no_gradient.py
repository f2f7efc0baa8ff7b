"""Layers that never learn: forgotten, hidden, cut off; and those that are frozen on purpose."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.doctor.model import settings

ROWS = {"moons": (settings.moons, 2, nn.BCEWithLogitsLoss), "sine": (settings.sine, 1, nn.MSELoss)}


class Listed(nn.Module):
    """Layers in a plain list, which a module does not see."""

    def __init__(self, inputs, width):
        super().__init__()
        self.layers = [nn.Linear(inputs, width), nn.Linear(width, width)]
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        for layer in self.layers:
            x = cr.relu(layer(x))
        return self.last(x)


class Cut(nn.Module):
    """A way back that ends before the last layer."""

    def __init__(self, inputs, width):
        super().__init__()
        self.first, self.last = nn.Linear(inputs, width), nn.Linear(width, 1)

    def forward(self, x):
        return self.last(cr.relu(self.first(x)).detach())


def some_only(inputs, width, loss, frozen=False, left_out=2):
    """The first layers left out of the optimizer, or frozen."""

    def build():
        model = nn.MLP([inputs, width, width, 1])
        layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
        given = [p for layer in layers[left_out:] for p in layer.parameters()]
        if frozen:
            given = list(model.parameters())
            for layer in layers[:left_out]:
                layer.weight.requires_grad = False
        return cr.Trainer(model, loss(), optim.Adam(given, lr=0.02), guard="off")

    return build


@pytest.mark.parametrize("rows", ROWS)
def test_plants(rows):
    given, inputs, loss = ROWS[rows]
    width = int(np.random.default_rng(3).integers(3, 6))
    for model in (Listed, Cut):
        build = settings.maker(lambda model=model: model(inputs, width), loss, rate=0.02)
        (found,) = settings.proven(27, build, given(), 40)
        assert found.code == "no_gradient"
    build = some_only(inputs, width, loss)
    (found,) = settings.proven(27, build, given(), 40)
    before, cured = build(), found.cures[0].apply(build)()
    for trainer in (before, cured):
        trainer.fit(given(), epochs=40, progress=False)
    assert cured.evaluate(given())["loss"] < before.evaluate(given())["loss"]


@pytest.mark.slow
def test_it_is_the_first_thing_that_is_said():
    build = settings.maker(lambda: Listed(2, 4), rate=0.02)
    found = settings.diagnosed(build, settings.circles()).findings[0]
    assert (found.code, found.level) == ("no_gradient", "fault")


@pytest.mark.parametrize("frozen", [False, True])
def test_what_stays_as_it_is_on_purpose_is_a_note(frozen):
    build = some_only(2, 64, nn.BCEWithLogitsLoss, frozen, left_out=1)
    (found,) = settings.suspected(27, build, settings.circles(), epochs=100)
    assert (found.code, found.proof) == ("no_gradient", "convention")


def test_healthy_networks_are_left_in_peace():
    for rows, model, loss in (
        (settings.moons(), lambda: nn.MLP([2, 16, 16, 1]), nn.BCEWithLogitsLoss),
        (settings.blobs(), lambda: nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)),
         nn.CrossEntropyLoss),
    ):
        assert not settings.suspected(27, settings.maker(model, loss), rows)
