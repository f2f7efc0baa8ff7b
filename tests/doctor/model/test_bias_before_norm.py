"""A bias that a batch norm takes away again is a note; where it is worth something nothing is said."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.doctor.case import Case
from chainrule.doctor.checks.model import bias_before_norm
from tests.doctor.model import settings

WIDTH = int(np.random.default_rng(35).integers(6, 20))


class Named(nn.Module):
    """Layers in another order than that in which they are asked."""

    def __init__(self, skips):
        super().__init__()
        self.norm, self.last, self.first = nn.BatchNorm1d(WIDTH), nn.Linear(WIDTH, 1), nn.Linear(2, WIDTH)
        self.skips = skips

    def forward(self, x):
        h = self.first(x)
        return self.last(self.norm(h.relu() if self.skips else h).tanh())


def net(*between, bias=True):
    return nn.Sequential(nn.Linear(2, WIDTH, bias=bias), *between, nn.Tanh(), nn.Linear(WIDTH, 1))


def said(model, rows):
    return list(bias_before_norm.look(Case(settings.maker(model), rows, None, 2, 32, 60.0)))


@pytest.mark.article("W-11")
def test_it_is_a_note():
    for rows in (settings.moons(), settings.circles()):
        (found,) = said(lambda: net(nn.BatchNorm1d(WIDTH)), rows)
        assert (found.proof, found.evidence[0].values["names"]) == ("convention", "0")
        (found,) = said(lambda: Named(skips=False), rows)
        assert found.evidence[0].values["names"] == "first"


@pytest.mark.article("W-11")
def test_it_stands_in_the_report_and_is_no_alarm():
    build = settings.maker(lambda: net(nn.BatchNorm1d(WIDTH)), rate=0.03)
    found = settings.diagnosed(build, cr.data.clusters(120, noise=0.2, seed=0))
    assert found.healthy
    assert "bias_before_norm" in [note.code for note in found.notes]
    assert "A bias before a batch norm does nothing" in str(found)


def test_where_it_is_worth_something():
    right = [
        lambda: net(nn.BatchNorm1d(WIDTH), bias=False), lambda: net(nn.LayerNorm(WIDTH)), lambda: Named(skips=True),
        lambda: net(nn.ReLU(), nn.BatchNorm1d(WIDTH)), lambda: nn.MLP([2, WIDTH, 1], norm="batch"), lambda: net(),
    ]
    for rows in (settings.moons(), settings.circles()):
        for model in right:
            assert not said(model, rows)
