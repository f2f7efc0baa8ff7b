"""Norms within one row: layer norm, RMS norm, group norm. No row depends on its neighbours."""

from collections.abc import Sequence

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn.functional._normalize import (
    channel_shape,
    normalize,
    normalize_slopes,
    scale_and_shift,
    scale_and_shift_slopes,
)
from chainrule.tape.region import region
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor


def layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Each row with mean 0 and variance 1 over its last axes, then scaled and shifted.

    y = γ (x - μ) / √(σ² + ε) + β, with σ² divided by n

    Args:
        input: (…, *normalized_shape).
        normalized_shape: the sizes of the last axes, over which μ and σ² are taken.
        weight: γ, of shape `normalized_shape`; None leaves it out.
        bias: β, of shape `normalized_shape`; None leaves it out.
        eps: added to the variance; default 1e-5.

    Returns:
        Tensor: of the shape of `input`.

    Raises:
        ShapeError: when the last axes of `input` have other sizes.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.layer_norm(cr.tensor([[1.0, 2.0, 3.0]]), (3,))
        tensor([[-1.2247,  0.    ,  1.2247]])

    Source:
        J. Ba, J. Kiros, G. Hinton, Layer normalization (2016), eq. 4.
    """
    x, first = _checked(input, tuple(normalized_shape), "layer_norm")
    return _layer_norm(x, weight, bias, eps, first=first)  # type: ignore[no-any-return]  # what its function gives


@region("layer_norm")
def _layer_norm(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, *, first: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    xhat, mean, var = normalize(x, eps, axes=tuple(range(first, x.ndim)))
    return scale_and_shift(xhat, weight, bias, x.shape[first:]), xhat, mean, var


@_layer_norm.derivative
def _(
    d: Tensor, x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float,
    y: Tensor, xhat: Tensor, mean: Tensor, var: Tensor, *, first: int,
) -> tuple[Tensor | None, ...]:
    dxhat, dweight, dbias = scale_and_shift_slopes(d, xhat, weight, bias, x.shape[first:])
    dx, _ = normalize_slopes(dxhat, None, None, x, eps, xhat, mean, var, axes=tuple(range(first, x.ndim)))
    return dx, dweight, dbias, None


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Each row divided by its root mean square over its last axes, then scaled; nothing is subtracted.

    y = γ x / √(mean(x²) + ε)

    Args:
        input: (…, *normalized_shape).
        normalized_shape: the sizes of the last axes, over which the mean is taken.
        weight: γ, of shape `normalized_shape`; None leaves it out.
        eps: added to the mean square; default the distance from 1 to the next number of the input's dtype.

    Returns:
        Tensor: of the shape of `input`.

    Raises:
        ShapeError: when the last axes of `input` have other sizes.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.rms_norm(cr.tensor([[3.0, 4.0]]), (2,))
        tensor([[0.8485, 1.1314]])

    Source:
        B. Zhang, R. Sennrich, Root mean square layer normalization (2019), eq. 4.
    """
    x, first = _checked(input, tuple(normalized_shape), "rms_norm")
    added = float(np.finfo(x.dtype).eps) if eps is None else eps
    return _rms_norm(x, weight, added, first=first)  # type: ignore[no-any-return]


@region("rms_norm")
def _rms_norm(x: Tensor, weight: Tensor | None, eps: float, *, first: int) -> tuple[Tensor, Tensor, Tensor]:
    rms = ((x * x).mean(tuple(range(first, x.ndim)), keepdim=True) + eps).sqrt()
    xhat = x / rms
    return scale_and_shift(xhat, weight, None, x.shape[first:]), xhat, rms


@_rms_norm.derivative
def _(
    d: Tensor, x: Tensor, weight: Tensor | None, eps: float, y: Tensor, xhat: Tensor, rms: Tensor, *, first: int
) -> tuple[Tensor | None, ...]:
    dxhat, dweight, _ = scale_and_shift_slopes(d, xhat, weight, None, x.shape[first:])
    dx = (dxhat - xhat * (dxhat * xhat).mean(tuple(range(first, x.ndim)), keepdim=True)) / rms
    return dx, dweight, None


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Each group of channels with mean 0 and variance 1 within its row, then every channel scaled and shifted.

    y = γ (x - μ) / √(σ² + ε) + β, with μ and σ² over the channels of the group and all axes behind them

    Args:
        input: (N, C, …).
        num_groups: how many groups; divides C.
        weight: γ, (C,); None leaves it out.
        bias: β, (C,); None leaves it out.
        eps: added to the variance; default 1e-5.

    Returns:
        Tensor: of the shape of `input`.

    Raises:
        ShapeError: for an input without channels, or with another number of channels than `weight`.
        ArgumentError: when `num_groups` does not divide the channels.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.group_norm(cr.tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
        tensor([[-1.,  1., -1.,  1.]])

    Source:
        Y. Wu, K. He, Group normalization (2018), eq. 7.
    """
    x = floating(as_tensor(input))
    if x.ndim < 2:
        raise ShapeError("layers.rank", "group_norm", shape=x.shape, want="(N, C), (N, C, L), (N, C, H, W)")
    channels = x.shape[1]
    if weight is not None and weight.shape != (channels,):
        raise ShapeError("layers.channels", "group_norm", channels=channels, shape=x.shape, want=weight.shape[0])
    if num_groups < 1 or channels % num_groups:
        raise ArgumentError("layers.groups", "group_norm, argument num_groups", groups=num_groups, channels=channels)
    return _group_norm(x, weight, bias, eps, groups=num_groups)  # type: ignore[no-any-return]


@region("group_norm")
def _group_norm(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, *, groups: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    grouped = _in_groups(x, groups)  # (N, groups, C / groups, …)
    xhat, mean, var = normalize(grouped, eps, axes=tuple(range(2, grouped.ndim)))
    xhat = xhat.reshape(x.shape)
    return scale_and_shift(xhat, weight, bias, channel_shape(x.ndim, x.shape[1])), xhat, mean, var


@_group_norm.derivative
def _(
    d: Tensor, x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float,
    y: Tensor, xhat: Tensor, mean: Tensor, var: Tensor, *, groups: int,
) -> tuple[Tensor | None, ...]:
    dxhat, dweight, dbias = scale_and_shift_slopes(d, xhat, weight, bias, channel_shape(x.ndim, x.shape[1]))
    grouped, xhat = _in_groups(x, groups), _in_groups(xhat, groups)
    axes = tuple(range(2, grouped.ndim))
    dx, _ = normalize_slopes(_in_groups(dxhat, groups), None, None, grouped, eps, xhat, mean, var, axes=axes)
    return dx.reshape(x.shape), dweight, dbias, None


def _in_groups(x: Tensor, groups: int) -> Tensor:
    return x.reshape((x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]))


def _checked(input: Tensor, wanted: tuple[int, ...], where: str) -> tuple[Tensor, int]:
    """The input as floats, and the first of the axes to be normalised."""
    x = floating(as_tensor(input))
    first = x.ndim - len(wanted)
    if not wanted or first < 0 or x.shape[first:] != wanted:
        raise ShapeError("layers.normalized_shape", where, shape=x.shape, want=wanted)
    return x, first
