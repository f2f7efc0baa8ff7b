"""Multi-head attention: masks of every kind as PyTorch reads them, weights, layouts, memory, refusals."""

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ArgumentError, ShapeError

DRAW = np.random.default_rng(10)
LATER = DRAW.random((5, 4)) < 0.4
LATER[:, 0] = False
PADDED = np.zeros((3, 4), bool)
PADDED[1, 2:] = PADDED[2, 3] = True
FLOATS = np.where(LATER, -1.5, 0.3)
MASKS = {
    "attn": (LATER, None), "padding": (None, PADDED), "both": (LATER, PADDED), "floats": (FLOATS, None),
    "both floats": (FLOATS, np.where(PADDED, -np.inf, 0.0)),
    "for each head": (DRAW.random((6, 5, 4)) < 0.3, None), "for each head, padding": (LATER[None].repeat(6, 0), PADDED),
}


def pair(torch, **kwargs):
    ours, theirs = nn.MultiheadAttention(8, 2, **kwargs).double(), torch.nn.MultiheadAttention(8, 2, **kwargs).double()
    theirs.load_state_dict({name: torch.tensor(value.numpy()) for name, value in ours.state_dict().items()})
    return ours, theirs


def agree(ours, theirs):
    assert (ours is None) == (theirs is None)
    if ours is not None:
        np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), atol=1e-12)


@pytest.mark.article("S1-25")
@pytest.mark.parametrize(("attn", "padding"), MASKS.values(), ids=MASKS)
def test_masks_are_read_as_pytorch_reads_them(attn, padding):
    torch = pytest.importorskip("torch")
    query, key = DRAW.normal(size=(5, 3, 8)), DRAW.normal(size=(4, 3, 8))
    for need, average in itertools.product([True, False], [True, False]):
        ours, theirs = pair(torch)
        q, k = (cr.from_numpy(x).requires_grad_() for x in (query, key))
        tq, tk = (torch.tensor(x, requires_grad=True) for x in (query, key))
        options = {"need_weights": need, "average_attn_weights": average}
        masks = {"attn_mask": attn, "key_padding_mask": padding}
        own = {name: None if m is None else cr.from_numpy(m) for name, m in masks.items()}
        told = {name: None if m is None else torch.tensor(m) for name, m in masks.items()}
        z, weights = ours(q, k, k, **own, **options)
        tz, tweights = theirs(tq, tk, tk, **told, **options)
        agree(z, tz)
        agree(weights, tweights)
        total = (z * z).sum() if weights is None else (z * z).sum() + (weights * weights).sum()
        ttotal = (tz * tz).sum() if weights is None else (tz * tz).sum() + (tweights * tweights).sum()
        total.backward()
        ttotal.backward()
        for one, two in zip((q, k, *ours.parameters()), (tq, tk, *theirs.parameters()), strict=True):
            np.testing.assert_allclose(one.grad.numpy(), two.grad.numpy(), atol=1e-12)


def test_floats_beside_booleans():
    torch = pytest.importorskip("torch")
    ours, theirs = pair(torch, batch_first=True)
    x, floats = DRAW.normal(size=(3, 4, 8)), DRAW.normal(size=(4, 4))
    z, _ = ours(*[cr.from_numpy(x)] * 3, cr.from_numpy(PADDED), attn_mask=cr.from_numpy(floats))
    asfloats = torch.zeros(3, 4, dtype=torch.float64).masked_fill(torch.tensor(PADDED), -np.inf)
    agree(z, theirs(*[torch.tensor(x)] * 3, asfloats, attn_mask=torch.tensor(floats))[0])


@pytest.mark.parametrize("need", [True, False])
def test_causal_needs_no_mask_and_sees_nothing_later(need):
    layer = nn.MultiheadAttention(8, 4, batch_first=True).double().eval()
    x = DRAW.normal(size=(2, 6, 8))
    z, _ = layer(*[cr.from_numpy(x)] * 3, is_causal=True, need_weights=need)
    later = x.copy()
    later[:, 4:] += 1.0
    again, _ = layer(*[cr.from_numpy(later)] * 3, is_causal=True, need_weights=need)
    np.testing.assert_array_equal(z.numpy()[:, :4], again.numpy()[:, :4])
    assert (z.numpy()[:, 4:] != again.numpy()[:, 4:]).all()
    mask = cr.tensor(np.triu(np.ones((6, 6), bool), 1))
    both, _ = layer(*[cr.from_numpy(x)] * 3, attn_mask=mask, is_causal=True)
    np.testing.assert_allclose(both.numpy(), z.numpy(), atol=1e-14)


