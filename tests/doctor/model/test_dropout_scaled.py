"""A dropout of one's own that scales never, or twice; and those that scale once."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings

P = float(np.random.default_rng(36).uniform(0.25, 0.6))


class Own(nn.Module):
    """Numbers struck out in training, divided by 1 - p never, once, or at both ends."""

    def __init__(self, p, how):
        super().__init__()
        self.p, self.how = p, how

    def forward(self, x):
        if self.training:
            kept = x * (cr.rand(*x.shape) >= self.p)
            return kept if self.how == "never" else kept / (1 - self.p)
        return x * (1 - self.p) if self.how == "twice" else x


class Inside(nn.Module):
    """A dropout that is no layer of its own."""

    def __init__(self, share):
        super().__init__()
        self.first, self.last, self.share = nn.Linear(2, 16), nn.Linear(16, 1), share

    def forward(self, x):
        h = cr.relu(self.first(x))
        if self.training:
            h = h * (cr.rand(*h.shape) >= 0.5) * self.share
        return self.last(h)


def net(inputs, how):
    return nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), Own(P, how), nn.Linear(16, 1))


@pytest.mark.parametrize("how", ["never", "twice"])
def test_plants_and_their_cure(how):
    for rows, inputs, loss in ((settings.moons(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        build = settings.maker(lambda inputs=inputs: net(inputs, how), loss)
        (found,) = [one for one in settings.suspected(36, build, rows, 2) if one.code == "dropout_scaled"]
        assert found.proof == "exact"
        share = 1 - P if how == "never" else 1 / (1 - P)
        assert found.evidence[0].values["share"] == pytest.approx(share, rel=0.1)
        cured = found.cures[0].apply(build)
        assert isinstance(cured().model[2], nn.Dropout)
        assert not [one for one in settings.suspected(36, cured, rows, 2) if one.code == "dropout_scaled"]


def test_inside_another_layer():
    build = settings.maker(lambda: Inside(1.0))
    assert [one.code for one in settings.suspected(36, build, settings.circles(), 2)] == ["dropout_scaled"]


def test_right_ones_are_left_in_peace():
    right = [
        lambda: net(2, "once"), lambda: Inside(2.0), lambda: nn.MLP([2, 32, 32, 1], dropout=0.3),
        lambda: nn.MLP([2, 32, 32, 1], dropout=0.3, norm="batch"), lambda: nn.MLP([2, 8, 1]),
    ]
    for rows in (settings.moons(), settings.circles()):
        for model in right:
            found = settings.suspected(36, settings.maker(model), rows, 2)
            assert "dropout_scaled" not in [one.code for one in found]
