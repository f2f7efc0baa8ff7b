"""Norms within one row: layer norm, RMS norm, group norm."""

from collections.abc import Sequence

import numpy as np

from chainrule.config import default_dtype
from chainrule.errors import ArgumentError
from chainrule.nn.arguments import whole, wholes
from chainrule.nn.functional._layer_norms import group_norm, layer_norm, rms_norm
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor


class LayerNorm(Module):
    """Each row with mean 0 and variance 1 over its last axes, then scaled and shifted.

    y = γ (x - μ) / √(σ² + ε) + β, with σ² divided by n

    Args:
        normalized_shape: the sizes of the last axes, or the size of the last one.
        eps: added to the variance; default 1e-5.
        elementwise_affine: False leaves out γ and β.
        bias: False leaves out β.

    Raises:
        ArgumentError: for sizes below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.LayerNorm(3)(cr.tensor([[1.0, 2.0, 3.0]])).detach()
        tensor([[-1.2247,  0.    ,  1.2247]])

    Source:
        J. Ba, J. Kiros, G. Hinton, Layer normalization (2016), eq. 4.
    """

    weight: Parameter | None  # γ, (*normalized_shape)
    bias: Parameter | None  # β, (*normalized_shape)

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float = 1e-5, elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.normalized_shape = wholes(normalized_shape, "LayerNorm, argument normalized_shape")
        self.eps, self.elementwise_affine = eps, elementwise_affine
        shape, kind = self.normalized_shape, default_dtype()
        self.register_parameter("weight", Parameter(wrap(np.ones(shape, kind))) if elementwise_affine else None)
        with_bias = elementwise_affine and bias
        self.register_parameter("bias", Parameter(wrap(np.zeros(shape, kind))) if with_bias else None)

    def forward(self, input: Tensor) -> Tensor:
        """Over the last axes of `input` (…, *normalized_shape)."""
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Sizes and options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Each row divided by its root mean square over its last axes, then scaled; nothing is subtracted.

    y = γ x / √(mean(x²) + ε)

    Args:
        normalized_shape: the sizes of the last axes, or the size of the last one.
        eps: added to the mean square; default the distance from 1 to the next number of the input's dtype.
        elementwise_affine: False leaves out γ.

    Raises:
        ArgumentError: for sizes below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.RMSNorm(2)(cr.tensor([[3.0, 4.0]])).detach()
        tensor([[0.8485, 1.1314]])

    Source:
        B. Zhang, R. Sennrich, Root mean square layer normalization (2019), eq. 4.
    """

    weight: Parameter | None  # γ, (*normalized_shape)

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float | None = None, elementwise_affine: bool = True
    ) -> None:
        super().__init__()
        self.normalized_shape = wholes(normalized_shape, "RMSNorm, argument normalized_shape")
        self.eps, self.elementwise_affine = eps, elementwise_affine
        ones = Parameter(wrap(np.ones(self.normalized_shape, default_dtype()))) if elementwise_affine else None
        self.register_parameter("weight", ones)

    def forward(self, input: Tensor) -> Tensor:
        """Over the last axes of `input` (…, *normalized_shape)."""
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Sizes and options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Each group of channels with mean 0 and variance 1 within its row, then every channel scaled and shifted.

    y = γ (x - μ) / √(σ² + ε) + β

    Args:
        num_groups: how many groups; divides `num_channels`.
        num_channels: C, the size of axis 1 of the input.
        eps: added to the variance; default 1e-5.
        affine: False leaves out γ and β.
        bias: False leaves out β.

    Raises:
        ArgumentError: for sizes below 1, or groups that do not divide the channels.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.GroupNorm(2, 4)(cr.tensor([[1.0, 3.0, 10.0, 30.0]])).detach()
        tensor([[-1.,  1., -1.,  1.]])

    Source:
        Y. Wu, K. He, Group normalization (2018), eq. 7.
    """

    weight: Parameter | None  # γ, (num_channels,)
    bias: Parameter | None  # β, (num_channels,)

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *, bias: bool = True
    ) -> None:
        super().__init__()
        self.num_groups = whole(num_groups, "GroupNorm, argument num_groups")
        self.num_channels = whole(num_channels, "GroupNorm, argument num_channels")
        if self.num_channels % self.num_groups:
            where = "GroupNorm, argument num_groups"
            raise ArgumentError("layers.groups", where, groups=self.num_groups, channels=self.num_channels)
        self.eps, self.affine = eps, affine
        size, kind = self.num_channels, default_dtype()
        self.register_parameter("weight", Parameter(wrap(np.ones(size, kind))) if affine else None)
        self.register_parameter("bias", Parameter(wrap(np.zeros(size, kind))) if affine and bias else None)

    def forward(self, input: Tensor) -> Tensor:
        """Over each group of channels of `input` (N, C, …), and the axes behind them."""
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Sizes and options."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )
