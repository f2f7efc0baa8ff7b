"""A dropout of one's own that scales never, or twice; and those that scale once."""

from functools import partial

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.doctor.case import Case
from chainrule.doctor.checks.model import dropout_scaled
from tests.doctor.model import settings

P = float(np.random.default_rng(36).uniform(0.5, 0.65))


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


class Rescaled(nn.Module):
    """The dropout of this library, and a factor of one's own in one of the modes."""

    def __init__(self, p, how):
        super().__init__()
        self.inner, self.p, self.how = nn.Dropout(p), p, how

    def forward(self, x):
        if self.how == "twice":
            return self.inner(x) if self.training else x * (1 - self.p)
        return self.inner(x) * (1 - self.p) if self.training and self.how == "never" else self.inner(x)


class Bent(nn.Module):
    """A dropout that scales as it should, and something behind it in the same module."""

    def __init__(self, bends):
        super().__init__()
        self.drop, self.bends = nn.Dropout(P), bends

    def forward(self, x):
        return self.bends(self.drop(x))


class Masked(nn.Module):
    """A right one whose masks NumPy draws, one for all rows."""

    def forward(self, x):
        if not self.training:
            return x
        return x * cr.tensor((np.random.rand(x.shape[1]) >= P) / (1 - P), dtype=x.dtype)  # noqa: NPY002


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


class Between(nn.Module):
    """The dropout of this library, and numbers that are bent or scaled on the way to the next layer."""

    def __init__(self, then):
        super().__init__()
        self.first, self.drop, self.last, self.then = nn.Linear(2, 16), nn.Dropout(P), nn.Linear(16, 1), then

    def forward(self, x):
        return self.last(self.then(self, self.drop(3 * self.first(x))))


def net(inputs, how, kind=Own):
    return nn.Sequential(
        nn.Linear(inputs, 24), nn.ReLU(), kind(P, how), nn.Linear(24, 24), nn.ReLU(), kind(P, how), nn.Linear(24, 1)
    )


def said(model, rows, epochs=40, loss=nn.BCEWithLogitsLoss):
    return list(dropout_scaled.look(Case(settings.maker(model, loss), rows, None, epochs, 32, 60.0)))


@pytest.mark.parametrize("kind", [Own, Rescaled])
@pytest.mark.parametrize("how", ["never", "twice"])
def test_plants_and_their_cure(how, kind):
    for rows, inputs, loss in ((settings.moons(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        model = partial(net, inputs, how, kind)
        (found,) = said(model, rows, loss=loss)
        assert found.proof == "exact"
        share = 1 - P if how == "never" else 1 / (1 - P)
        assert found.evidence[0].values["share"] == pytest.approx(share, rel=0.1)
        cured = found.cures[0].apply(settings.maker(model))().model
        assert [type(cured[place]) for place in (2, 5)] == [nn.Dropout, nn.Dropout]
        assert [cured[place].p for place in (2, 5)] == pytest.approx([P, P], abs=0.05)
        assert not said(lambda cured=cured: cured, rows, 2, loss)


def test_inside_another_layer():
    for rows in (settings.moons(), settings.circles()):
        assert [one.proof for one in said(lambda: Inside(1.0), rows, 2)] == ["exact"]
    (found,) = said(lambda: Between(lambda own, h: h * (1 - P) if own.training else h), settings.moons(), 2)
    assert found.evidence[0].name == "dropout_means_before"
    assert found.evidence[0].values["share"] == pytest.approx(1 - P, rel=0.1)


def test_rows_that_are_made_harder_are_a_note():
    for rows in (settings.moons(), settings.circles()):
        (found,) = said(lambda: nn.Sequential(Own(P, "never"), nn.MLP([2, 16, 1])), rows, 2)
        assert (found.proof, found.cures) == ("convention", ())


def test_where_no_harm_comes_of_it_it_is_a_note():
    X, y = settings.blobs()
    for rows in ((X * 4, y), (X * 6, y)):
        (found,) = said(lambda: nn.Sequential(
            nn.Linear(2, 64), nn.ReLU(), Own(0.3, "twice"), nn.Linear(64, 3)
        ), rows, 80, nn.CrossEntropyLoss)
        assert found.proof == "convention"


def test_right_ones_are_left_in_peace():
    right = [
        lambda: net(2, "once"), lambda: net(2, "once", Rescaled), lambda: Inside(2.0),
        lambda: nn.MLP([2, 32, 32, 1], dropout=0.3), lambda: nn.MLP([2, 32, 32, 1], dropout=0.3, norm="batch"),
        lambda: nn.MLP([2, 8, 1]), lambda: nn.Sequential(nn.Linear(2, 16), Masked(), nn.Linear(16, 1)),
    ]
    for bends in (nn.GELU, nn.ReLU):  # another mean, and no fault: it is only what bends that makes it
        right += [
            lambda bends=bends: nn.Sequential(nn.Linear(2, 16), Bent(bends()), nn.Linear(16, 1)),
            lambda bends=bends: nn.Sequential(nn.Linear(2, 16), nn.Dropout(P), bends(), nn.Linear(16, 1)),
            lambda bends=bends: nn.Sequential(nn.Linear(2, 16), Own(P, "once"), bends(), nn.Linear(16, 1)),
            lambda bends=bends: Between(lambda own, h: bends()(h)),
        ]
    for rows in (settings.moons(), settings.circles()):
        for model in right:
            assert not said(model, rows, 2)
