"""Convolution: against loops and PyTorch over a grid, memory layouts, what is kept and what is not copied, refusals."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.errors import ArgumentError, GradientError, ShapeError
from chainrule.nn import functional as F
from chainrule.nn.functional._filters import filter_matrix

DRAW = np.random.default_rng(7)


def leaf(array, axes=None):
    """A float64 tensor that wants a gradient; with `axes`, shown so over memory in another order."""
    if axes is None:
        return cr.from_numpy(array).requires_grad_()
    stored = cr.from_numpy(np.ascontiguousarray(np.transpose(array, axes)))
    back = sorted(range(len(axes)), key=axes.__getitem__)
    return stored.permute(*back).detach().requires_grad_()


def slide(x, w, stride, sides, dilation, groups):
    """Convolution written as its definition."""
    x = np.pad(x, ((0, 0), (0, 0), *sides))
    outputs, inner, kh, kw = w.shape
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, (kh, kw), strict=True)]
    oh, ow = ((size - span) // step + 1 for size, span, step in zip(x.shape[2:], reach, stride, strict=True))
    z = np.zeros((len(x), outputs, oh, ow))
    for o, i, j in itertools.product(range(outputs), range(oh), range(ow)):
        first = o // (outputs // groups) * inner
        rows = slice(i * stride[0], i * stride[0] + reach[0], dilation[0])
        columns = slice(j * stride[1], j * stride[1] + reach[1], dilation[1])
        z[:, o, i, j] = (x[:, first : first + inner, rows, columns] * w[o]).sum(axis=(1, 2, 3))
    return z


GRID = list(itertools.product([(1, 1), (2, 3), (5, 4)], [1, 2, (3, 1)], [0, 1, (2, 1)], [1, 2], [1, 2, 4]))


@pytest.mark.article("S1-25")
@pytest.mark.parametrize("axes", [None, (0, 2, 3, 1)], ids=["NCHW", "NHWC"])
def test_grid_agrees_with_pytorch(axes):
    torch = pytest.importorskip("torch")
    for kernel, stride, padding, dilation, groups in GRID:
        arrays = DRAW.normal(size=(2, 4, 11, 9)), DRAW.normal(size=(8, 4 // groups, *kernel)), DRAW.normal(size=8)
        x, w, b = leaf(arrays[0], axes), leaf(arrays[1], axes and (2, 3, 1, 0)), leaf(arrays[2])
        judged = [torch.tensor(a, requires_grad=True) for a in arrays]
        z = F.conv2d(x, w, b, stride, padding, dilation, groups)
        told = torch.nn.functional.conv2d(*judged, stride, padding, dilation, groups)
        d = DRAW.normal(size=told.shape)
        z.backward(cr.from_numpy(d))
        told.backward(torch.from_numpy(d))
        np.testing.assert_allclose(z.numpy(), told.detach().numpy(), atol=1e-12)
        for ours, theirs in zip((x, w, b), judged, strict=True):
            np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), atol=1e-11)


@pytest.mark.parametrize("axes", [None, (0, 2, 3, 1)], ids=["NCHW", "NHWC"])
def test_transposed_grid_agrees_with_pytorch(axes):
    torch = pytest.importorskip("torch")
    rows = itertools.product([(1, 1), (2, 3), (4, 3)], [1, 2, (3, 2)], [0, (1, 0)], [1, 2], [1, 2, 4], [0, 1])
    for kernel, stride, padding, dilation, groups, more in rows:
        if more and stride == 1:
            continue
        arrays = DRAW.normal(size=(2, 4, 5, 6)), DRAW.normal(size=(4, 8 // groups, *kernel)), DRAW.normal(size=8)
        x, w, b = leaf(arrays[0], axes), leaf(arrays[1], axes and (2, 3, 1, 0)), leaf(arrays[2])
        judged = [torch.tensor(a, requires_grad=True) for a in arrays]
        z = F.conv_transpose2d(x, w, b, stride, padding, more, groups, dilation)
        told = torch.nn.functional.conv_transpose2d(*judged, stride, padding, more, groups, dilation)
        d = DRAW.normal(size=told.shape)
        z.backward(cr.from_numpy(d))
        told.backward(torch.from_numpy(d))
        np.testing.assert_allclose(z.numpy(), told.detach().numpy(), atol=1e-12)
        for ours, theirs in zip((x, w, b), judged, strict=True):
            np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), atol=1e-11)


@pytest.mark.parametrize("kernel", [2, 3, 4, 5])
def test_same_is_pytorchs_for_even_kernels_too(kernel):
    torch = pytest.importorskip("torch")
    x, w = DRAW.normal(size=(2, 3, 9)), DRAW.normal(size=(2, 3, kernel))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch mentions a copy
        told = torch.nn.functional.conv1d(torch.tensor(x), torch.tensor(w), padding="same", dilation=2).numpy()
    z = F.conv1d(cr.from_numpy(x), cr.from_numpy(w), padding="same", dilation=2).numpy()
    assert z.shape == (2, 2, 9)
    np.testing.assert_allclose(z, told, atol=1e-13)


@st.composite
def cases(draw):
    small = st.integers(1, 3)
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    inner, outer = draw(small), draw(small)
    kernel, stride, dilation = ((draw(small), draw(small)) for _ in range(3))
    sides = tuple((draw(st.integers(0, 2)),) * 2 for _ in range(2))
    room = [draw(st.integers(0, 4)) + d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    size = [max(1, length - 2 * side[0]) for length, side in zip(room, sides, strict=True)]
    shape = (draw(st.integers(0, 3)), inner * groups, *size)
    return shape, (outer * groups, inner, *kernel), stride, sides, dilation, groups


@given(cases(), st.booleans())
def test_any_shape_is_the_definition(case, channels_last):
    shape, filters, stride, sides, dilation, groups = case
    x, w = DRAW.normal(size=shape), DRAW.normal(size=filters)
    ours = leaf(x, (0, 2, 3, 1) if channels_last else None)
    weight = leaf(w, (2, 3, 1, 0) if channels_last else None)
    padding = (sides[0][0], sides[1][0])
    z = F.conv2d(ours, weight, None, stride, padding, dilation, groups)
    told = slide(x, w, stride, sides, dilation, groups)
    np.testing.assert_allclose(z.numpy(), told, atol=1e-12)
    d = DRAW.normal(size=told.shape)
    z.backward(cr.from_numpy(d))
    # The transposed layer is the gradient by the input, and both are linear: <z(x), d> = <x, dx> = <w, dw>.
    for slope, value in ((ours.grad, x), (weight.grad, w)):
        assert slope.shape == value.shape
        np.testing.assert_allclose((slope.numpy() * value).sum(), (told * d).sum(), atol=1e-9)


def test_the_gradient_by_the_input_is_the_transposed_convolution():
    w = cr.from_numpy(DRAW.normal(size=(5, 3, 3, 2)))
    x = leaf(DRAW.normal(size=(2, 3, 9, 8)))
    z = F.conv2d(x, w, stride=2, padding=1)
    d = cr.from_numpy(DRAW.normal(size=z.shape))
    z.backward(d)
    back = F.conv_transpose2d(d, w, stride=2, padding=1, output_padding=0)
    np.testing.assert_allclose(x.grad.numpy(), back.numpy(), atol=1e-12)


@pytest.mark.parametrize(("function", "shapes", "kwargs"), [
    (F.conv2d, [(2, 3, 5, 4), (2, 3, 3, 3), (2,)], {"stride": 2, "padding": 1}),
    (F.conv2d, [(2, 4, 5, 4), (6, 2, 3, 2), (6,)], {"padding": "same", "groups": 2}),
    (F.conv2d, [(2, 8, 3, 4), (2, 8, 1, 1), (2,)], {"stride": 2}),
    (F.conv2d, [(2, 2, 4, 4), (2, 1, 3, 3)], {"groups": 2}),
    (F.conv1d, [(2, 3, 9), (2, 3, 3), (2,)], {"stride": 2, "padding": 1, "dilation": 2}),
    (F.conv_transpose2d, [(2, 3, 3, 4), (3, 2, 3, 3), (2,)], {"stride": 2, "padding": 1, "output_padding": 1}),
    (F.conv_transpose2d, [(2, 4, 3, 3), (4, 2, 2, 2), (4,)], {"groups": 2}),
])
def test_gradients_of_gradients(function, shapes, kwargs):
    arrays = [DRAW.normal(size=shape) for shape in shapes]
    cr.testing.check_gradients(lambda *xs: function(*xs, **kwargs), *arrays, directions=2)


def test_one_image_without_a_batch_and_no_image_at_all():
    x, w = DRAW.normal(size=(3, 7, 6)), cr.from_numpy(DRAW.normal(size=(4, 3, 3, 3)))
    one = F.conv2d(cr.from_numpy(x), w)
    np.testing.assert_array_equal(one.numpy(), F.conv2d(cr.from_numpy(x[None]), w).numpy()[0])
    back = cr.from_numpy(DRAW.normal(size=(3, 2, 2, 2)))
    assert F.conv_transpose2d(cr.from_numpy(x), back).shape == (2, 8, 7)
    line, filters = cr.from_numpy(x[0]), cr.from_numpy(DRAW.normal(size=(2, 7, 3)))
    assert F.conv1d(line, filters).shape == (2, 4)
    none = leaf(np.zeros((0, 3, 7, 6)))
    weight = w.detach().requires_grad_()
    z = F.conv2d(none, weight, padding=1)
    z.sum().backward()
    assert z.shape == (0, 4, 7, 6)
    assert none.grad.shape == (0, 3, 7, 6)
    assert not weight.grad.numpy().any()


def test_images_lie_with_their_channels_together_and_weights_are_not_copied():
    layer = cr.nn.Conv2d(4, 8, 3, padding=1)
    stored = layer.weight.numpy()
    assert stored.transpose(2, 3, 1, 0).flags.c_contiguous
    assert np.shares_memory(filter_matrix(layer.weight.detach(), 1).numpy(), stored)
    z = layer(cr.rand(2, 4, 6, 5))
    after = cr.relu(z)
    for image in (z, after):
        assert image.numpy().transpose(0, 2, 3, 1).flags.c_contiguous
    after.sum().backward()
    assert layer.weight.grad.numpy().strides == stored.strides


@pytest.mark.parametrize(("kernel", "padding", "size"), [(1, 0, 5), (3, 0, 5), (5, 0, 5), (3, 1, 5), ((1, 5), 0, 5)])
def test_a_changed_input_is_noticed_or_does_no_harm(kernel, padding, size):
    # Windows may be a view of the input: then a change after the forward pass must not pass in silence.
    x = cr.from_numpy(DRAW.normal(size=(1, size, size, 16))).permute(0, 3, 1, 2).detach()
    kernel = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    weight = leaf(DRAW.normal(size=(2, 16, *kernel)))
    F.conv2d(x, weight, padding=padding).sum().backward()
    wanted, weight.grad = weight.grad, None
    z = F.conv2d(x, weight, padding=padding).sum()
    with cr.no_grad():
        x.mul_(0.0)
    try:
        z.backward()
    except GradientError:
        return
    np.testing.assert_array_equal(weight.grad.numpy(), wanted.numpy())


def test_whole_numbers_and_lists_are_taken():
    pixels = np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4)
    z = F.conv2d(cr.tensor(pixels), cr.ones(1, 1, 2, 2))
    assert z.dtype == np.float32
    assert z[0, 0, 0, 0].item() == 0 + 1 + 4 + 5
    assert F.conv2d(pixels.tolist(), cr.ones(1, 1, 2, 2)).tolist() == z.tolist()


IMAGE, FILTERS = (2, 3, 6, 5), (4, 3, 3, 3)


@pytest.mark.parametrize(("error", "words", "kwargs", "image", "filters"), [
    (ShapeError, "(N, C, H, W)", {}, (6, 5), FILTERS),
    (ShapeError, "(C, H, W)", {}, (2, 2, 3, 6, 5), FILTERS),
    (ShapeError, "3 channels, as the weights have", {}, (2, 6, 5, 3), FILTERS),
    (ShapeError, "4 axes", {}, IMAGE, (4, 3, 3)),
    (ShapeError, "spans (3, 3) on an image of (2, 5)", {}, (2, 3, 2, 5), FILTERS),
    (ShapeError, "spans (7, 3)", {"dilation": (3, 1)}, IMAGE, FILTERS),
    (ShapeError, "bias of shape (3,)", {"bias": (3,)}, IMAGE, FILTERS),
    (ArgumentError, "at least 1", {"stride": 0}, IMAGE, FILTERS),
    (ArgumentError, "or 2 of them", {"stride": (1, 2, 3)}, IMAGE, FILTERS),
    (ArgumentError, "got:      1.5", {"dilation": 1.5}, IMAGE, FILTERS),
    (ArgumentError, "at least 0", {"padding": -1}, IMAGE, FILTERS),
    (ArgumentError, 'padding="full"', {"padding": "full"}, IMAGE, FILTERS),
    (ArgumentError, "stride of 1", {"padding": "same", "stride": 2}, IMAGE, FILTERS),
    (ArgumentError, "divides both", {"groups": 3}, (2, 9, 6, 5), FILTERS),
    (ArgumentError, "divides both", {"groups": 0}, IMAGE, FILTERS),
])
def test_what_does_not_fit_is_refused_in_words(error, words, kwargs, image, filters):
    bias = cr.zeros(*kwargs.pop("bias")) if "bias" in kwargs else None
    with pytest.raises(error) as caught:
        F.conv2d(cr.zeros(*image), cr.zeros(*filters), bias, **kwargs)
    assert words in str(caught.value)


@pytest.mark.parametrize(("error", "words", "kwargs", "image", "filters"), [
    (ShapeError, "3 channels, as the weights have", {}, (2, 4, 6, 5), (3, 2, 2, 2)),
    (ShapeError, "at least one row", {"padding": 4}, IMAGE, (3, 2, 2, 2)),
    (ShapeError, "bias of shape", {"bias": (3,)}, IMAGE, (3, 2, 2, 2)),
    (ShapeError, "4 axes", {}, IMAGE, (3, 2, 2)),
    (ArgumentError, "less than the stride", {"output_padding": 1}, IMAGE, (3, 2, 2, 2)),
    (ArgumentError, "divides both", {"groups": 2}, IMAGE, (3, 2, 2, 2)),
    (ArgumentError, "at least 0", {"padding": "same"}, IMAGE, (3, 2, 2, 2)),
])
def test_what_does_not_fit_a_transposed_one_is_refused_in_words(error, words, kwargs, image, filters):
    bias = cr.zeros(*kwargs.pop("bias")) if "bias" in kwargs else None
    with pytest.raises(error) as caught:
        F.conv_transpose2d(cr.zeros(*image), cr.zeros(*filters), bias, **kwargs)
    assert words in str(caught.value)
