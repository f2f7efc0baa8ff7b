"""Metrics that cannot be computed, or say the same of every answer."""

import numpy as np
import pytest

from chainrule import nn
from tests.doctor.model import settings


def largest_of_one(targets, outputs):
    """Right answers by argmax, which of one output is always 0."""
    return float((np.argmax(outputs, axis=1) == np.asarray(targets).reshape(-1)).mean())


def broken(targets, outputs):
    """Asks for a second column that there is not."""
    return float(np.asarray(outputs)[:, 1].mean())


def within(targets, outputs):
    """The share of answers that are nearly right: 0 of nearly all."""
    return float((np.abs(np.asarray(outputs) - np.asarray(targets)) < 1e-3).mean())


@pytest.mark.parametrize(("metric", "name"), [(largest_of_one, "metric_says_nothing"), (broken, "metric_refuses")])
def test_plants(metric, name):
    for rows in (settings.moons(), settings.circles()):
        build = settings.maker(lambda: nn.MLP([2, 8, 1]), metrics=[metric])
        (found,) = settings.suspected(55, build, rows, 2)
        assert (found.code, found.evidence[0].name) == ("metric_unfit", name)


def same(targets, outputs):
    """The accuracy of numbers: they are never the same."""
    return float(np.mean(np.asarray(targets) == np.asarray(outputs)))


def test_numbers_that_are_asked_to_be_the_same():
    build = settings.maker(lambda: nn.MLP([1, 8, 1]), nn.MSELoss, metrics=[same])
    (found,) = settings.suspected(55, build, settings.sine(), 2)
    assert found.evidence[0].name == "metric_says_nothing"


def test_accuracy_of_a_regression():
    found = settings.diagnosed(settings.maker(lambda: nn.MLP([1, 8, 1]), nn.MSELoss, metrics=["accuracy"]),
                               settings.sine(), epochs=2)
    assert settings.codes(found) == ["metric_unfit"]
    assert str(found)


def test_metrics_that_fit_are_left_in_peace():
    for rows, model, loss, metrics in (
        (settings.moons(), lambda: nn.MLP([2, 8, 1]), nn.BCEWithLogitsLoss, ["accuracy"]),
        (settings.sine(), lambda: nn.MLP([1, 8, 1]), nn.MSELoss, ["r2", "mae", within]),
        (settings.blobs(), lambda: nn.MLP([2, 8, 3]), nn.CrossEntropyLoss, ["accuracy"]),
        (settings.moons(), lambda: nn.MLP([2, 8, 1]), nn.BCEWithLogitsLoss, []),
    ):
        assert not settings.suspected(55, settings.maker(model, loss, metrics=metrics), rows, 2)
