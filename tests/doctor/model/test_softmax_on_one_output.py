"""A softmax over a single output, which is always 1."""

import pytest

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings


class Written(nn.Module):
    """The same without a layer of that name."""

    def __init__(self):
        super().__init__()
        self.net = nn.MLP([2, 8, 1])

    def forward(self, x):
        return cr.softmax(self.net(x), 1)


@pytest.mark.parametrize("model", [lambda: nn.Sequential(nn.MLP([2, 8, 1]), nn.Softmax(1)), Written])
@pytest.mark.parametrize("loss", [nn.BCELoss, nn.MSELoss])
def test_plants(model, loss):
    for rows in (settings.moons(), settings.circles()):
        build = settings.maker(model, loss)
        (found,) = settings.suspected(21, build, rows, 2)
        assert (found.code, found.proof) == ("softmax_on_one_output", "exact")
        assert not settings.suspected(60, build, rows, 2)  # that the input is ignored follows from it


def test_its_cure():
    build = settings.maker(lambda: nn.Sequential(nn.MLP([2, 16, 16, 1]), nn.Softmax(1)), nn.BCELoss, rate=0.03)
    (found,) = settings.suspected(21, build, settings.circles(), 2)
    trainer = found.cures[0].apply(build)()
    trainer.fit(settings.circles(), epochs=60, progress=False)
    assert trainer.evaluate(settings.circles())["loss"] < 0.2


def test_several_outputs_are_left_in_peace():
    build = settings.maker(lambda: nn.Sequential(nn.MLP([2, 8, 3]), nn.LogSoftmax(1)), nn.NLLLoss)
    assert not settings.suspected(21, build, settings.blobs(), 2)
    assert not settings.suspected(21, settings.maker(lambda: nn.MLP([2, 8, 1])), settings.moons(), 2)
