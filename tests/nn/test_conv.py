"""Convolutional layers: initial weights, memory, states, refusals of their constructors."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ArgumentError, ShapeError


@pytest.mark.parametrize(("kind", "fan_in"), [("Conv1d", 20), ("Conv2d", 100), ("ConvTranspose2d", 200)])
def test_initial_weights_are_pytorchs_distribution(kind, fan_in):
    layer = getattr(nn, kind)(8, 16, 5, groups=2)
    bound = 1 / np.sqrt(fan_in)
    for parameter in layer.parameters():
        assert np.abs(parameter.numpy()).max() <= bound
    assert abs(layer.weight.numpy().std() - bound / np.sqrt(3)) < 0.1 * bound
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, kind)(8, 16, 5, groups=2)
    assert layer.weight.shape == tuple(theirs.weight.shape)
    assert abs(theirs.weight.detach().numpy().std() - bound / np.sqrt(3)) < 0.1 * bound


@pytest.mark.parametrize("kind", ["Conv1d", "Conv2d", "ConvTranspose2d"])
def test_weights_lie_with_their_outputs_together_whatever_is_loaded(kind):
    layer = getattr(nn, kind)(4, 6, 3)
    axes = (2, 1, 0) if kind == "Conv1d" else (2, 3, 1, 0)
    before = layer.weight.numpy().strides
    layer.load_state_dict({name: np.array(value.numpy(), order="C") for name, value in layer.state_dict().items()})
    assert layer.weight.numpy().strides == before
    assert layer.weight.numpy().transpose(axes).flags.c_contiguous
    assert layer.double().weight.numpy().transpose(axes).flags.c_contiguous


def test_the_same_seed_gives_the_same_weights():
    made = []
    for _ in range(2):
        cr.manual_seed(4)
        made.append(nn.Conv2d(3, 4, 3).weight.numpy().tobytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(("words", "make"), [
    ("at least 1", lambda: nn.Conv2d(0, 4, 3)),
    ("at least 1", lambda: nn.Conv2d(3, 4, 0)),
    ("at least 1", lambda: nn.Conv1d(3, 4, True)),
    ("or 2 of them", lambda: nn.Conv2d(3, 4, (3, 3, 3))),
    ("divides both", lambda: nn.Conv2d(3, 4, 3, groups=2)),
    ("divides both", lambda: nn.ConvTranspose2d(4, 3, 3, groups=2)),
    ("less than the stride", lambda: nn.ConvTranspose2d(4, 3, 3, output_padding=1)),
    ("at least 0", lambda: nn.ConvTranspose2d(4, 3, 3, padding="same")),
    ('padding_mode="reflect"', lambda: nn.Conv2d(3, 4, 3, padding_mode="reflect")),
    ('padding="full"', lambda: nn.Conv1d(3, 4, 3, padding="full")),
    ("stride of 1", lambda: nn.Conv2d(3, 4, 3, stride=2, padding="same")),
])
def test_what_does_not_fit_is_refused_in_words(words, make):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert words in str(caught.value)


@pytest.mark.parametrize("size", [(9, 7), (10, 8), (11, 8)])
def test_a_wanted_size_is_pytorchs(size):
    torch = pytest.importorskip("torch")
    ours, theirs = nn.ConvTranspose2d(2, 3, 3, (3, 2), padding=1), torch.nn.ConvTranspose2d(2, 3, 3, (3, 2), padding=1)
    theirs.load_state_dict({name: torch.tensor(value.numpy()) for name, value in ours.state_dict().items()})
    x = np.random.default_rng(3).normal(size=(2, 2, 4, 4)).astype(np.float32)
    told = theirs(torch.tensor(x), output_size=(size[0] + 1, size[1])).detach().numpy()
    np.testing.assert_allclose(ours(cr.tensor(x), output_size=(size[0] + 1, size[1])).numpy(), told, atol=1e-6)


def test_a_size_out_of_reach_is_refused():
    with pytest.raises(ArgumentError) as caught:
        nn.ConvTranspose2d(2, 3, 3, (3, 2), padding=1)(cr.zeros(2, 2, 4, 4), output_size=(13, 8))
    assert "from (10, 7) to (12, 8)" in str(caught.value)


def test_channels_last_get_the_line_that_helps():
    with pytest.raises(ShapeError) as caught:
        nn.Conv2d(3, 8, 3)(cr.zeros(4, 32, 32, 3))
    assert "x.permute(0, 3, 1, 2)" in str(caught.value)
    assert str(caught.value).startswith("Conv2d(3, 8, kernel_size=(3, 3)")
