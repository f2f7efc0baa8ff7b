"""Losses for classes: cross-entropy of logits, and the negative log-likelihood of log-probabilities."""

from typing import Any

from chainrule.errors import ArgumentError
from chainrule.nn.functional._class_rows import ClassRows, class_last
from chainrule.nn.functional._loss_checks import (
    arrived,
    bounded,
    class_targets,
    class_weights,
    explained,
    known_reduction,
    outputs,
    row_weights,
    share_targets,
    want_log_probabilities,
    want_logits,
)
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor

Slopes = tuple[Tensor | None, ...]


def cross_entropy(
    input: Any, target: Any, weight: Any = None, ignore_index: int | None = -100, reduction: str = "mean",
    label_smoothing: float = 0.0, weights: Any = None,
) -> Tensor:
    """Softmax and cross-entropy in one: exact for every logit, and its gradient is p - Y.

    l = -Σ_k w_k q_k ln p_k, with p = softmax(z), q = (1 - ε) Y + ε / K; ∂l/∂z = p - Y without weights and ε

    The mean is Σ_n w_n c_n l_n / Σ_n w_n c_n, with the weight w of the row and, for class numbers, the weight c of its
    class. A batch in which nothing counts has the loss 0 (PyTorch: NaN).

    Args:
        input: logits (N, K), (N, K, d1, …) or (K,): what the last layer gives, without softmax.
        target: class numbers 0 … K-1, shape of `input` without the class axis; or soft targets, the shares of the
            classes in [0, 1], floats in the shape of `input`.
        weight: (K,), one weight of 0 or more for each class, as in PyTorch.
        ignore_index: rows of this class number do not count; None: all count.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        label_smoothing: ε in [0, 1]: so much of each target is shared out among all classes.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` without the class axis with `"none"`.

    Raises:
        ShapeError: when target or weights do not fit the shape of `input`.
        DtypeError: for class numbers that are floats, or soft targets that are integers.
        ArgumentError: for an unknown reduction, or a `label_smoothing` outside [0, 1].
        DataError: for class numbers outside 0 … K-1, shares outside [0, 1], outputs of softmax or sigmoid, a mean of
            nothing, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.cross_entropy(cr.tensor([[2.0, 1.0, 0.1]]), cr.tensor([0]))
        tensor(0.417)

    Source:
        Label smoothing: C. Szegedy et al., Rethinking the Inception architecture (2016), section 7.
    """
    where = "cross_entropy"
    z = outputs(where, input)
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError("losses.label_smoothing", "cross_entropy, argument label_smoothing", got=label_smoothing)
    want_logits(where, z, ("softmax", "sigmoid"))
    y = arrived(target, z)
    ignored = False
    if y.shape == z.shape and z.ndim and y.dtype.kind in "fb":
        y = share_targets(where, z, y)
    else:
        y, ignored = class_targets(where, z, y, ignore_index)
    known_reduction(where, reduction, z.shape)
    classes = None if weight is None else class_weights(where, weight, z)
    w = None if weights is None else row_weights(where, weights, z, z.shape[0] if z.ndim > 1 else 1)
    loss = _cross_entropy(
        z, y, classes, w,
        ignored=ignore_index if ignored else None, label_smoothing=float(label_smoothing), reduction=reduction,
    )
    return explained(where, loss, y)


def _softmax_and_costs(z: Tensor) -> tuple[Tensor, Tensor]:
    """p and -ln p, both (M, K): what each class would cost if it were the true one."""
    rows = class_last(z)
    shifted = rows - rows.detach().amax(1, keepdim=True)
    e = shifted.exp()
    total = e.sum(1, keepdim=True)
    return e / total, total.log() - shifted


