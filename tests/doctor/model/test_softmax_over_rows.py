"""A softmax along the batch."""

import numpy as np

from chainrule import nn
from tests.doctor.model import settings


def rows(seed=0):
    X, y = settings.blobs(seed)
    return X, np.eye(3)[y]


def build(dim):
    return settings.maker(lambda: nn.Sequential(nn.MLP([2, 16, 3]), nn.Softmax(dim)), nn.MSELoss, rate=0.03)


def test_plants_and_their_cure():
    for seed in range(2):
        (found,) = settings.suspected(25, build(0), rows(seed), 2)
        assert (found.code, found.proof) == ("softmax_over_rows", "exact")
    trainer = found.cures[0].apply(build(0))()
    trainer.fit(rows(1), epochs=40, progress=False)
    assert trainer.evaluate(rows(1))["loss"] < 0.05


def test_along_the_classes_it_is_right():
    assert not [one for one in settings.suspected(25, build(1), rows(), 2) if one.code == "softmax_over_rows"]
