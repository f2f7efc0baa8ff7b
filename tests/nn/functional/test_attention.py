"""Attention: PyTorch over masks, rows that may look at nothing, dropout, refusals."""

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, DtypeError, ShapeError
from chainrule.nn import functional as F

DRAW = np.random.default_rng(9)
LENGTH, KEYS = 5, 4
SOME = DRAW.random((LENGTH, KEYS)) < 0.5
SOME[2] = False  # may look at nothing
MASKS = {
    "none": None, "some": SOME, "one row for each": DRAW.random((2, 1, 1, KEYS)) < 0.7, "all": np.ones((1, 1), bool),
    "floats": DRAW.normal(size=(LENGTH, KEYS)), "infinite floats": np.where(SOME, 0.5, -np.inf),
    "for each head": DRAW.normal(size=(3, LENGTH, 1)),
}


@pytest.mark.article("S1-25")
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_values_and_gradients_are_pytorchs(mask):
    torch = pytest.importorskip("torch")
    for causal, scale in itertools.product([False, True], [None, 0.3]):
        arrays = [DRAW.normal(size=(2, 3, *shape)) for shape in ((LENGTH, 4), (KEYS, 4), (KEYS, 6))]
        given = () if mask is None else (mask,)
        ours = [cr.from_numpy(a) for a in (*arrays, *given)]
        theirs = [torch.tensor(a) for a in (*arrays, *given)]
        for x in (*ours, *theirs):
            x.requires_grad_(bool(x.dtype in (np.float64, torch.float64) and np.isfinite(x.numpy()).all()))
        z = F.scaled_dot_product_attention(*ours, is_causal=causal, scale=scale)
        judged = list(theirs)
        if causal:  # PyTorch takes one of the two
            earlier = torch.ones(LENGTH, KEYS, dtype=torch.bool).tril()
            rule = torch.zeros(LENGTH, KEYS, dtype=torch.float64).masked_fill(~earlier, -np.inf)
            both = earlier if mask is None else judged[3] & earlier if mask.dtype == bool else judged[3] + rule
            judged[3:] = [both]
        told = torch.nn.functional.scaled_dot_product_attention(*judged, scale=scale)
        d = DRAW.normal(size=told.shape)
        z.backward(cr.from_numpy(d))
        told.backward(torch.from_numpy(d))
        np.testing.assert_allclose(z.numpy(), told.detach().numpy(), atol=1e-13)
        for one, two in zip(ours, theirs, strict=True):
            if one.requires_grad:
                np.testing.assert_allclose(one.grad.numpy(), two.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_that_may_look_at_nothing_gets_zeros_and_no_gradient(dtype):
    q, k, v = (cr.tensor(DRAW.normal(size=(1, n, 4)), dtype=dtype, requires_grad=True) for n in (LENGTH, KEYS, KEYS))
    with np.errstate(all="raise"):
        z = F.scaled_dot_product_attention(q, k, v, cr.tensor(SOME))
        z.sum().backward()
    assert not z.numpy()[0, 2].any()
    assert not q.grad.numpy()[0, 2].any()
    assert all(np.isfinite(x.grad.numpy()).all() for x in (q, k, v))


def test_large_scores_do_not_overflow():
    q = cr.tensor(DRAW.normal(size=(2, 6, 4)) * 1e3, requires_grad=True)
    with np.errstate(over="raise", invalid="raise"):
        z = F.scaled_dot_product_attention(q, q, q)
        z.sum().backward()
    assert np.isfinite(z.numpy()).all()
    assert np.isfinite(q.grad.numpy()).all()


def test_gradients_of_gradients_with_masks_and_dropout():
    q, k, v = DRAW.normal(size=(2, 3, 4)), DRAW.normal(size=(2, 4, 4)), DRAW.normal(size=(2, 4, 2))
    some = cr.tensor(SOME[:3])
    cr.testing.check_gradients(lambda *xs: F.scaled_dot_product_attention(*xs, some), q, k, v)
    floats = DRAW.normal(size=(3, 4))
    cr.testing.check_gradients(lambda *xs: F.scaled_dot_product_attention(*xs, dropout_p=0.3), q, k, v, floats)


def test_dropout_leaves_out_a_share_and_keeps_the_mean():
    q, v = cr.zeros(1, 400, 2), cr.ones(1, 500, 1)
    z = F.scaled_dot_product_attention(q, cr.zeros(1, 500, 2), v, dropout_p=0.25).numpy()
    assert abs(z.mean() - 1) < 0.01
    assert 0.02 < z.std() < 0.03  # sqrt(p / (1 - p) / 500) = 0.0258
    again = F.scaled_dot_product_attention(q, cr.zeros(1, 500, 2), v, dropout_p=0.25).numpy()
    assert (z != again).any()


@pytest.mark.parametrize(("error", "words", "shapes", "kwargs"), [
    (ShapeError, "queries as wide as keys", [(2, 5, 4), (2, 5, 3), (2, 5, 3)], {}),
    (ShapeError, "as many keys as values", [(2, 5, 4), (2, 5, 4), (2, 6, 4)], {}),
    (ShapeError, "queries of shape (4,)", [(4,), (5, 4), (5, 4)], {}),
    (ShapeError, "a mask of shape (4, 4)", [(2, 5, 4), (2, 4, 4), (2, 4, 4)], {"attn_mask": cr.zeros(4, 4)}),
    (DtypeError, "a mask of int64", [(2, 5, 4)] * 3, {"attn_mask": cr.tensor([[0, 1, 1, 1, 1]])}),
    (ArgumentError, "1.5", [(2, 5, 4)] * 3, {"dropout_p": 1.5}),
])
def test_what_does_not_fit_is_refused_in_words(error, words, shapes, kwargs):
    with pytest.raises(error) as caught:
        F.scaled_dot_product_attention(*(cr.zeros(*shape) for shape in shapes), **kwargs)
    assert words in str(caught.value)
