"""Attention: every query takes a mean of the values, weighted by how well it fits their keys."""

from math import sqrt
from typing import Any

import numpy as np

from chainrule.errors import DtypeError, ShapeError
from chainrule.nn.functional._dropout import checked_probability
from chainrule.tape.control import module_control
from chainrule.tape.region import region
from chainrule.tensors.creation import arange, as_tensor
from chainrule.tensors.joining import concatenate
from chainrule.tensors.operands import cast, floating
from chainrule.tensors.random import Generator, default_generator
from chainrule.tensors.tensor import Tensor

_NOTHING = float("-inf")


def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """For each query the mean of the values, weighted by the softmax of query · key.

    A = softmax(Q Kᵀ · scale + mask),  Z = A V

    A query that may look at nothing (its whole row masked) gets zeros, and passes no gradient; never NaN.

    Args:
        query: (…, L, E).
        key: (…, S, E).
        value: (…, S, D).
        attn_mask: stretched to (…, L, S). Booleans: True where a query may look; floats are added to the scores.
        dropout_p: the probability of leaving a weight out; it always applies: give 0 in evaluation.
        is_causal: query i sees the keys 0 … i alone; together with `attn_mask` both hold.
        scale: of the scores; default 1 / √E.

    Returns:
        Tensor: (…, L, D).

    Raises:
        ShapeError: when sizes do not fit each other.
        DtypeError: for a mask of whole numbers.
        ArgumentError: for a probability outside 0 ≤ p < 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> q, v = cr.zeros(1, 2, 4), cr.tensor([[[1.0], [3.0]]])
        >>> F.scaled_dot_product_attention(q, q, v, is_causal=True)
        tensor([[[1.],
                 [2.]]])

    Source:
        A. Vaswani et al., Attention is all you need (2017), eq. 1.
    """
    q, k, v = (floating(as_tensor(x)) for x in (query, key, value))
    return attention(q, k, v, as_mask(attn_mask, q, "attn_mask"), dropout_p, is_causal, scale)[0]


def attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, p: float = 0.0, causal: bool = False,
    scale: float | None = None, generator: Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """The results (…, L, D), and the weights (…, L, S) with which the values were taken."""
    factor = 1.0 / sqrt(q.shape[-1]) if scale is None else float(scale)
    u = share = None
    if checked_probability(p, "attention"):
        batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2])
        stream = default_generator if generator is None else generator
        u, share = stream.uniform((*batch, q.shape[-2], k.shape[-2])), module_control("p", p)
    out, weights = _attention(q, k, v, mask, u, share, scale=factor, causal=bool(causal))
    return out, weights


def as_mask(mask: Any, q: Tensor, name: str) -> Tensor | None:
    """A mask of booleans, or of the queries' own floats."""
    if mask is None:
        return None
    made = as_tensor(mask)
    if made.dtype.kind == "b":
        return made
    if made.dtype.kind != "f":
        raise DtypeError("sequences.mask_dtype", f"attention, argument {name}", dtype=made.dtype)
    return cast(made, q.dtype)


def added(mask: Tensor, scores: Tensor) -> Tensor:
    """What a mask adds to the scores: 0 where a query may look and -inf elsewhere, or its own floats."""
    return mask if mask.dtype.kind == "f" else (mask.to(scores.dtype) * 0.0).where(mask, _NOTHING)


def _refuse(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> None:
    """Say in words what does not fit; asked once for each combination of shapes."""
    if min(q.ndim, k.ndim, v.ndim) < 2 or q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise ShapeError("sequences.attention", "attention", queries=q.shape, keys=k.shape, values=v.shape)
    if mask is not None:
        scores = (*np.broadcast_shapes(q.shape[:-2], k.shape[:-2]), q.shape[-2], k.shape[-2])
        fits = mask.ndim <= len(scores) and all(
            own in {1, size} for own, size in zip(reversed(mask.shape), reversed(scores), strict=False)
        )
        if not fits:
            raise ShapeError("sequences.mask", "attention, argument attn_mask", mask=mask.shape, scores=scores)


@region("attention", outputs=2)
def _attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, u: Tensor | None, p: Any, *, scale: float, causal: bool
) -> tuple[Tensor, ...]:
    _refuse(q, k, v, mask)
    scores = (q * scale) @ k.mT  # (…, L, S)
    if causal:
        scores = scores + added(arange(q.shape[-2]).unsqueeze(1) >= arange(k.shape[-2]), scores)  # query after key
    if mask is not None:
        scores = scores + added(mask, scores)
    if mask is None:
        raised = (scores - scores.amax(-1, keepdim=True)).exp()
        A = raised / raised.sum(-1, keepdim=True)
    else:  # a row that is masked as a whole has no largest score, and no sum to be divided by
        top = scores.amax(-1, keepdim=True)
        raised = (scores - top.where(top > _NOTHING, 0.0)).exp()
        total = raised.sum(-1, keepdim=True)
        A = raised / (total + (total == 0))
    if u is None:
        return A @ v, A
    keep = u >= p
    kept = A * keep / (1.0 - p)
    return kept @ v, kept, A, keep


@_attention.derivative
def _(
    d: Tensor | None, d_weights: Tensor | None,
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, u: Tensor | None, p: Any,
    out: Tensor, kept: Tensor, *before: Tensor, scale: float, causal: bool,
) -> tuple[Tensor | None, ...]:
    dA = None if d is None else d @ v.mT  # (…, L, S)
    if d_weights is not None:
        dA = d_weights if dA is None else dA + d_weights
    assert dA is not None
    if before:
        A, keep = before
        dA = dA * keep / (1.0 - p)
    else:
        A = kept
    dS = A * (dA - (dA * A).sum(-1, keepdim=True))
    dq = (dS @ k) * scale
    dk = dS.mT @ (q * scale)
    dv = None if d is None else (kept.mT @ d).sum_to(v.shape)
    d_mask = dS.sum_to(mask.shape) if mask is not None and mask.dtype.kind == "f" else None
    return dq.sum_to(q.shape), dk.sum_to(k.shape), dv, d_mask, None, None


@region("split_heads", outputs=3)
def split_heads(x: Tensor, *, heads: int) -> tuple[Tensor, ...]:
    """(N, L, 3 · H · D), queries, keys and values side by side, as three of (N, H, L, D)."""
    n, length, width = x.shape
    parts = x.reshape((n, length, 3, heads, width // (3 * heads))).permute((2, 0, 3, 1, 4))
    return parts[0], parts[1], parts[2]


# From the parts: three arrays of zeros with one third filled, added up.
@split_heads.derivative
def _(
    dq: Tensor | None, dk: Tensor | None, dv: Tensor | None, x: Tensor, q: Tensor, k: Tensor, v: Tensor, *, heads: int
) -> tuple[Tensor]:
    n, _, length, width = q.shape
    parts = [part * 0.0 if d is None else d for d, part in ((dq, q), (dk, k), (dv, v))]
    rows = [part.permute((0, 2, 1, 3)).reshape((n, length, heads * width)) for part in parts]  # (N, L, H · D)
    return (concatenate(rows, -1),)
