"""Losses for numbers: squared, absolute, in between, quantiles, counts."""

from math import pi
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.nn.functional._loss_checks import bounded, explained, pair
from chainrule.nn.functional._reduction import reduced, spread
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor

Slopes = tuple[Tensor | None, ...]


def mse_loss(input: Any, target: Any, reduction: str = "mean", weights: Any = None) -> Tensor:
    """Mean squared error: large errors count most, outliers too.

    L = Σ_n w_n (x_n - y_n)² / Σ_n w_n, without weights the plain mean

    Args:
        input: the outputs of the network, any shape.
        target: the wanted outputs, of the very same shape.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or `weights` is not (N,).
        ArgumentError: for an unknown reduction.
        DataError: for a mean of nothing, targets that are not finite, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.mse_loss(cr.tensor([1.0, 2.0]), cr.tensor([1.0, 4.0]))
        tensor(2.)
    """
    x, y, w = pair("mse_loss", input, target, weights, reduction)
    return explained("mse_loss", _mse(x, y, w, reduction=reduction), y)


@region("mse")
def _mse(x: Tensor, y: Tensor, weights: Tensor | None, *, reduction: str) -> tuple[Tensor, Tensor]:
    error = x - y
    return reduced(error * error, weights, reduction), error


@_mse.derivative
def _(
    d: Tensor, x: Tensor, y: Tensor, weights: Tensor | None, loss: Tensor, error: Tensor, *, reduction: str
) -> Slopes:
    dx = spread(2.0 * error, d, weights, reduction)
    return dx, -dx, None


def l1_loss(input: Any, target: Any, reduction: str = "mean", weights: Any = None) -> Tensor:
    """Mean absolute error: an outlier pulls no harder than its neighbours. Its slope where both are equal is 0.

    L = Σ_n w_n |x_n - y_n| / Σ_n w_n

    Args:
        input: the outputs of the network, any shape.
        target: the wanted outputs, of the very same shape.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or `weights` is not (N,).
        ArgumentError: for an unknown reduction.
        DataError: for a mean of nothing, targets that are not finite, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.l1_loss(cr.tensor([1.0, 2.0]), cr.tensor([1.0, 4.0]))
        tensor(1.)
    """
    x, y, w = pair("l1_loss", input, target, weights, reduction)
    return explained("l1_loss", _l1(x, y, w, reduction=reduction), y)


@region("l1")
def _l1(x: Tensor, y: Tensor, weights: Tensor | None, *, reduction: str) -> tuple[Tensor, Tensor]:
    error = x - y
    return reduced(error.abs(), weights, reduction), error


@_l1.derivative
def _(
    d: Tensor, x: Tensor, y: Tensor, weights: Tensor | None, loss: Tensor, error: Tensor, *, reduction: str
) -> Slopes:
    dx = spread(error.sign(), d, weights, reduction)
    return dx, -dx, None


def smooth_l1_loss(
    input: Any, target: Any, reduction: str = "mean", beta: float = 1.0, weights: Any = None
) -> Tensor:
    """The absolute error with its corner rounded: squared within `beta` of the target.

    l = e² / 2β where |e| < β, else |e| - β/2, with e = x - y; the Huber loss divided by β

    Args:
        input: the outputs of the network, any shape.
        target: the wanted outputs, of the very same shape.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        beta: where the square ends, in units of the target, at least 0; 0 makes it the absolute error.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or `weights` is not (N,).
        ArgumentError: for an unknown reduction, or a negative `beta`.
        DataError: for a mean of nothing, targets that are not finite, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.smooth_l1_loss(cr.tensor([0.5, 3.0]), cr.tensor([0.0, 0.0]), reduction="none")
        tensor([0.125, 2.5  ])

    Source:
        R. Girshick, Fast R-CNN (2015), eq. 3.
    """
    if not beta >= 0:
        raise ArgumentError("losses.beta", "smooth_l1_loss, argument beta", got=beta)
    x, y, w = pair("smooth_l1_loss", input, target, weights, reduction)
    loss = _smooth_l1(x, y, w, beta=float(beta), reduction=reduction) if beta else _l1(x, y, w, reduction=reduction)
    return explained("smooth_l1_loss", loss, y)


