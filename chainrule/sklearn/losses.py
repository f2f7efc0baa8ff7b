"""What is descended: a loss of outputs and targets, and scikit-learn's penalty of the weights beside it."""

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.losses.classes import CrossEntropyLoss
from chainrule.nn.losses.regression import HuberLoss, L1Loss, MSELoss, QuantileLoss
from chainrule.nn.module import Module
from chainrule.tensors.tensor import Tensor
from chainrule.train.objective import Objective

REGRESSION = ("squared_error", "poisson", "absolute_error", "huber", "quantile")
"""The losses of a regressor that have a name."""


class Penalised(Module):
    """A loss and, while the network trains, alpha / (2 n) Σ‖W‖² with the n rows of the batch, or their weights.

    Args:
        loss: a function of (outputs, targets) or (outputs, targets, weights) that gives one number.
        model: the network that it judges.
        weights: what is penalised: matrices of dense layers, no biases and no norms.
        alpha: the strength, at least 0.
    """

    def __init__(self, loss: Any, model: Module, weights: Sequence[Tensor], alpha: float) -> None:
        super().__init__()
        self.loss = loss
        self.model = (model,)  # in a tuple, or its parameters would be the loss's own
        self.weights = list(weights)
        self.alpha = float(alpha)

    def forward(self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """One number for `outputs` and `targets` of a batch, rows weighted by `weights` (N,)."""
        if weights is None:
            value: Tensor = self.loss(outputs, targets)
        else:
            value = Objective(self.loss, self.model[0]).weighted()(outputs, targets, weights)
        if not self.alpha or not self.model[0].training:  # rows that are judged by are no part of the penalty
            return value
        mass = outputs.shape[0] if weights is None else weights.sum()
        squares = [(weight * weight).sum() for weight in self.weights]
        return value + sum(squares[1:], squares[0]) * (0.5 * self.alpha / mass)


class Summed(Module):
    """A loss of this library that takes the mean over rows and outputs, as a mean over rows of sums over outputs."""

    def __init__(self, loss: Module, factor: float = 1.0) -> None:
        super().__init__()
        self.loss = loss
        self.factor = factor

    def forward(self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None) -> Any:
        """One number for `outputs` and `targets` (N, K), rows weighted by `weights` (N,)."""
        factor = self.factor * outputs.shape[1]
        value: Any = self.loss(outputs, targets) if weights is None else self.loss(outputs, targets, weights=weights)
        return value if factor == 1.0 else value * factor


class HalfPoissonDeviance(Module):
    """exp(z) - y z + y ln y - y, a mean over rows: outputs are the logarithms of what is expected."""

    def forward(self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """One number for `outputs` and `targets` (N, K), rows weighted by `weights` (N,)."""
        least = targets * targets.clamp(min=1e-300 if targets.dtype.itemsize > 4 else 1e-38).log() - targets
        rows = (outputs.exp() - targets * outputs + least).sum(1)  # (N,)
        return rows.mean() if weights is None else (rows * weights).sum() / weights.sum()


class QuantileHeads(Module):
    """Several quantiles at once: outputs (N, Q K), K for each quantile, all of them judged by the same targets."""

    def __init__(self, quantiles: Sequence[float]) -> None:
        super().__init__()
        self.losses = [Summed(QuantileLoss(quantile)) for quantile in quantiles]

    def forward(self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None) -> Any:
        """One number for `outputs` (N, Q K) and `targets` (N, K), rows weighted by `weights` (N,)."""
        width = targets.shape[1]
        parts: list[Any] = [
            loss(outputs[:, place * width : (place + 1) * width], targets, weights)
            for place, loss in enumerate(self.losses)
        ]
        return sum(parts[1:], parts[0])


def of_numbers(loss: Any, quantiles: Sequence[float]) -> Any:
    """The loss of a regressor: a name, or anything that can be called.

    Raises:
        ArgumentError: for another name.
    """
    if loss == "quantile" and len(quantiles) > 1:
        return QuantileHeads(quantiles)
    named: dict[str, Callable[[], Module]] = {
        "squared_error": lambda: Summed(MSELoss(), 0.5),
        "poisson": HalfPoissonDeviance,
        "absolute_error": lambda: Summed(L1Loss()),
        "huber": lambda: Summed(HuberLoss()),
        "quantile": lambda: Summed(QuantileLoss(quantiles[0])),
    }
    return _chosen(loss, named)


def of_classes(loss: Any, several: bool, label_smoothing: float) -> Any:
    """The loss of a classifier; `several` for one class of many, else each output is yes or no.

    Raises:
        ArgumentError: for an unknown name.
    """
    if several:
        return _chosen(loss, {"log_loss": lambda: CrossEntropyLoss(label_smoothing=label_smoothing)})
    return _chosen(loss, {"log_loss": lambda: Summed(BCEWithLogitsLoss())})


def _chosen(loss: Any, named: dict[str, Callable[[], Module]]) -> Any:
    if isinstance(loss, str) and loss in named:
        return named[loss]()
    if not callable(loss):
        known = ", ".join(named)
        raise ArgumentError("sklearn.parameter", "argument loss", got=repr(loss), expected=f"{known}, nn.Module, f")
    return loss() if isinstance(loss, type) else loss
