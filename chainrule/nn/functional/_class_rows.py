"""Losses over classes, row by row: outputs (N, K, d1, …) have M = N · d1 · … places with a class each."""

from math import prod
from typing import NamedTuple

from chainrule.tensors.creation import arange
from chainrule.tensors.tensor import Tensor


def class_last(z: Tensor) -> Tensor:
    """Outputs (N, K, d1, …) or (K,) as rows (M, K)."""
    if z.ndim < 3:
        return z.reshape(1, -1) if z.ndim == 1 else z
    return z.permute(0, *range(2, z.ndim), 1).reshape(-1, z.shape[1])


def class_first(rows: Tensor, z: Tensor) -> Tensor:
    """The way back of `class_last`: rows (M, K) in the shape of `z`."""
    if z.ndim < 3:
        return rows.reshape(z.shape)
    return rows.reshape((z.shape[0], *z.shape[2:], z.shape[1])).permute(0, z.ndim - 1, *range(1, z.ndim - 1))


class ClassRows(NamedTuple):
    """What a loss over classes is given, and what follows from it for its rows.

    Args:
        z: outputs (N, K, d1, …) or (K,).
        target: class numbers, integers in the shape of `z` without K; or shares of the classes, floats in that of `z`.
        weight: (K,), of the classes.
        weights: (N,), of the batch.
        ignored: the class number of rows that do not count; None: all count.
        reduction: "mean", "sum" or "none".
    """

    z: Tensor
    target: Tensor
    weight: Tensor | None
    weights: Tensor | None
    ignored: int | None
    reduction: str

    @property
    def soft(self) -> bool:
        """Whether targets are shares of the classes."""
        return self.target.dtype.kind == "f"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the single losses: that of the outputs without their class axis."""
        return self.z.shape[:1] + self.z.shape[2:] if self.z.ndim > 1 else ()

    def counted(self) -> Tensor | None:
        """Which rows count, (M,); None: all."""
        return None if self.soft or self.ignored is None else self.target.reshape(-1) != self.ignored

    def numbers(self) -> Tensor:
        """Class numbers that can be looked up, (M,); 0 for rows that do not count."""
        numbers, counted = self.target.reshape(-1), self.counted()
        return numbers if counted is None else numbers.where(counted, 0)

    def picked(self, table: Tensor) -> Tensor:
        """What stands at the class numbers in a table (M, K): (M,)."""
        numbers = self.numbers()
        return table[arange(numbers.shape[0]), numbers]

    def by_class(self, losses: Tensor) -> Tensor:
        """Losses (M,) times the weight of the class of their row."""
        return losses if self.weight is None else losses * self.weight[self.numbers()]

    def aim(self, label_smoothing: float) -> Tensor:
        """How much each class is wanted, (M, K): the targets, smoothed, times the weights of the classes."""
        classes = self.z.shape[1] if self.z.ndim > 1 else self.z.shape[0]
        if self.soft:
            aim = class_last(self.target)
        else:
            aim = self.numbers().unsqueeze(1) == arange(classes)
            aim = aim.to(self.z.dtype) if label_smoothing or self.weight is not None else aim
        if label_smoothing:
            aim = (1.0 - label_smoothing) * aim + label_smoothing / classes
        return aim if self.weight is None else aim * self.weight

    def reduced(self, losses: Tensor) -> Tensor:
        """The losses (M,), the weights of their rows put in, as the reduction says."""
        counted = self.counted()
        if counted is not None:
            losses = losses.where(counted, 0.0)
        if self.weights is not None:
            losses = losses * self._row_weights(self.weights)
        if self.reduction == "none":
            return losses.reshape(self.shape)
        total = losses.sum()
        return total / self._divisor() if self.reduction == "mean" else total

    def spread(self, slope: Tensor, d: Tensor) -> Tensor:
        """The way back of `reduced`: slopes (M, K) of the single losses become that of the result, shaped as `z`."""
        counted = self.counted()
        if counted is not None:
            slope = slope.where(counted.unsqueeze(1), 0.0)
        if self.weights is not None:
            slope = slope * self._row_weights(self.weights).unsqueeze(1)
        if self.reduction == "mean":
            slope = slope / self._divisor()
        return class_first(slope * (d.reshape(-1, 1) if self.reduction == "none" else d), self.z)

    def _row_weights(self, weights: Tensor) -> Tensor:
        if self.z.ndim < 3:
            return weights  # (N,), and M = N
        return weights.unsqueeze(1).expand(self.z.shape[0], prod(self.shape[1:])).reshape(-1)

    def _divisor(self) -> "Tensor | int":
        """What the mean divides by: how many rows count, or their weight; 1 where none has any."""
        mass = None if self.weights is None else self._row_weights(self.weights)
        if not self.soft:
            if self.weight is not None:
                of_class = self.weight[self.numbers()]
                mass = of_class if mass is None else of_class * mass
            counted = self.counted()
            if counted is not None:
                mass = counted.to(self.z.dtype) if mass is None else mass.where(counted, 0.0)
        if mass is None:
            return prod(self.shape)
        total = mass.sum()
        return total + total.eq(0)
