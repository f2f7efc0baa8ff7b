"""Metrics of numbers that are sums over rows: squared and absolute errors, R²."""

import math
from typing import ClassVar, Literal

import numpy as np

from chainrule.data.arrays import numbers
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.metrics.gates import Doubles, weights
from chainrule.metrics.meaning import Outputs
from chainrule.metrics.metric import Metric
from chainrule.metrics.regression import explained, weighted_median


class Measured(Metric):
    """A metric of the distance between outputs and targets.

    Args:
        outputs: `"numbers"`, or `"probabilities"` to measure them against targets from 0 to 1.
    """

    better: ClassVar[Literal["max", "min"]] = "min"

    def __init__(self, outputs: Outputs = "numbers") -> None:
        if outputs not in ("numbers", "probabilities"):
            raise ArgumentError("metrics.needs_numbers", f"{self.name}, argument outputs", got=repr(outputs))
        self.reset()

    def reset(self) -> None:
        self._rows = 0
        self._total = 0.0
        self._clear()

    def update(self, outputs: object, targets: object, weights: object = None) -> None:
        true, predicted, weight = _pair(outputs, targets, weights, self.name)
        if not len(true):
            return
        self._rows += len(true)
        before, self._total = self._total, self._total + float(weight.sum())
        self._measure(true, predicted, weight[:, None], before)

    def result(self) -> float:
        self._seen(self._total)
        return float(self._number())

    def _clear(self) -> None:
        self._sum: Doubles = np.zeros(0)

    def _measure(self, true: Doubles, predicted: Doubles, weight: Doubles, before: float) -> None:
        """Add (n, outputs) rows with (n, 1) weights; `before` is the weight of all earlier rows."""
        added = (weight * self._distance(true, predicted)).sum(axis=0)
        self._sum = _added(self._sum, added, self.name)

    def _distance(self, true: Doubles, predicted: Doubles) -> Doubles:
        return (true - predicted) ** 2

    def _number(self) -> float:
        return float((self._sum / self._total).mean())


class MeanSquaredError(Measured):
    """The mean of (y - p)².

    Args:
        outputs: `"numbers"` or `"probabilities"`: what the network gives.

    Example:
        >>> import chainrule.metrics
        >>> mse = chainrule.metrics.MeanSquaredError()
        >>> mse.update([[1.0], [2.0]], [[1.0], [4.0]])
        >>> mse.result()
        2.0
    """

    name = "mse"


class RootMeanSquaredError(Measured):
    """The root of the mean of (y - p)², taken for each output.

    Args:
        outputs: `"numbers"` or `"probabilities"`: what the network gives.

    Example:
        >>> import chainrule.metrics
        >>> rmse = chainrule.metrics.RootMeanSquaredError()
        >>> rmse.update([[0.0], [0.0]], [[3.0], [-3.0]])
        >>> rmse.result()
        3.0
    """

    name = "rmse"

    def _number(self) -> float:
        return float(np.sqrt(self._sum / self._total).mean())


class MeanAbsoluteError(Measured):
    """The mean of |y - p|.

    Args:
        outputs: `"numbers"` or `"probabilities"`: what the network gives.

    Example:
        >>> import chainrule.metrics
        >>> mae = chainrule.metrics.MeanAbsoluteError()
        >>> mae.update([[1.0], [2.0]], [[1.0], [4.0]])
        >>> mae.result()
        1.0
    """

    name = "mae"

    def _distance(self, true: Doubles, predicted: Doubles) -> Doubles:
        return np.abs(true - predicted)


class R2(Measured):
    """The share of the variance of y that the outputs explain: 1 - Σ(y - p)² / Σ(y - mean y)².

    Args:
        outputs: `"numbers"` or `"probabilities"`: what the network gives.

    Example:
        >>> import chainrule.metrics
        >>> r2 = chainrule.metrics.R2()
        >>> r2.update([[2.5], [0.0]], [[3.0], [-0.5]])
        >>> r2.update([[2.0], [8.0]], [[2.0], [7.0]])
        >>> round(r2.result(), 4)
        0.9486

    Source:
        Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    """

    name = "r2"
    better: ClassVar[Literal["max", "min"]] = "max"

    def _clear(self) -> None:
        super()._clear()
        self._first: Doubles | None = None  # taken away from all, so that a constant y has no spread at all
        self._mean: Doubles = np.zeros(0)
        self._spread: Doubles = np.zeros(0)

    def _measure(self, true: Doubles, predicted: Doubles, weight: Doubles, before: float) -> None:
        super()._measure(true, predicted, weight, before)
        now = float(weight.sum())
        if not now:
            return
        if self._first is None:
            self._first = true[0].copy()
            self._mean, self._spread = np.zeros_like(true[0]), np.zeros_like(true[0])
        moved = true - self._first
        mean = (weight * moved).sum(axis=0) / now
        apart = mean - self._mean
        self._spread = self._spread + (weight * (moved - mean) ** 2).sum(axis=0)
        self._spread += apart**2 * before * now / (before + now)
        self._mean = self._mean + apart * now / (before + now)

    def _number(self) -> float:
        if self._rows < 2:
            return float("nan")
        broken = np.isnan(self._sum).any() or np.isnan(self._spread).any()
        return float("nan") if broken else explained(self._sum, self._spread)


class MedianAbsoluteError(Measured):
    """The median of |y - p|; keeps every error, for it is no sum.

    Args:
        outputs: `"numbers"` or `"probabilities"`: what the network gives.

    Example:
        >>> import chainrule.metrics
        >>> median = chainrule.metrics.MedianAbsoluteError()
        >>> median.update([[1.0], [2.0], [3.0]], [[1.0], [4.0], [4.0]])
        >>> median.result()
        1.0
    """

    name = "median_absolute_error"

    def _clear(self) -> None:
        self._errors: list[Doubles] = []
        self._weights: list[Doubles] = []

    def _measure(self, true: Doubles, predicted: Doubles, weight: Doubles, before: float) -> None:
        if self._errors and self._errors[0].shape[1] != true.shape[1]:
            raise ShapeError("metrics.outputs_changed", self.name, before=self._errors[0].shape[1], now=true.shape[1])
        self._errors.append(np.abs(true - predicted))
        self._weights.append(weight.reshape(-1))

    def _number(self) -> float:
        errors, weight = np.concatenate(self._errors), np.concatenate(self._weights)
        if np.isnan(errors).any():
            return float("nan")
        return float(np.mean([weighted_median(errors[:, j], weight) for j in range(errors.shape[1])]))


def _pair(outputs: object, targets: object, weight: object, name: str) -> tuple[Doubles, Doubles, Doubles]:
    predicted = numbers(outputs, f"{name}, outputs").astype(np.float64)
    true = numbers(targets, f"{name}, targets").astype(np.float64)
    if true.shape != predicted.shape or not true.ndim:
        raise ShapeError("metrics.unfit", name, outputs=predicted.shape, targets=true.shape)
    if not np.isfinite(true).all():
        raise DataError("metrics.target_not_finite", f"{name}, targets", got=true[~np.isfinite(true)][0])
    rows = len(true)
    found = weights(weight, rows, f"{name}, weights", some=False)
    shape = (rows, math.prod(true.shape[1:]))
    return true.reshape(shape), predicted.reshape(shape), found


def _added(total: Doubles, more: Doubles, name: str) -> Doubles:
    if not total.size:
        return more
    if total.shape != more.shape:
        raise ShapeError("metrics.outputs_changed", name, before=len(total), now=len(more))
    return total + more
