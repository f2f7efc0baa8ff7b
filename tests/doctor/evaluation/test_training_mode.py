"""Networks that are judged as if they were learning: noise that stays on, statistics of the batch."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings

P = float(np.random.default_rng(54).uniform(0.2, 0.6))


class Always(nn.Module):
    """A dropout that no mode turns off."""

    def forward(self, x):
        return nn.functional.dropout(x, P, True)


class OfTheBatch(nn.Module):
    """A norm by the rows that happen to be there."""

    def forward(self, x):
        return (x - x.mean(0, keepdim=True)) / (x.std(0, keepdim=True) + 1e-3)


class Trains(nn.Module):
    """A network that turns itself to training before it answers."""

    def __init__(self):
        super().__init__()
        self.net = nn.MLP([2, 16, 1], dropout=P)

    def forward(self, x):
        self.train()
        return self.net(x)


class MonteCarlo(nn.Module):
    """Dropout that is kept on to average many answers, as papers do."""

    def __init__(self, inputs, norm=None):
        super().__init__()
        self.net = nn.MLP([inputs, 16, 1], dropout=P, norm=norm)

    def forward(self, x):
        for module in self.net.modules():
            if isinstance(module, nn.Dropout):
                module.train()
        return self.net(x)


class KeptOn(MonteCarlo):
    """The same, and noise of one's own beside it."""

    def forward(self, x):
        return super().forward(x + cr.randn(*x.shape))


class OnlyLearning(nn.Module):
    """Numbers that are scaled in one mode only."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor if self.training else x


def net(inputs, middle):
    return nn.Sequential(nn.Linear(inputs, 16), middle(), nn.ReLU(), nn.Linear(16, 1))


@pytest.mark.parametrize(("middle", "name"), [(Always, "two_passes"), (OfTheBatch, "batch_mates")])
def test_plants(middle, name):
    for rows, inputs, loss in ((settings.moons(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        build = settings.maker(lambda inputs=inputs: net(inputs, middle), loss)
        (found,) = settings.suspected(54, build, rows, 2)
        assert (found.code, found.proof, found.evidence[0].name) == ("training_mode", "exact", name)


def test_a_network_that_sets_its_own_mode():
    assert settings.suspected(54, settings.maker(Trains), settings.circles(), 2)


def test_monte_carlo_dropout_is_a_note():
    for rows, inputs, loss in ((settings.moons(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        for norm in (None, "batch"):
            build = settings.maker(lambda inputs=inputs, norm=norm: MonteCarlo(inputs, norm), loss)
            (found,) = settings.suspected(54, build, rows, 2)
            assert (found.proof, found.evidence[-1].name) == ("convention", "dropouts_awake")
        (found,) = settings.suspected(54, settings.maker(lambda inputs=inputs: KeptOn(inputs), loss), rows, 2)
        assert found.proof == "exact"


def test_a_network_that_is_another_one_in_evaluation():
    factor = float(np.random.default_rng(541).uniform(4, 12))
    for rows, inputs, loss in ((settings.moons(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        build = settings.maker(lambda inputs=inputs: net(inputs, lambda: OnlyLearning(factor)), loss, rate=0.05)
        (found,) = settings.suspected(54, build, rows, 15)
        assert (found.proof, found.evidence[0].name) == ("exact", "modes_differ")
    for rows in (settings.moons(), settings.circles()):
        assert not settings.suspected(54, settings.maker(lambda: net(2, lambda: OnlyLearning(1.01))), rows, 3)


def test_right_ones_are_left_in_peace():
    for rows in (settings.moons(), settings.circles()):
        for model in (
            lambda: nn.MLP([2, 16, 16, 1], dropout=0.5, norm="batch"), lambda: nn.MLP([2, 64, 64, 1], norm="layer"),
            lambda: net(2, nn.Identity),
        ):
            assert not settings.suspected(54, settings.maker(model), rows, 2)
    one_hot = np.eye(3)[settings.blobs()[1]]
    over_rows = settings.maker(lambda: nn.Sequential(nn.Linear(2, 3), nn.Softmax(0)), nn.MSELoss)
    assert not settings.suspected(54, over_rows, (settings.blobs()[0], one_hot), 2)  # a fault with a name of its own


def test_the_stream_of_the_caller_is_left_where_it_was():
    cr.manual_seed(3)
    expected = cr.rand(2).numpy()
    cr.manual_seed(3)
    settings.suspected(54, settings.maker(lambda: net(2, Always)), settings.moons(), 2)
    assert (cr.rand(2).numpy() == expected).all()
