"""Dropout that leaves too little; and dropout that does what it should."""

import numpy as np
import pytest

from chainrule import nn
from tests.doctor.model import settings

P = float(np.random.default_rng(38).uniform(0.75, 0.9))


@pytest.mark.parametrize(("rows", "inputs", "loss"), [
    (settings.circles(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss),
])
def test_plants(rows, inputs, loss):
    build = settings.maker(lambda: nn.MLP([inputs, 16, 16, 1], dropout=P), loss, rate=0.02)
    found = [one for one in settings.proven(36, build, rows, 80) if one.code == "dropout_too_strong"]
    assert len(found) == 1
    assert found[0].values["p"] == pytest.approx(P)


def test_dropout_that_learns_is_left_in_peace():
    for p in (0.2, 0.5):
        build = settings.maker(lambda p=p: nn.MLP([2, 128, 1], dropout=p), rate=0.02)
        assert not settings.suspected(36, build, settings.circles(), 100)