@region("smooth_l1")
def _smooth_l1(
    x: Tensor, y: Tensor, weights: Tensor | None, *, beta: float, reduction: str
) -> tuple[Tensor, Tensor]:
    error = x - y
    far = error.abs()
    near = far.minimum(beta)  # |e|, and no more than β: one formula for both sides
    losses = near * (far - 0.5 * near) / beta
    return reduced(losses, weights, reduction), error


@_smooth_l1.derivative
def _(
    d: Tensor, x: Tensor, y: Tensor, weights: Tensor | None, loss: Tensor, error: Tensor, *, beta: float, reduction: str
) -> Slopes:
    dx = spread(error.maximum(-beta).minimum(beta) / beta, d, weights, reduction)
    return dx, -dx, None


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weights: Any = None) -> Tensor:
    """Squared near the target, absolute far from it: smooth, and calm about outliers.

    l = e² / 2 where |e| ≤ δ, else δ (|e| - δ/2), with e = x - y

    Args:
        input: the outputs of the network, any shape.
        target: the wanted outputs, of the very same shape.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        delta: where the square ends, in units of the target, above 0.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or `weights` is not (N,).
        ArgumentError: for an unknown reduction, or a `delta` that is not above 0.
        DataError: for a mean of nothing, targets that are not finite, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.huber_loss(cr.tensor([0.5, 3.0]), cr.tensor([0.0, 0.0]), reduction="none")
        tensor([0.125, 2.5  ])

    Source:
        P. Huber, Robust estimation of a location parameter (1964).
    """
    if not delta > 0:
        raise ArgumentError("losses.delta", "huber_loss, argument delta", got=delta)
    x, y, w = pair("huber_loss", input, target, weights, reduction)
    return explained("huber_loss", _huber(x, y, w, delta=float(delta), reduction=reduction), y)


@region("huber")
def _huber(x: Tensor, y: Tensor, weights: Tensor | None, *, delta: float, reduction: str) -> tuple[Tensor, Tensor]:
    error = x - y
    far = error.abs()
    near = far.minimum(delta)  # |e|, and no more than δ: one formula for both sides
    return reduced(near * (far - 0.5 * near), weights, reduction), error


@_huber.derivative
def _(
    d: Tensor, x: Tensor, y: Tensor, weights: Tensor | None, loss: Tensor, error: Tensor,
    *, delta: float, reduction: str,
) -> Slopes:
    dx = spread(error.maximum(-delta).minimum(delta), d, weights, reduction)
    return dx, -dx, None


def quantile_loss(
    input: Any, target: Any, reduction: str = "mean", quantile: float = 0.5, weights: Any = None
) -> Tensor:
    """The pinball loss: smallest where a share of `quantile` of the targets lies below the output.

    l = q (y - x) where y ≥ x, else (1 - q) (x - y); its slope where both are equal is 0

    Args:
        input: the outputs of the network, any shape.
        target: the wanted outputs, of the very same shape.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        quantile: q, between 0 and 1; default 0.5, the median, half of the absolute error.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or `weights` is not (N,).
        ArgumentError: for an unknown reduction, or a `quantile` that is not between 0 and 1.
        DataError: for a mean of nothing, targets that are not finite, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.quantile_loss(cr.tensor([0.0, 0.0]), cr.tensor([1.0, -1.0]), "none", quantile=0.9)
        tensor([0.9, 0.1])

    Source:
        R. Koenker, G. Bassett, Regression quantiles (1978).
    """
    if not 0 < quantile < 1:
        raise ArgumentError("losses.quantile", "quantile_loss, argument quantile", got=quantile)
    x, y, w = pair("quantile_loss", input, target, weights, reduction)
    return explained("quantile_loss", _quantile(x, y, w, quantile=float(quantile), reduction=reduction), y)


