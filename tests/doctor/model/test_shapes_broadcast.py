"""Outputs (N, 1) against targets (N,) in a loss of one's own, which nobody refuses."""

import numpy as np
import pytest

from chainrule import nn
from tests.doctor.model import settings

pytestmark = pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")  # of the subtraction itself


def square(outputs, targets):
    """The squared error."""
    return ((outputs - targets) ** 2).mean()


def distance(outputs, targets):
    """The absolute error."""
    return (outputs - targets).abs().mean()


@pytest.mark.parametrize("loss", [square, distance])
def test_plants_and_their_cure(loss):
    for (X, y), inputs in ((settings.moons(), 2), (settings.sine(), 1)):
        build = settings.maker(lambda inputs=inputs: nn.MLP([inputs, 16, 1]), lambda: loss)
        (found,) = settings.suspected(24, build, (X, y.ravel()))
        assert (found.code, found.proof) == ("shapes_broadcast", "exact")
    found = settings.diagnosed(build, (X, y.ravel())).findings[0]
    assert found.code == "shapes_broadcast"
    cured = found.apply(build)()
    cured.fit((X, y.ravel()), epochs=40, progress=False)
    assert cured.evaluate((X, y.ravel()))["loss"] < 0.5 * float(np.mean(np.abs(y - y.mean())))


def test_losses_of_the_library_refuse_it_and_the_doctor_says_so():
    X, y = settings.sine()
    found = settings.diagnosed(settings.maker(lambda: nn.MLP([1, 8, 1]), nn.MSELoss), (X, y.ravel()))
    assert settings.codes(found) == ["shapes_broadcast"]


def test_equal_shapes_and_reshaping_losses_are_none():
    (X, y), net = settings.moons(), lambda: nn.MLP([2, 8, 1])
    assert not settings.suspected(24, settings.maker(net, lambda: square), (X, y))
    reshaping = settings.maker(net, lambda: lambda outputs, targets: square(outputs.reshape(-1), targets))
    assert not settings.suspected(24, reshaping, (X, y.ravel()))
    assert not settings.suspected(24, settings.maker(lambda: nn.MLP([2, 8, 3]), nn.CrossEntropyLoss), settings.blobs())
