"""Dense layers with nothing between them."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings


def straight(inputs, middle=None):
    return nn.Sequential(nn.Linear(inputs, 16), *(() if middle is None else (middle,)), nn.Linear(16, 1))


class Own(nn.Module):
    """A chain with a forward of its own, part of it in a list."""

    def __init__(self, inputs, width):
        super().__init__()
        self.first, self.last = nn.Linear(inputs, width), nn.Linear(width, 1)
        self.rest = nn.ModuleList([nn.Linear(width, width)])

    def forward(self, x):
        x = self.first(x)
        for layer in self.rest:
            x = layer(x)
        return self.last(x)


class Branches(nn.Module):
    """Two ways that join: no place is between the layers of both."""

    def __init__(self, inputs, width):
        super().__init__()
        self.one, self.other, self.last = nn.Linear(inputs, width), nn.Linear(inputs, width), nn.Linear(width, 1)

    def forward(self, x):
        return self.last(self.one(x) + self.other(x))


class Unasked(nn.Module):
    """Weights that are read, of a layer that is never called."""

    def __init__(self, inputs, width):
        super().__init__()
        self.first, self.last = nn.Linear(inputs, width), nn.Linear(width, 1)

    def forward(self, x):
        return self.last(nn.functional.linear(x, self.first.weight, self.first.bias))


NETS = {
    "sequential": lambda inputs, width: nn.Sequential(nn.Linear(inputs, width), nn.Linear(width, 1, bias=False)),
    "named": lambda inputs, width: nn.Sequential({"first": nn.Linear(inputs, width), "last": nn.Linear(width, 1)}),
    "mlp": lambda inputs, width: nn.MLP([inputs, width, width, 1], activation=None),
    "identity": lambda inputs, width: nn.MLP([inputs, width, 1], activation=nn.Identity),
    "norm": lambda inputs, width: nn.MLP([inputs, width, 1], activation=None, norm="batch"),
    "own": Own,
}
TWINS = {  # the same networks with something between their layers
    "mlp": lambda inputs, width: nn.MLP([inputs, width, width, 1]),
    "norm": lambda inputs, width: nn.MLP([inputs, width, 1], norm="batch"),
    "own": lambda inputs, width: nn.MLP([inputs, width, width, 1]),
}
ROWS = {"circles": (settings.circles, 2, nn.BCEWithLogitsLoss), "sine": (settings.sine, 1, nn.MSELoss)}


# With a batch norm the healthy twin itself ends anywhere between 0.04 and 0.3 on the sine.
PAIRS = [(name, rows) for name in NETS for rows in ROWS if (name, rows) != ("norm", "sine")]


@pytest.mark.parametrize(("name", "rows"), PAIRS)
def test_the_cure_trains_like_the_twin(name, rows):
    given, inputs, loss = ROWS[rows]
    draw = np.random.default_rng(sorted(NETS).index(name))
    width, rate = int(draw.integers(24, 49)), float(draw.uniform(0.015, 0.03))
    build = settings.maker(lambda: NETS[name](inputs, width), loss, rate=rate)
    (found,) = settings.suspected(23, build, given(), 5)
    (cure,) = found.cures
    healthy_net = TWINS.get(name, lambda inputs, width: nn.MLP([inputs, width, 1]))
    cured, twin = cure.apply(build), settings.maker(lambda: healthy_net(inputs, width), loss, rate=rate)
    ends = []
    for make in (build, cured, twin):
        cr.manual_seed(5)
        trainer = make()
        trainer.fit(given(), epochs=60, progress=False)
        ends.append(trainer.evaluate(given())["loss"])
    before, after, healthy = ends
    assert after < before - 0.8 * (before - healthy)
    assert healthy < 0.5 * before


@pytest.mark.parametrize("name", ["sequential", "mlp", "own", "named", "norm"])
def test_its_code_makes_the_network_that_the_cure_makes(name):
    build = settings.maker(lambda: NETS[name](2, 8))
    (found,) = settings.suspected(23, build, settings.circles(), 3)
    (cure,) = found.cures
    scope = {"nn": nn, "model": build().model}
    code = cure.code("en")
    if code == 'activation="relu"':
        made = nn.MLP([2, 8, 1], norm="batch", activation="relu")
    elif code.startswith("nn."):
        made = eval(code, scope)  # noqa: S307 - what the report tells people to write
    else:
        exec(code, scope)  # noqa: S102 - likewise
        made = scope["model"]
    assert repr(made) == repr(cure.apply(build)().model)


def test_it_is_tried_and_told():
    build = settings.maker(lambda: straight(2), rate=0.03)
    found = settings.diagnosed(build, settings.circles(), epochs=30).findings[0]
    assert (found.code, found.level) == ("no_nonlinearity", "fault")
    assert found.experiment.wins == found.experiment.pairs == 5
    assert "nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))" in str(found)


@pytest.mark.parametrize("net", [Branches, Unasked])
def test_what_a_relu_cannot_be_put_between_has_no_cure(net):
    (found,) = settings.suspected(23, settings.maker(lambda: net(2, 8)), settings.circles(), 10)
    assert (found.proof, found.cures) == ("exact", ())


def test_plants():
    for rows, inputs, loss in ((settings.circles(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        for middle in (None, nn.Dropout(0.1), nn.Identity()):
            build = settings.maker(lambda inputs=inputs, middle=middle: straight(inputs, middle), loss)
            (found,) = settings.suspected(23, build, rows, 20)
            assert (found.code, found.proof) == ("no_nonlinearity", "exact")


def test_linear_where_a_line_is_enough_is_a_note():
    X, _ = settings.blobs()
    y = X[:, :1] - 2 * X[:, 1:2]
    (found,) = settings.suspected(23, settings.maker(lambda: straight(2), nn.MSELoss, rate=0.03), (X, y), 60)
    assert (found.proof, found.cures) == ("convention", ())


def test_one_layer_and_bending_ones_are_left_in_peace():
    for model in (lambda: nn.Linear(2, 1), lambda: straight(2, nn.ReLU()), lambda: straight(2, nn.LayerNorm(16))):
        assert not settings.suspected(23, settings.maker(model), settings.circles(), 3)
