"""Pooling: PyTorch over a grid, ties and their places, NaN, any wanted size, refusals."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn import functional as F

DRAW = np.random.default_rng(8)
WINDOWS = list(itertools.product([2, 3, (2, 3)], [None, 1, 2, (3, 1)], [0, 1]))


def agree(ours, theirs, array, channels_last=False):
    torch = pytest.importorskip("torch")
    if channels_last:
        stored = cr.from_numpy(np.ascontiguousarray(array.transpose(0, 2, 3, 1)))
        x = stored.permute(0, 3, 1, 2).detach().requires_grad_()
    else:
        x = cr.from_numpy(array).requires_grad_()
    judged = torch.tensor(array, requires_grad=True)
    y, told = ours(x), theirs(torch.nn.functional, judged)
    d = DRAW.normal(size=told.shape)
    y.backward(cr.from_numpy(d))
    told.backward(torch.from_numpy(d))
    np.testing.assert_allclose(y.numpy(), told.detach().numpy(), atol=1e-13)
    np.testing.assert_allclose(x.grad.numpy(), judged.grad.numpy(), atol=1e-13)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("channels_last", [False, True])
def test_maxima_are_pytorchs_and_the_first_of_equals_takes_the_gradient(ties, channels_last):
    torch = pytest.importorskip("torch")
    for (kernel, stride, padding), dilation, ceil in itertools.product(WINDOWS, [1, 2], [False, True]):
        x = DRAW.normal(size=(2, 3, 9, 8))
        x = np.round(x) if ties else x
        args = (kernel, stride, padding, dilation, ceil)
        def ours(t, args=args):
            return F.max_pool2d(t, *args)

        agree(ours, lambda f, t, args=args: f.max_pool2d(t, *args), x, channels_last)
        places = F.max_pool2d(cr.from_numpy(x), *args, return_indices=True)[1]
        told = torch.nn.functional.max_pool2d(torch.tensor(x), *args, return_indices=True)[1]
        np.testing.assert_array_equal(places.numpy(), told.numpy())


def test_means_are_pytorchs():
    for (kernel, stride, padding), *rest in itertools.product(WINDOWS, [False, True], [False, True], [None, 5]):
        x, args = DRAW.normal(size=(2, 3, 9, 8)), (kernel, stride, padding, *rest)
        agree(lambda t, args=args: F.avg_pool2d(t, *args), lambda f, t, args=args: f.avg_pool2d(t, *args), x, True)


def test_sequences_are_images_of_height_one():
    for kernel, stride, padding, ceil in itertools.product([2, 3], [None, 1, 2], [0, 1], [False, True]):
        for x in (DRAW.normal(size=(2, 3, 9)), DRAW.normal(size=(3, 9))):
            args = (kernel, stride, padding)
            for last in ((2, ceil), (1, ceil)):
                both = (*args, *last)
                agree(lambda t, both=both: F.max_pool1d(t, *both), lambda f, t, both=both: f.max_pool1d(t, *both), x)
            for last in ((ceil,), (ceil, False)):
                both = (*args, *last)
                agree(lambda t, both=both: F.avg_pool1d(t, *both), lambda f, t, both=both: f.avg_pool1d(t, *both), x)


@given(st.tuples(*[st.integers(1, 12)] * 2), st.tuples(*[st.integers(1, 14)] * 2))
def test_any_wanted_size_is_the_mean_of_its_windows(size, wanted):
    x = DRAW.normal(size=(2, 3, *size))
    told = np.zeros((2, 3, *wanted))
    for i, j in np.ndindex(*wanted):
        rows, columns = (
            slice(k * n // m, -(-(k + 1) * n // m)) for k, n, m in zip((i, j), size, wanted, strict=True)
        )
        told[:, :, i, j] = x[:, :, rows, columns].mean(axis=(2, 3))
    np.testing.assert_allclose(F.adaptive_avg_pool2d(cr.from_numpy(x), wanted).numpy(), told, atol=1e-13)


def test_any_wanted_size_is_pytorchs():
    for wanted in (1, 2, 3, 5, 9, 12, (3, None), (None, 4)):
        def ours(t, wanted=wanted):
            return F.adaptive_avg_pool2d(t, wanted)

        agree(ours, lambda f, t, wanted=wanted: f.adaptive_avg_pool2d(t, wanted), DRAW.normal(size=(2, 3, 9, 8)))
        agree(ours, lambda f, t, wanted=wanted: f.adaptive_avg_pool2d(t, wanted), DRAW.normal(size=(3, 9, 8)))


def test_of_many_places_each_can_win():
    # The place is kept as a small whole number: windows of more than 127 places need a wider one.
    x = np.full((1, 12, 12, 12), -1.0)
    for channel, place in enumerate((0, 126, 127, 128, 129, 143)):
        x[0, channel].flat[place] = 1.0
    image = cr.from_numpy(x).requires_grad_()
    F.max_pool2d(image, 12).sum().backward()
    np.testing.assert_array_equal(image.grad.numpy()[0, :6], (x[0, :6] > 0).astype(float))
    assert image.grad.numpy().sum() == 12


def test_nan_comes_through_and_passes_no_gradient():
    x = cr.tensor([[[1.0, float("nan"), 3.0, 2.0]]], requires_grad=True)
    y = F.max_pool1d(x, 2)
    y.sum().backward()
    np.testing.assert_array_equal(y.numpy(), [[[np.nan, 3.0]]])
    np.testing.assert_array_equal(x.grad.numpy(), [[[0.0, 0.0, 1.0, 0.0]]])


def test_padding_never_wins_and_whole_numbers_are_taken():
    x = cr.tensor([[[-5, -3, -9]]])
    assert F.max_pool1d(x, 3, 1, 1).tolist() == [[[-3.0, -3.0, -3.0]]]
    assert F.avg_pool1d(x, 3, 1, 1, count_include_pad=False).tolist() == [[[-4.0, pytest.approx(-17 / 3), -6.0]]]


@pytest.mark.parametrize(("error", "words", "call"), [
    (ShapeError, "(N, C, H, W)", lambda x: F.max_pool2d(x[0, 0], 2)),
    (ShapeError, "(N, C, L)", lambda x: F.avg_pool1d(x, 2)),
    (ShapeError, "spans (5, 5) on an image of (4, 4)", lambda x: F.max_pool2d(x, 5)),
    (ShapeError, "spans (5, 5) on an image of (4, 4)", lambda x: F.avg_pool2d(x, 5)),
    (ArgumentError, "at most half of the window", lambda x: F.max_pool2d(x, 2, padding=2)),
    (ArgumentError, "at most half of the window", lambda x: F.avg_pool2d(x, 3, padding=2)),
    (ArgumentError, "at least 1", lambda x: F.max_pool2d(x, 0)),
    (ArgumentError, "at least 1", lambda x: F.avg_pool2d(x, 2, stride=0)),
    (ArgumentError, "at least 1", lambda x: F.adaptive_avg_pool2d(x, (2, 0))),
    (ArgumentError, "or 2 of them", lambda x: F.adaptive_avg_pool2d(x, (1, 2, 3))),
    (ArgumentError, "other than 0", lambda x: F.avg_pool2d(x, 2, divisor_override=0)),
])
def test_what_does_not_fit_is_refused_in_words(error, words, call):
    with pytest.raises(error) as caught:
        call(cr.zeros(2, 3, 4, 4))
    assert words in str(caught.value)


def test_the_layer_is_named():
    with pytest.raises(ShapeError) as caught:
        cr.nn.Sequential(cr.nn.Conv2d(3, 4, 3), cr.nn.MaxPool2d(9))(cr.zeros(2, 3, 8, 8))
    assert str(caught.value).startswith("1 MaxPool2d(kernel_size=9, stride=9")
