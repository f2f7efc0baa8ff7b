"""A last activation that does not fit the loss, whether the loss refuses it or not."""

import pytest

from chainrule import nn
from tests.doctor.model import settings


def ended(last=None, outputs=1):
    """A network with this end."""
    net = nn.MLP([2, 16, outputs])
    return nn.Sequential(net, *(() if last is None else (last,)))


PLANTS = [
    (lambda: ended(), nn.BCELoss, settings.moons()), (lambda: ended(nn.Tanh()), nn.BCELoss, settings.circles()),
    (lambda: ended(outputs=3), nn.NLLLoss, settings.blobs()),
    (lambda: ended(nn.Softmax(1), 3), nn.NLLLoss, settings.blobs()),
    (lambda: ended(nn.ReLU()), nn.BCEWithLogitsLoss, settings.moons()),
]


@pytest.mark.parametrize(("model", "loss", "rows"), PLANTS)
def test_plants_and_their_cure(model, loss, rows):
    build = settings.maker(model, loss, rate=0.03)
    found = settings.diagnosed(build, rows, epochs=3, budget=1.0).findings[0]
    assert (found.code, found.level) == ("output_activation", "fault")
    cured = found.apply(build)()
    history = cured.fit(rows, epochs=40, progress=False)
    assert history["loss"][-1] < 0.5 * history["loss"][0]


def test_ends_that_fit_are_left_in_peace():
    for model, loss, rows in (
        (lambda: ended(nn.Sigmoid()), nn.BCELoss, settings.moons()),
        (lambda: ended(nn.LogSoftmax(1), 3), nn.NLLLoss, settings.blobs()),
        (lambda: ended(outputs=3), nn.CrossEntropyLoss, settings.blobs()),
        (lambda: ended(), nn.BCEWithLogitsLoss, settings.circles()),
    ):
        assert not settings.suspected(18, settings.maker(model, loss), rows, 2)
