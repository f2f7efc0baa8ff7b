"""Attention with several heads."""

from math import sqrt
from typing import Any

import numpy as np

from chainrule.config import default_dtype
from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn.arguments import whole
from chainrule.nn.functional._attention import added, as_mask, attention, split_heads
from chainrule.nn.functional._dropout import checked_probability
from chainrule.nn.functional._linear import linear
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import floating
from chainrule.tensors.random import default_generator
from chainrule.tensors.tensor import Tensor


class MultiheadAttention(Module):
    """Several attentions side by side, each on its own projection of queries, keys and values.

    head_h = softmax(Q_h K_hᵀ / √D) V_h,  output = [head_1 … head_H] W_o + b_o,  with Q = query W_q + b_q and so on

    A query that may look at nothing gets zeros from every head; never NaN, as PyTorch's while it returns weights.
    Projections are drawn Glorot-uniform, biases start at 0, as in PyTorch.

    Args:
        embed_dim: the width E of queries and results.
        num_heads: so many heads of width D = E / num_heads.
        dropout: the probability of leaving a weight out in training mode.
        bias: False leaves all biases out.
        kdim: the width of keys, where it is not E.
        vdim: the width of values, where it is not E.
        batch_first: True for inputs (N, L, E); default (L, N, E), as in PyTorch.

    Raises:
        ArgumentError: for sizes below 1, or a width that `num_heads` does not divide.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> x = cr.zeros(4, 12, 6)
        >>> z, weights = nn.MultiheadAttention(6, 2, batch_first=True)(x, x, x)
        >>> z.shape, weights.shape
        ((4, 12, 6), (4, 12, 12))

    Source:
        A. Vaswani et al., Attention is all you need (2017), section 3.2.2.
    """

    in_proj_weight: Parameter | None  # (3 E, E), in memory (E, 3 E): queries, keys, values side by side
    q_proj_weight: Parameter | None  # (E, E), these three where widths differ
    k_proj_weight: Parameter | None  # (E, kdim)
    v_proj_weight: Parameter | None  # (E, vdim)
    in_proj_bias: Parameter | None  # (3 E,)

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True,
        kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
    ) -> None:
        super().__init__()
        where = "MultiheadAttention, argument"
        self.embed_dim = whole(embed_dim, f"{where} embed_dim")
        self.num_heads = whole(num_heads, f"{where} num_heads")
        if self.embed_dim % self.num_heads:
            known = ", ".join(str(n) for n in range(1, self.embed_dim + 1) if self.embed_dim % n == 0)
            raise ArgumentError("sequences.heads", f"{where} num_heads", width=embed_dim, heads=num_heads, known=known)
        self.head_dim = self.embed_dim // self.num_heads
        self.dropout = checked_probability(dropout, "MultiheadAttention")
        self.kdim = self.embed_dim if kdim is None else whole(kdim, f"{where} kdim")
        self.vdim = self.embed_dim if vdim is None else whole(vdim, f"{where} vdim")
        self.batch_first = batch_first
        wide = 3 * self.embed_dim
        if self.kdim == self.vdim == self.embed_dim:
            self.in_proj_weight = _glorot(self.embed_dim, wide)
            for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight"):
                self.register_parameter(name, None)
        else:
            self.q_proj_weight = _glorot(self.embed_dim, self.embed_dim)
            self.k_proj_weight = _glorot(self.kdim, self.embed_dim)
            self.v_proj_weight = _glorot(self.vdim, self.embed_dim)
            self.register_parameter("in_proj_weight", None)
        self.register_parameter("in_proj_bias", Parameter(wrap(np.zeros(wide, default_dtype()))) if bias else None)
        self.out_proj = Linear(self.embed_dim, self.embed_dim, bias=bias)
        if self.out_proj.bias is not None:
            with no_grad():
                self.out_proj.bias.zero_()

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Any = None, need_weights: bool = True,
        attn_mask: Any = None, average_attn_weights: bool = True, is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """What each query gathers from the values, and with which weights.

        Args:
            query: (L, N, E), with `batch_first` (N, L, E), or (L, E) without a batch.
            key: (S, N, kdim), likewise.
            value: (S, N, vdim), likewise.
            key_padding_mask: (N, S). Booleans: True for places to be left out; floats are added to the scores.
            need_weights: False returns None instead of the weights.
            attn_mask: (L, S) or (N · num_heads, L, S). Booleans: True where a query must not look; floats are added.
            average_attn_weights: False returns the weights of every head, (N, num_heads, L, S).
            is_causal: query i sees the keys 0 … i alone; where there is an `attn_mask`, that mask is taken.

        Returns:
            tuple: the results, of the shape of `query`; the weights (N, L, S), after dropout, or None.
        """
        same = query is key and key is value
        query, key, value = (floating(as_tensor(x)) for x in (query, key, value))
        single = query.ndim == 2
        self._refuse(query, key, value)
        query, key, value = (self._rows_first(x) for x in (query, key, value))  # (N, L, E)
        q, k, v = self._projected(query, key, value, same)  # (N, H, L, D)
        mask = self._mask(q, attn_mask, key_padding_mask)
        p = self.dropout if self.training else 0.0
        z, weights = attention(q, k, v, mask, p, is_causal and attn_mask is None)
        n, length = query.shape[:2]
        joined = z.permute((0, 2, 1, 3)).reshape((n, length, self.embed_dim))  # (N, L, E)
        out: Tensor = self.out_proj(joined)
        if single:
            out = out.squeeze(0)
        elif not self.batch_first:
            out = out.transpose(0, 1)
        if not need_weights:
            return out, None
        shown = weights.mean(1) if average_attn_weights else weights
        return out, shown.squeeze(0) if single else shown

    def _refuse(self, *inputs: Tensor) -> None:
        rank = inputs[0].ndim
        axes = "(N, L, E)" if self.batch_first else "(L, N, E)"
        widths = (self.embed_dim, self.kdim, self.vdim)
        for name, x, want in zip(("query", "key", "value"), inputs, widths, strict=True):
            if x.ndim not in {2, 3} or x.ndim != rank or x.shape[-1] != want:
                where = f"MultiheadAttention, argument {name}"
                raise ShapeError("sequences.width", where, name=name, shape=x.shape, want=want, axes=f"{axes} / (L, E)")

    def _rows_first(self, x: Tensor) -> Tensor:
        return x.unsqueeze(0) if x.ndim == 2 else x if self.batch_first else x.transpose(0, 1)

    def _projected(self, query: Tensor, key: Tensor, value: Tensor, same: bool) -> tuple[Tensor, ...]:
        if same and self.in_proj_weight is not None:
            parts: tuple[Tensor, ...]
            parts = split_heads(linear(query, self.in_proj_weight, self.in_proj_bias), heads=self.num_heads)
            return parts
        width = self.embed_dim
        weights: tuple[Any, ...] = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        if self.in_proj_weight is not None:
            weights = tuple(self.in_proj_weight.narrow(0, i * width, width) for i in range(3))
        bias = self.in_proj_bias
        biases = (None,) * 3 if bias is None else tuple(bias.narrow(0, i * width, width) for i in range(3))
        made = (linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))
        shape = (self.num_heads, self.head_dim)
        return tuple(z.reshape((*z.shape[:2], *shape)).permute((0, 2, 1, 3)) for z in made)

    def _mask(self, q: Tensor, attn_mask: Any, key_padding_mask: Any) -> Tensor | None:
        """Both masks as one, in the sense of `scaled_dot_product_attention`: True where a query may look."""
        masks = []
        for name, given in (("attn_mask", attn_mask), ("key_padding_mask", key_padding_mask)):
            mask = as_mask(given, q, name)
            if mask is None:
                continue
            if name == "key_padding_mask":
                mask = (mask if mask.ndim > 1 else mask.unsqueeze(0)).unsqueeze(1).unsqueeze(1)  # (N, 1, 1, S)
            elif mask.ndim == 3:
                mask = mask.reshape((*q.shape[:2], *mask.shape[1:]))  # (N, H, L, S)
            masks.append(~mask if mask.dtype.kind == "b" else mask)
        if len(masks) < 2:
            return masks[0] if masks else None
        first, second = masks
        if first.dtype == second.dtype:
            return first & second if first.dtype.kind == "b" else first + second
        return added(first, q) + added(second, q)

    def extra_repr(self) -> str:
        """Widths and heads."""
        words = [f"embed_dim={self.embed_dim}, num_heads={self.num_heads}"]
        words += [f"dropout={self.dropout}"] if self.dropout else []
        words += [f"kdim={self.kdim}, vdim={self.vdim}"] if self.in_proj_weight is None else []
        words += ["batch_first=True"] if self.batch_first else []
        return ", ".join(words)


def _glorot(inputs: int, outputs: int) -> Parameter:
    """Weights (outputs, inputs) from U(-√(6 / (inputs + outputs)), …), in memory (inputs, outputs)."""
    bound = sqrt(6 / (inputs + outputs))
    storage = default_generator.numpy().uniform(-bound, bound, (inputs, outputs)).astype(default_dtype())
    return Parameter(wrap(storage.T))
