"""Units that begin alike, and so stay alike."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings

VALUE = float(np.random.default_rng(28).normal())


def constant(inputs, value):
    model = nn.MLP([inputs, 8, 1])
    with cr.no_grad():
        for layer in (model[0], model[2]):
            layer.weight.copy_(cr.full(layer.weight.shape, value))
    return model


@pytest.mark.parametrize("value", [0.0, VALUE])
def test_plants_and_their_cure(value):
    for rows, inputs, loss in ((settings.circles(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        build = settings.maker(lambda inputs=inputs: constant(inputs, value), loss)
        (found,) = settings.suspected(28, build, rows, 2)
        assert (found.code, found.proof) == ("symmetric_weights", "exact")
        assert not settings.suspected(28, found.cures[0].apply(build), rows, 2)


def test_one_unit_a_last_layer_of_zeros_and_random_ones_are_left_in_peace():
    def last():
        model = nn.MLP([2, 8, 3])
        with cr.no_grad():
            model[2].weight.copy_(cr.zeros(3, 8))
        return model

    for model, loss, rows in (
        (lambda: nn.MLP([2, 1, 1]), nn.BCEWithLogitsLoss, settings.moons()),
        (last, nn.CrossEntropyLoss, settings.blobs()),
        (lambda: nn.MLP([2, 8, 8, 1]), nn.BCEWithLogitsLoss, settings.circles()),
    ):
        assert not settings.suspected(28, settings.maker(model, loss), rows, 2)