@region("quantile")
def _quantile(
    x: Tensor, y: Tensor, weights: Tensor | None, *, quantile: float, reduction: str
) -> tuple[Tensor, Tensor]:
    error = x - y
    losses = (-quantile * error).maximum((1.0 - quantile) * error)
    return reduced(losses, weights, reduction), error


@_quantile.derivative
def _(
    d: Tensor, x: Tensor, y: Tensor, weights: Tensor | None, loss: Tensor, error: Tensor,
    *, quantile: float, reduction: str,
) -> Slopes:
    slope = (error > 0).to(error.dtype) * (1.0 - quantile) - (error < 0).to(error.dtype) * quantile
    dx = spread(slope, d, weights, reduction)
    return dx, -dx, None


def poisson_nll_loss(
    input: Any, target: Any, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean",
    weights: Any = None,
) -> Tensor:
    """The negative log-likelihood of counts under a Poisson distribution with the rate that the network gives.

    l = e^x - y x, with x = ln(rate); with `log_input=False`: l = x - y ln(x + eps), with x the rate itself

    Args:
        input: logarithms of rates, or rates with `log_input=False`; any shape.
        target: counts, 0 and more, of the very same shape.
        log_input: whether `input` is the logarithm of the rate.
        full: add Stirling's approximation of ln y!, which does not depend on the network.
        eps: keeps ln(rate) finite at rate 0; used with `log_input=False`.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        weights: (N,), one weight of 0 or more for each row; default 1. No gradient flows to them.

    Returns:
        Tensor: one number, or the shape of `input` with `"none"`.

    Raises:
        ShapeError: when the shapes differ, (N,) against (N, 1) included, or `weights` is not (N,).
        ArgumentError: for an unknown reduction.
        DataError: for a mean of nothing, negative counts or rates, or negative weights.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.poisson_nll_loss(cr.tensor([0.0]), cr.tensor([3.0]))
        tensor(1.)
    """
    x, y, w = pair("poisson_nll_loss", input, target, weights, reduction)
    bounded("poisson_nll_loss, argument target", "losses.counts", y, 0.0, float("inf"))
    if not log_input:
        bounded("poisson_nll_loss, argument input", "losses.rates", x, 0.0, float("inf"))
    options = {"log_input": bool(log_input), "full": bool(full), "eps": float(eps), "reduction": reduction}
    return explained("poisson_nll_loss", _poisson(x, y, w, **options), y)


@region("poisson_nll")
def _poisson(
    x: Tensor, y: Tensor, weights: Tensor | None, *, log_input: bool, full: bool, eps: float, reduction: str
) -> tuple[Tensor, Tensor]:
    rate = x.exp() if log_input else x
    losses = rate - y * (x if log_input else (x + eps).log())
    if full:
        losses = losses + _stirling(y)
    return reduced(losses, weights, reduction), rate


def _stirling(y: Tensor) -> Tensor:
    many = y.where(y > 1, 1.0)
    return (many * many.log() - many + 0.5 * (2.0 * pi * many).log()).where(y > 1, 0.0)


@_poisson.derivative
def _(
    d: Tensor, x: Tensor, y: Tensor, weights: Tensor | None, loss: Tensor, rate: Tensor,
    *, log_input: bool, full: bool, eps: float, reduction: str,
) -> Slopes:
    slope = rate - y if log_input else 1.0 - y / (x + eps)
    slope_y = -x if log_input else -(x + eps).log()
    if full:
        many = y.where(y > 1, 1.0)
        slope_y = slope_y + (many.log() + 0.5 / many).where(y > 1, 0.0)
    return spread(slope, d, weights, reduction), spread(slope_y, d, weights, reduction), None
