"""Losses for yes or no: cross-entropy of a probability or of a logit."""

from typing import Any

from chainrule.nn.functional._loss_checks import (
    bounded,
    element_weights,
    explained,
    outputs_first,
    pair,
    want_logits,
)
from chainrule.nn.functional._made_by import maker
from chainrule.nn.functional._reduction import reduced, spread
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor

Slopes = tuple[Tensor | None, ...]


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean", weights: Any = None
) -> Tensor:
    """How surprised probabilities are by what is true. `binary_cross_entropy_with_logits` is safer and learns as fast.

    l = -(y ln p + (1 - y) ln(1 - p))

    Nothing is added inside the logarithms: the loss is exact and never negative. As in PyTorch a logarithm is taken
    as -100 where it is below, and the gradient (p - y) / (p (1 - p)) is divided by no less than 1e-12.

    Args:
        input: probabilities in [0, 1], any shape: what sigmoid gives.
        target: 0, 1 or anything between (soft targets), of the very same shape; integers and booleans are taken too.
        weight: of single elements, stretches to the shape of `input`; multiplies, and is not divided by.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        weights: (N,), one weight of 0 or more for each row; default 1: mean = Σ w l / Σ w. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or weights do not fit.
        ArgumentError: for an unknown reduction.
        DataError: for probabilities or targets outside [0, 1], a mean of nothing, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.binary_cross_entropy(cr.tensor([0.5, 1.0]), cr.tensor([1.0, 1.0]), reduction="none")
        tensor([0.6931, 0.    ])
    """
    p, y, w = pair("binary_cross_entropy", input, target, weights, reduction, binary=True)
    outputs_first("binary_cross_entropy", p, y)
    if maker(p) not in ("sigmoid", "softmax"):  # these cannot leave [0, 1]
        bounded("binary_cross_entropy, argument input", "losses.probabilities", p, 0.0, 1.0)
    bounded("binary_cross_entropy, argument target", "losses.soft_targets", y, 0.0, 1.0)
    each = None if weight is None else element_weights("binary_cross_entropy", "weight", weight, p)
    return explained("binary_cross_entropy", _bce(p, y, each, w, reduction=reduction), y)


@region("bce")
def _bce(p: Tensor, y: Tensor, weight: Tensor | None, weights: Tensor | None, *, reduction: str) -> Tensor:
    return reduced(_weighted(y * _cost_of_yes(p) + (1.0 - y) * _cost_of_no(p), weight), weights, reduction)


def _cost_of_yes(p: Tensor) -> Tensor:
    """-ln p, at most 100: the smallest number of float32 has a logarithm below that."""
    return -p.maximum(1e-45).log().maximum(-100.0)


def _cost_of_no(p: Tensor) -> Tensor:
    """-ln(1 - p), at most 100, exact for small p too."""
    below = p < 1
    return -(-p.where(below, 0.0)).log1p().where(below, -100.0)


@_bce.derivative
def _(
    d: Tensor, p: Tensor, y: Tensor, weight: Tensor | None, weights: Tensor | None, loss: Tensor, *, reduction: str
) -> Slopes:
    dp = spread(_weighted((p - y) / (p * (1.0 - p)).maximum(1e-12), weight), d, weights, reduction)
    dy = spread(_weighted(_cost_of_yes(p) - _cost_of_no(p), weight), d, weights, reduction)
    return dp, dy, None, None


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None, weights: Any = None
) -> Tensor:
    """Sigmoid and binary cross-entropy in one: exact for every logit, and its gradient is p - y.

    l = max(z, 0) - z y + ln(1 + e^-|z|), which is -(y ln σ(z) + (1 - y) ln(1 - σ(z))); ∂l/∂z = σ(z) - y

    Args:
        input: logits, any shape: what the last layer gives, without sigmoid.
        target: 0, 1 or anything between (soft targets), of the very same shape; integers and booleans are taken too.
        weight: of single elements, stretches to the shape of `input`; multiplies, and is not divided by.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        pos_weight: how many times a 1 counts, stretches to the shape of `input`; above 1 finds more of the ones.
        weights: (N,), one weight of 0 or more for each row; default 1: mean = Σ w l / Σ w. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or weights do not fit.
        ArgumentError: for an unknown reduction.
        DataError: for targets outside [0, 1], outputs of sigmoid or softmax, a mean of nothing, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.binary_cross_entropy_with_logits(cr.tensor([0.0, 1000.0]), cr.tensor([1.0, 0.0]), reduction="none")
        tensor([   0.6931, 1000.    ])
    """
    where = "binary_cross_entropy_with_logits"
    z, y, w = pair(where, input, target, weights, reduction, binary=True)
    outputs_first(where, z, y)
    want_logits(where, z, ("sigmoid", "softmax", "log_softmax"))
    bounded(f"{where}, argument target", "losses.soft_targets", y, 0.0, 1.0)
    each = None if weight is None else element_weights(where, "weight", weight, z)
    ones = None if pos_weight is None else element_weights(where, "pos_weight", pos_weight, z)
    return explained(where, _bce_with_logits(z, y, each, ones, w, reduction=reduction), y)


@region("bce_with_logits")
def _bce_with_logits(
    z: Tensor, y: Tensor, weight: Tensor | None, pos_weight: Tensor | None, weights: Tensor | None, *, reduction: str
) -> tuple[Tensor, Tensor]:
    p = z.sigmoid()
    rest = (-z.abs()).exp().log1p()  # ln(1 + e^-|z|)
    if pos_weight is None:
        losses = z.maximum(0.0) - z * y + rest
    else:
        losses = (1.0 - y) * z + (1.0 + (pos_weight - 1.0) * y) * (rest + (-z).maximum(0.0))
    return reduced(_weighted(losses, weight), weights, reduction), p


@_bce_with_logits.derivative
def _(
    d: Tensor, z: Tensor, y: Tensor, weight: Tensor | None, pos_weight: Tensor | None, weights: Tensor | None,
    loss: Tensor, p: Tensor, *, reduction: str,
) -> Slopes:
    if pos_weight is None:
        slope, slope_y = p - y, -z
    else:
        slope = (1.0 + (pos_weight - 1.0) * y) * p - pos_weight * y
        slope_y = (pos_weight - 1.0) * ((-z.abs()).exp().log1p() + (-z).maximum(0.0)) - z
    dz = spread(_weighted(slope, weight), d, weights, reduction)
    return dz, spread(_weighted(slope_y, weight), d, weights, reduction), None, None, None


def _weighted(x: Tensor, weight: Tensor | None) -> Tensor:
    return x if weight is None else x * weight
