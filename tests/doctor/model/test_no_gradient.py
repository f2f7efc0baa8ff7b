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


def all_frozen(inputs, width, loss):
    """No parameter wants a gradient."""

    def build():
        model = nn.MLP([inputs, width, width, 1])
        for parameter in model.parameters():
            parameter.requires_grad = False
        return cr.Trainer(model, loss(), optim.Adam(model.parameters(), lr=0.02), guard="off")

    return build


def frozen_and_forgotten(inputs, width, loss):
    """The first layer frozen, the second one not given to the optimizer."""

    def build():
        model = nn.MLP([inputs, width, width, 1])
        first, _, last = [m for m in model.modules() if isinstance(m, nn.Linear)]
        first.weight.requires_grad = first.bias.requires_grad = False
        return cr.Trainer(model, loss(), optim.Adam(last.parameters(), lr=0.02), guard="off")

    return build


def of_another(inputs, width, loss):
    """The optimizer over the parameters of another network."""

    def build():
        model, other = (nn.MLP([inputs, width, width, 1]) for _ in range(2))
        return cr.Trainer(model, loss(), optim.Adam(other.parameters(), lr=0.02), guard="off")

    return build


STILL = {"all frozen": all_frozen, "frozen and forgotten": frozen_and_forgotten, "of another": of_another}


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("name", STILL)
def test_the_cure_trains_like_the_twin(name, rows):
    given, inputs, loss = ROWS[rows]
    width = int(np.random.default_rng(sorted(STILL).index(name)).integers(8, 17))
    build = STILL[name](inputs, width, loss)
    found = settings.diagnosed(build, given(), epochs=15).findings[0]
    assert (found.code, found.level) == ("no_gradient", "fault")
    ends = []
    for make in (found.apply(build), settings.maker(lambda: nn.MLP([inputs, width, width, 1]), loss, rate=0.02)):
        cr.manual_seed(3)
        trainer = make()
        before = trainer.evaluate(given())["loss"]
        trainer.fit(given(), epochs=60, progress=False)
        ends.append(trainer.evaluate(given())["loss"])
    cured, twin = ends
    assert cured < twin + 0.1 * (before - twin)
    assert twin < 0.3 * before


@pytest.mark.parametrize("plant", [*STILL.values(), some_only])
def test_its_code_lets_all_of_them_learn(plant):
    build = plant(2, 8, nn.BCEWithLogitsLoss)
    found = settings.diagnosed(build, settings.moons(), epochs=15).findings[0]
    trainer = build()
    scope = {"nn": nn, "optim": optim, "model": trainer.model, "optimizer": trainer.optimizer}
    exec(found.code_change, scope)  # noqa: S102 - what the report tells people to write
    held = {id(parameter) for group in scope["optimizer"].param_groups for parameter in group["params"]}
    assert all(p.requires_grad and id(p) in held for p in trainer.model.parameters())
    assert scope["optimizer"].param_groups[0]["lr"] == 0.02


def test_its_code_names_the_list_that_hides_layers():
    build = settings.maker(lambda: Listed(2, 4), rate=0.02)
    (found,) = settings.suspected(27, build, settings.moons(), 5)
    scope = {"nn": nn, "optim": optim, "model": build().model}
    assert len(list(scope["model"].parameters())) == 2
    exec(found.cures[0].code("zh"), scope)  # noqa: S102 - what the report tells people to write
    assert len(list(scope["model"].parameters())) == 6


def test_frozen_behind_a_cut_has_no_cure():
    class Shut(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 1)
            self.layer.weight.requires_grad = self.layer.bias.requires_grad = False

        def forward(self, x):
            return self.layer(x).detach()

    (found,) = settings.diagnosed(settings.maker(Shut), settings.circles(), epochs=2).findings
    assert (found.code, found.cure) == ("no_gradient", None)


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


def test_it_is_the_first_thing_that_is_said():
    build = settings.maker(lambda: Listed(2, 4), rate=0.02)
    found = settings.diagnosed(build, settings.circles(), budget=3.0).findings[0]
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
