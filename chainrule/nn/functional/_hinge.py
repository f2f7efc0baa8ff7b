"""Losses that ask for a margin: nothing is left to gain beyond it."""

from typing import Any

from chainrule.errors import DataError
from chainrule.nn.functional._loss_checks import explained, pair
from chainrule.nn.functional._reduction import reduced, spread
from chainrule.tape.mode import mode
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor

Slopes = tuple[Tensor | None, ...]


def hinge_loss(input: Any, target: Any, reduction: str = "mean", weights: Any = None) -> Tensor:
    """Zero for scores on the right side of the margin, growing by 1 with every unit on the wrong side.

    l = max(0, 1 - s z), with s = 1 where y > 0, else -1

    Args:
        input: scores z, any shape: positive for yes; what the last layer gives, without sigmoid.
        target: -1 and 1, or 0 and 1, of the very same shape; integers and booleans are taken too.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`. Its slope at the margin itself is 0.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or `weights` is not (N,).
        ArgumentError: for an unknown reduction.
        DataError: for other targets, a mean of nothing, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.hinge_loss(cr.tensor([2.0, 0.5]), cr.tensor([1, 0]), reduction="none")
        tensor([0. , 1.5])

    Source:
        C. Cortes, V. Vapnik, Support-vector networks (1995).
    """
    z, y, w = pair("hinge_loss", input, target, weights, reduction)
    _two_kinds("hinge_loss, argument target", y, (-1.0, 0.0, 1.0))
    return explained("hinge_loss", _hinge(z, y, w, reduction=reduction), y)


def _two_kinds(where: str, y: Tensor, known: tuple[float, ...]) -> None:
    if mode.recorder is not None:
        return
    found = [bool((y._array == value).any()) for value in known]
    if all(found) and len(known) > 2:
        raise DataError("losses.signs_mixed", where)
    total = sum(int((y._array == value).sum()) for value in known)
    if total != y.numel():
        raise DataError("losses.signs", where, known=" / ".join(f"{value:g}" for value in known))


@region("hinge")
def _hinge(z: Tensor, y: Tensor, weights: Tensor | None, *, reduction: str) -> tuple[Tensor, Tensor, Tensor]:
    sign = (y > 0).to(z.dtype) * 2.0 - 1.0
    short = 1.0 - sign * z
    return reduced(short.maximum(0.0), weights, reduction), sign, short


@_hinge.derivative
def _(
    d: Tensor, z: Tensor, y: Tensor, weights: Tensor | None, loss: Tensor, sign: Tensor, short: Tensor,
    *, reduction: str,
) -> Slopes:
    return spread(-sign * (short > 0), d, weights, reduction), None, None


def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, reduction: str = "mean", weights: Any = None
) -> Tensor:
    """For distances: pairs that belong together come close, others get at least `margin` apart.

    l = x where y = 1, max(0, margin - x) where y = -1

    Args:
        input: distances x, any shape.
        target: 1 (together) or -1 (apart), of the very same shape.
        margin: the distance that is far enough.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`. Its slope at the margin itself is -1.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or `weights` is not (N,).
        ArgumentError: for an unknown reduction.
        DataError: for other targets, a mean of nothing, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.hinge_embedding_loss(cr.tensor([0.3, 0.3]), cr.tensor([1, -1]), reduction="none")
        tensor([0.3, 0.7])

    Source:
        R. Hadsell, S. Chopra, Y. LeCun, Dimensionality reduction by learning an invariant mapping (2006).
    """
    x, y, w = pair("hinge_embedding_loss", input, target, weights, reduction)
    _two_kinds("hinge_embedding_loss, argument target", y, (-1.0, 1.0))
    return explained("hinge_embedding_loss", _hinge_embedding(x, y, w, margin=float(margin), reduction=reduction), y)


@region("hinge_embedding")
def _hinge_embedding(x: Tensor, y: Tensor, weights: Tensor | None, *, margin: float, reduction: str) -> Tensor:
    return reduced(x.where(y > 0, (margin - x).maximum(0.0)), weights, reduction)


@_hinge_embedding.derivative
def _(
    d: Tensor, x: Tensor, y: Tensor, weights: Tensor | None, loss: Tensor, *, margin: float, reduction: str
) -> Slopes:
    slope = (-(x <= margin).to(x.dtype)).where(y < 0, 1.0)
    return spread(slope, d, weights, reduction), None, None
