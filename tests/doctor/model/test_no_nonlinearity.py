"""Dense layers with nothing between them."""

from chainrule import nn
from tests.doctor.model import settings


def straight(inputs, middle=None):
    return nn.Sequential(nn.Linear(inputs, 16), *(() if middle is None else (middle,)), nn.Linear(16, 1))


def test_plants():
    for rows, inputs, loss in ((settings.circles(), 2, nn.BCEWithLogitsLoss), (settings.sine(), 1, nn.MSELoss)):
        for middle in (None, nn.Dropout(0.1), nn.Identity()):
            build = settings.maker(lambda inputs=inputs, middle=middle: straight(inputs, middle), loss)
            (found,) = settings.suspected(23, build, rows, 20)
            assert (found.code, found.proof) == ("no_nonlinearity", "exact")


def test_linear_where_a_line_is_enough_is_a_note():
    X, _ = settings.blobs()
    y = X[:, :1] - 2 * X[:, 1:2]
    (found,) = settings.suspected(23, settings.maker(lambda: straight(2), nn.MSELoss, rate=0.03), (X, y), 60)
    assert found.proof == "convention"


def test_one_layer_and_bending_ones_are_left_in_peace():
    for model in (lambda: nn.Linear(2, 1), lambda: straight(2, nn.ReLU()), lambda: straight(2, nn.LayerNorm(16))):
        assert not settings.suspected(23, settings.maker(model), settings.circles(), 3)
