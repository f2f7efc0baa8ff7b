"""From the losses of all elements to one number, and the way back: mean, sum or none, rows weighted or not."""

from math import prod

from chainrule.tensors.tensor import Tensor


def reduced(losses: Tensor, weights: Tensor | None, reduction: str) -> Tensor:
    """The losses (N, …), the weights (N,) of their rows put in, as `reduction` says."""
    if weights is not None:
        losses = losses * _beside(weights, losses)
    if reduction == "none":
        return losses
    total = losses.sum()
    return total if reduction == "sum" else total / divisor(losses.shape, weights, reduction)


def spread(slope: Tensor, d: Tensor, weights: Tensor | None, reduction: str) -> Tensor:
    """The way back of `reduced`: slopes of the single losses become those of the result, for its gradient `d`."""
    if weights is not None:
        slope = slope * _beside(weights, slope)
    if reduction in ("mean", "batchmean"):
        slope = slope / divisor(slope.shape, weights, reduction)
    return slope * d


def divisor(shape: tuple[int, ...], weights: Tensor | None, reduction: str) -> "Tensor | int":
    """What a mean divides by: how many elements (rows, for "batchmean") or their weight; 1 where none has any."""
    each = prod(shape[1:]) if reduction == "mean" else 1
    if weights is None:
        return each * shape[0] if shape else 1
    total = weights.sum() * each
    return total + total.eq(0)


def _beside(weights: Tensor, losses: Tensor) -> Tensor:
    return weights.reshape((weights.shape[0],) + (1,) * (losses.ndim - 1))  # (N, 1, …)