@region("cross_entropy")
def _cross_entropy(
    z: Tensor, target: Tensor, weight: Tensor | None, weights: Tensor | None,
    *, ignored: int | None, label_smoothing: float, reduction: str,
) -> tuple[Tensor, Tensor]:
    rows = ClassRows(z, target, weight, weights, ignored, reduction)
    p, costs = _softmax_and_costs(z)
    if rows.soft or label_smoothing:
        aim = rows.aim(label_smoothing)
        losses = (aim * costs.where(aim > 0, 0.0)).sum(1)  # (M,)
    else:
        losses = rows.by_class(rows.picked(costs))
    return rows.reduced(losses), p


@_cross_entropy.derivative
def _(
    d: Tensor, z: Tensor, target: Tensor, weight: Tensor | None, weights: Tensor | None, loss: Tensor, p: Tensor,
    *, ignored: int | None, label_smoothing: float, reduction: str,
) -> Slopes:
    rows = ClassRows(z, target, weight, weights, ignored, reduction)
    aim = rows.aim(label_smoothing)
    if weight is None and not rows.soft:
        return rows.spread(p - aim, d), None, None, None  # (p - Y) / m
    slope = p * aim.sum(1, keepdim=True) - aim
    slope_target = (1.0 - label_smoothing) * _softmax_and_costs(z)[1]
    if weight is not None:
        slope_target = slope_target * weight
    return rows.spread(slope, d), rows.spread(slope_target, d) if rows.soft else None, None, None


def nll_loss(
    input: Any, target: Any, weight: Any = None, ignore_index: int | None = -100, reduction: str = "mean",
    weights: Any = None,
) -> Tensor:
    """The negative log-likelihood of class numbers under log-probabilities.

    l = -c_y x_y, with the weight c of the class; `cross_entropy` is this after `log_softmax`, in one

    The mean is Σ_n w_n l_n / Σ_n w_n c_n. A batch in which nothing counts has the loss 0 (PyTorch: NaN).

    Args:
        input: log-probabilities (N, K), (N, K, d1, …) or (K,): what `log_softmax` gives.
        target: class numbers 0 … K-1, shape of `input` without the class axis.
        weight: (K,), one weight of 0 or more for each class, as in PyTorch.
        ignore_index: rows of this class number do not count; None: all count.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` without the class axis with `"none"`.

    Raises:
        ShapeError: when target or weights do not fit the shape of `input`.
        DtypeError: for class numbers that are floats.
        ArgumentError: for an unknown reduction.
        DataError: for class numbers outside 0 … K-1, probabilities instead of their logarithms, a mean of nothing, or
            negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.nll_loss(cr.log_softmax(cr.tensor([[2.0, 1.0, 0.1]])), cr.tensor([0]))
        tensor(0.417)
    """
    where = "nll_loss"
    x = outputs(where, input)
    want_log_probabilities(where, x)
    bounded(f"{where}, argument input", "losses.positive_logarithms", x, -float("inf"), 0.01)
    y, ignored = class_targets(where, x, arrived(target, x), ignore_index, soft=False)
    known_reduction(where, reduction, x.shape)
    classes = None if weight is None else class_weights(where, weight, x)
    w = None if weights is None else row_weights(where, weights, x, x.shape[0] if x.ndim > 1 else 1)
    loss = _nll(x, y, classes, w, ignored=ignore_index if ignored else None, reduction=reduction)
    return explained(where, loss, y)


@region("nll")
def _nll(
    x: Tensor, target: Tensor, weight: Tensor | None, weights: Tensor | None, *, ignored: int | None, reduction: str
) -> Tensor:
    rows = ClassRows(x, target, weight, weights, ignored, reduction)
    return rows.reduced(rows.by_class(0.0 - rows.picked(class_last(x))))


@_nll.derivative
def _(
    d: Tensor, x: Tensor, target: Tensor, weight: Tensor | None, weights: Tensor | None, loss: Tensor,
    *, ignored: int | None, reduction: str,
) -> Slopes:
    rows = ClassRows(x, target, weight, weights, ignored, reduction)
    return rows.spread(-rows.aim(0.0).to(x.dtype), d), None, None, None
