"""The encoder of the transformer."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.nn.arguments import whole
from chainrule.nn.attention import MultiheadAttention
from chainrule.nn.containers import ModuleList
from chainrule.nn.dropout import Dropout
from chainrule.nn.functional._gates import gelu
from chainrule.nn.functional._rectifiers import relu
from chainrule.nn.layer_norms import LayerNorm
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor

_ACTIVATIONS: dict[str, Callable[..., Any]] = {"relu": relu, "gelu": gelu}


class TransformerEncoderLayer(Module):
    """Self-attention, then a small dense network at every place, each with a residual connection and a layer norm.

    x ← norm1(x + attention(x)),  x ← norm2(x + W₂ f(W₁ x));  with `norm_first` x ← x + attention(norm1(x)) and so on

    Args:
        d_model: the width E of input and output.
        nhead: heads of the attention; divides `d_model`.
        dim_feedforward: the width inside the dense network.
        dropout: the probability of leaving a number out in training mode, at four places.
        activation: `"relu"`, `"gelu"`, or a function of one tensor.
        layer_norm_eps: added to the variance by both norms.
        batch_first: True for inputs (N, L, E); default (L, N, E), as in PyTorch.
        norm_first: True for norms before attention and dense network: easier to train when there are many layers.
        bias: False leaves all biases out.

    Raises:
        ArgumentError: for sizes below 1, a width that `nhead` does not divide, an unknown activation.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.TransformerEncoderLayer(6, 2, dim_feedforward=24, batch_first=True)(cr.zeros(4, 12, 6)).shape
        (4, 12, 6)

    Source:
        A. Vaswani et al., Attention is all you need (2017), section 3.1; norms first: R. Xiong et al., On layer
        normalization in the transformer architecture (2020).
    """

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = "relu", layer_norm_eps: float = 1e-5,
        batch_first: bool = False, norm_first: bool = False, bias: bool = True,
    ) -> None:
        super().__init__()
        if isinstance(activation, str) and activation not in _ACTIVATIONS:
            where, known = "TransformerEncoderLayer, argument activation", ", ".join(_ACTIVATIONS)
            raise ArgumentError("layers.choice", where, got=repr(activation), known=known)
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = _ACTIVATIONS[activation] if isinstance(activation, str) else activation

    def forward(
        self, src: Tensor, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Tensor:
        """`src` as it is after attention and dense network.

        Args:
            src: (L, N, E), with `batch_first` (N, L, E), or (L, E) without a batch.
            src_mask: (L, L) or (N · nhead, L, L). Booleans: True where a place must not look; floats are added.
            src_key_padding_mask: (N, L). Booleans: True for places to be left out; floats are added to the scores.
            is_causal: place i sees the places 0 … i alone; where there is a `src_mask`, that mask is taken.

        Returns:
            Tensor: of the shape of `src`.
        """
        x = floating(as_tensor(src))
        if self.norm_first:
            x = x + self._attended(self.norm1(x), src_mask, src_key_padding_mask, is_causal)
            return x + self._fed(self.norm2(x))
        x = self.norm1(x + self._attended(x, src_mask, src_key_padding_mask, is_causal))
        out: Tensor = self.norm2(x + self._fed(x))
        return out

    def _attended(self, x: Tensor, mask: Any, padding: Any, is_causal: bool) -> Tensor:
        out, _ = self.self_attn(
            x, x, x, attn_mask=mask, key_padding_mask=padding, need_weights=False, is_causal=is_causal
        )
        dropped: Tensor = self.dropout1(out)
        return dropped

    def _fed(self, x: Tensor) -> Tensor:
        inside = self.dropout(self.activation(self.linear1(x)))  # (…, dim_feedforward)
        dropped: Tensor = self.dropout2(self.linear2(inside))
        return dropped

    def extra_repr(self) -> str:
        """Where the norms stand."""
        return f"norm_first={self.norm_first}"


class TransformerEncoder(Module):
    """Several encoder layers, one after the other.

    x ← layer_i(x),  i = 1 … num_layers

    Args:
        encoder_layer: a `TransformerEncoderLayer`; every layer begins as a copy of it, weights and all, as in PyTorch.
        num_layers: how many.
        norm: a module applied at the end, or None.

    Raises:
        ArgumentError: for fewer than one layer.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> layer = nn.TransformerEncoderLayer(6, 2, dim_feedforward=24, batch_first=True)
        >>> nn.TransformerEncoder(layer, 2)(cr.zeros(4, 12, 6)).shape
        (4, 12, 6)

    Source:
        A. Vaswani et al., Attention is all you need (2017), section 3.1.
    """

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.num_layers = whole(num_layers, "TransformerEncoder, argument num_layers")
        self.layers = ModuleList([deepcopy(encoder_layer) for _ in range(self.num_layers)])
        self.norm = norm

    def forward(
        self, src: Tensor, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Tensor:
        """`src` as it is after all layers.

        Args:
            src: (L, N, E), with `batch_first` (N, L, E), or (L, E) without a batch.
            mask: (L, L) or (N · nhead, L, L), for every layer. Booleans: True where a place must not look.
            src_key_padding_mask: (N, L), for every layer. Booleans: True for places to be left out.
            is_causal: place i sees the places 0 … i alone; where there is a `mask`, that mask is taken.

        Returns:
            Tensor: of the shape of `src`.
        """
        x = src
        for layer in self.layers:
            x = layer(x, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=is_causal)
        return x if self.norm is None else self.norm(x)
