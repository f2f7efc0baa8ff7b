"""Losses for numbers."""

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.nn.functional._regression import (
    huber_loss,
    l1_loss,
    mse_loss,
    poisson_nll_loss,
    quantile_loss,
    smooth_l1_loss,
)
from chainrule.nn.losses import constants
from chainrule.nn.losses.loss import Floats, Loss
from chainrule.tensors.tensor import Tensor


class MSELoss(Loss):
    """Mean squared error: large errors count most, outliers too.

    L = Σ_n w_n (x_n - y_n)² / Σ_n w_n, without weights the plain mean

    Args:
        reduction: `"mean"` (default), `"sum"` or `"none"`.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.MSELoss()(cr.tensor([1.0, 2.0]), cr.tensor([1.0, 4.0]))
        tensor(2.)
    """

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of outputs `input` for `target`, both (N, …), rows weighted by `weights` (N,)."""
        return mse_loss(input, target, self.reduction, weights)

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        return constants.mean(*constants.columns(y, weights)).reshape(y.shape[1:])


class L1Loss(Loss):
    """Mean absolute error: an outlier pulls no harder than its neighbours. Its slope where both are equal is 0.

    L = Σ_n w_n |x_n - y_n| / Σ_n w_n

    Args:
        reduction: `"mean"` (default), `"sum"` or `"none"`.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.L1Loss()(cr.tensor([1.0, 2.0]), cr.tensor([1.0, 4.0]))
        tensor(1.)
    """

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of outputs `input` for `target`, both (N, …), rows weighted by `weights` (N,)."""
        return l1_loss(input, target, self.reduction, weights)

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        return constants.quantile(*constants.columns(y, weights), 0.5).reshape(y.shape[1:])


class SmoothL1Loss(Loss):
    """The absolute error with its corner rounded: squared within `beta` of the target.

    l = e² / 2β where |e| < β, else |e| - β/2, with e = x - y

    Args:
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        beta: where the square ends, in units of the target, at least 0; 0 makes it the absolute error.

    Raises:
        ArgumentError: for an unknown reduction, or a negative `beta`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.SmoothL1Loss()(cr.tensor([0.5]), cr.tensor([0.0]))
        tensor(0.125)

    Source:
        R. Girshick, Fast R-CNN (2015), eq. 3.
    """

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        if not beta >= 0:
            raise ArgumentError("losses.beta", "SmoothL1Loss, argument beta", got=beta)
        self.beta = float(beta)

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of outputs `input` for `target`, both (N, …), rows weighted by `weights` (N,)."""
        return smooth_l1_loss(input, target, self.reduction, self.beta, weights)

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        return _bounded_pull(y, weights, self.beta)

    def extra_repr(self) -> str:
        """What is not the default."""
        return _listed("" if self.beta == 1 else f"beta={self.beta:g}", super().extra_repr())


class HuberLoss(Loss):
    """Squared near the target, absolute far from it: smooth, and calm about outliers.

    l = e² / 2 where |e| ≤ δ, else δ (|e| - δ/2), with e = x - y

    Args:
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        delta: where the square ends, in units of the target, above 0.

    Raises:
        ArgumentError: for an unknown reduction, or a `delta` that is not above 0.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.HuberLoss(delta=2.0)(cr.tensor([3.0]), cr.tensor([0.0]))
        tensor(4.)

    Source:
        P. Huber, Robust estimation of a location parameter (1964).
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        if not delta > 0:
            raise ArgumentError("losses.delta", "HuberLoss, argument delta", got=delta)
        self.delta = float(delta)

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of outputs `input` for `target`, both (N, …), rows weighted by `weights` (N,)."""
        return huber_loss(input, target, self.reduction, self.delta, weights)

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        return _bounded_pull(y, weights, self.delta)

    def extra_repr(self) -> str:
        """What is not the default."""
        return _listed("" if self.delta == 1 else f"delta={self.delta:g}", super().extra_repr())


class QuantileLoss(Loss):
    """The pinball loss: smallest where a share of `quantile` of the targets lies below the output.

    l = q (y - x) where y ≥ x, else (1 - q) (x - y)

    Args:
        quantile: q, between 0 and 1; default 0.5, the median, half of the absolute error.
        reduction: `"mean"` (default), `"sum"` or `"none"`.

    Raises:
        ArgumentError: for an unknown reduction, or a `quantile` that is not between 0 and 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.QuantileLoss(0.9)(cr.tensor([0.0]), cr.tensor([1.0]))
        tensor(0.9)

    Source:
        R. Koenker, G. Bassett, Regression quantiles (1978).
    """

    def __init__(self, quantile: float = 0.5, reduction: str = "mean") -> None:
        super().__init__(reduction)
        if not 0 < quantile < 1:
            raise ArgumentError("losses.quantile", "QuantileLoss, argument quantile", got=quantile)
        self.quantile = float(quantile)

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of outputs `input` for `target`, both (N, …), rows weighted by `weights` (N,)."""
        return quantile_loss(input, target, self.reduction, self.quantile, weights)

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        return constants.quantile(*constants.columns(y, weights), self.quantile).reshape(y.shape[1:])

    def extra_repr(self) -> str:
        """The quantile, and what is not the default."""
        return _listed(f"quantile={self.quantile:g}", super().extra_repr())


class PoissonNLLLoss(Loss):
    """The negative log-likelihood of counts under a Poisson distribution with the rate that the network gives.

    l = e^x - y x, with x = ln(rate); with `log_input=False`: l = x - y ln(x + eps), with x the rate itself

    Args:
        log_input: whether the network gives the logarithm of the rate.
        full: add Stirling's approximation of ln y!, which does not depend on the network.
        eps: keeps ln(rate) finite at rate 0; used with `log_input=False`.
        reduction: `"mean"` (default), `"sum"` or `"none"`.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.PoissonNLLLoss()(cr.tensor([0.0]), cr.tensor([3.0]))
        tensor(1.)
    """

    def __init__(
        self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.log_input, self.full, self.eps = bool(log_input), bool(full), float(eps)

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of rates or their logarithms `input` for counts `target`, rows weighted by `weights` (N,)."""
        return poisson_nll_loss(input, target, self.log_input, self.full, self.eps, self.reduction, weights)

    def _ideal(self, y: Any, classes: int | None) -> Floats:
        return self._output(np.asarray(y, dtype=np.float64))

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        return self._output(constants.mean(*constants.columns(y, weights)).reshape(y.shape[1:]))

    def _output(self, rate: Floats) -> Floats:
        return constants.logarithm(rate) if self.log_input else np.maximum(rate - self.eps, 0.0)

    def extra_repr(self) -> str:
        """What is not the default."""
        words = ["" if self.log_input else "log_input=False", "full=True" if self.full else ""]
        return _listed(*words, super().extra_repr())


def _bounded_pull(y: Any, weights: Floats, bound: float) -> Floats:
    """Where pulls that grow up to a bound and no further are in balance."""
    if bound == 0:
        return constants.quantile(*constants.columns(y, weights), 0.5).reshape(y.shape[1:])
    table, w = constants.columns(y, weights)
    pull = lambda c: (w * np.clip(c - table, -bound, bound)).sum(axis=0)
    return constants.zero_of(pull, table.min(axis=0), table.max(axis=0)).reshape(y.shape[1:])


def _listed(*words: str) -> str:
    return ", ".join(word for word in words if word)
