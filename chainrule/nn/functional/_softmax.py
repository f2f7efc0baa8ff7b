"""Softmax and its logarithm, along any axis."""

import numpy as np

from chainrule.ops.rules import axis_index
from chainrule.tape.region import region
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor


def softmax(input: Tensor, dim: int = -1) -> Tensor:
    """Numbers turned into shares that are positive and sum to 1 along an axis.

    p_i = e^(z_i) / Σ_j e^(z_j), computed from z - max z, which cannot overflow

    An infinite logit takes the whole share, -inf none; where all are -inf (everything masked) all shares are 0.

    Args:
        input: logits of any shape.
        dim: the axis whose elements share 1; default the last.

    Returns:
        Tensor: of the shape of `input`, in [0, 1].

    Raises:
        ShapeError: when there is no such axis.

    Example:
        >>> import chainrule as cr
        >>> cr.softmax(cr.tensor([2.0, 1.0, 0.1]))
        tensor([0.659 , 0.2424, 0.0986])

    Source:
        J. Bridle, Probabilistic interpretation of feedforward classification network outputs (1990), eq. 6.
    """
    z = floating(as_tensor(input))
    return _softmax(z, dim=axis_index("softmax", dim, z.ndim))  # type: ignore[no-any-return]  # a region gives what its function gives


def log_softmax(input: Tensor, dim: int = -1) -> Tensor:
    """The logarithm of softmax, exact where softmax itself has become 0.

    ln p_i = z_i - max z - ln Σ_j e^(z_j - max z)

    Args:
        input: logits of any shape.
        dim: the axis whose shares sum to 1; default the last.

    Returns:
        Tensor: of the shape of `input`, nowhere positive.

    Raises:
        ShapeError: when there is no such axis.

    Example:
        >>> import chainrule as cr
        >>> cr.log_softmax(cr.tensor([0.0, -1000.0]))
        tensor([    0., -1000.])
    """
    z = floating(as_tensor(input))
    return _log_softmax(z, dim=axis_index("log_softmax", dim, z.ndim))  # type: ignore[no-any-return]


def _below_top(z: Tensor, dim: int) -> Tensor:
    """z - max z along an axis, with infinities held where their differences exist."""
    limit = float(np.finfo(z.dtype).max) / 2
    held = z.minimum(limit)
    return held - held.detach().amax(dim, keepdim=True).maximum(-limit)


def _total(e: Tensor, dim: int) -> Tensor:
    total = e.sum(dim, keepdim=True)
    return total + total.eq(0)  # where every logit is -inf


@region("softmax")
def _softmax(z: Tensor, *, dim: int) -> Tensor:
    e = _below_top(z, dim).exp()
    return e / _total(e, dim)


@_softmax.derivative
def _(d: Tensor, z: Tensor, p: Tensor, *, dim: int) -> tuple[Tensor]:
    return (p * (d - (d * p).sum(dim, keepdim=True)),)


@region("log_softmax")
def _log_softmax(z: Tensor, *, dim: int) -> Tensor:
    shifted = _below_top(z, dim)
    return shifted - _total(shifted.exp(), dim).log()


@_log_softmax.derivative
def _(d: Tensor, z: Tensor, y: Tensor, *, dim: int) -> tuple[Tensor]:
    return (d - y.exp() * d.sum(dim, keepdim=True),)