def test_a_sequence_that_is_all_padding_gives_no_nan():
    layer = nn.MultiheadAttention(8, 2, batch_first=True)
    x = cr.tensor(DRAW.normal(size=(2, 3, 8)), requires_grad=True)
    z, weights = layer(x, x, x, key_padding_mask=cr.tensor([[True] * 3, [False] * 3]))
    (z * z).sum().backward()
    np.testing.assert_array_equal(z.numpy()[0], np.zeros((3, 8)))  # biases begin at zero
    assert not weights.numpy()[0].any()
    np.testing.assert_allclose(weights.numpy()[1].sum(-1), 1, rtol=1e-6)
    assert all(np.isfinite(p.grad.numpy()).all() for p in (x, *layer.parameters()))


def test_weights_of_a_batch_are_those_of_its_rows():
    layer = nn.MultiheadAttention(8, 2).double()
    x = DRAW.normal(size=(5, 3, 8))
    z, weights = layer(*[cr.from_numpy(x)] * 3)
    one, alone = layer(*[cr.from_numpy(x[:, 1])] * 3)
    assert one.shape == (5, 8)
    assert alone.shape == (5, 5)
    np.testing.assert_allclose(one.numpy(), z.numpy()[:, 1], atol=1e-14)
    np.testing.assert_allclose(alone.numpy(), weights.numpy()[1], atol=1e-14)


def test_dropout_works_in_training_alone_and_on_the_weights_shown():
    layer = nn.MultiheadAttention(8, 1, dropout=0.5, batch_first=True)
    x = cr.rand(2, 40, 8)
    _, weights = layer(x, x, x)
    assert 0.4 < (weights.numpy() == 0).mean() < 0.6
    _, weights = layer.eval()(x, x, x)
    np.testing.assert_allclose(weights.numpy().sum(-1), 1, rtol=1e-5)


def test_initial_weights_are_pytorchs_distribution_in_our_layout():
    layer = nn.MultiheadAttention(64, 4)
    weight = layer.in_proj_weight.numpy()
    bound = np.sqrt(6 / (64 + 192))
    assert weight.T.flags.c_contiguous
    assert np.abs(weight).max() <= bound
    assert abs(weight.std() - bound / np.sqrt(3)) < 0.01 * bound
    assert not layer.in_proj_bias.numpy().any()
    assert not layer.out_proj.bias.numpy().any()
    apart = nn.MultiheadAttention(64, 4, kdim=32, vdim=16)
    assert [p.shape for p in apart.parameters()][:4] == [(64, 64), (64, 32), (64, 16), (192,)]


@pytest.mark.parametrize(("error", "words", "make"), [
    (ArgumentError, "divisors of 8: 1, 2, 4, 8", lambda: nn.MultiheadAttention(8, 3)),
    (ArgumentError, "at least 1", lambda: nn.MultiheadAttention(0, 1)),
    (ArgumentError, "1.2", lambda: nn.MultiheadAttention(8, 2, dropout=1.2)),
    (ShapeError, "value of shape (5, 3, 7)", lambda: nn.MultiheadAttention(8, 2)(
        *[cr.zeros(5, 3, n) for n in (8, 8, 7)])),
    (ShapeError, "(L, N, E)", lambda: nn.MultiheadAttention(8, 2)(*[cr.zeros(1, 5, 3, 8)] * 3)),
    (ShapeError, "a mask of shape (5, 5)", lambda: nn.MultiheadAttention(8, 2)(
        cr.zeros(5, 3, 8), *[cr.zeros(4, 3, 8)] * 2, attn_mask=cr.zeros(5, 5))),
])
def test_what_does_not_fit_is_refused_in_words(error, words, make):
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)
