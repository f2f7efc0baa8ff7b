"""Losses for yes or no, from probabilities, logits or scores."""

from typing import Any

import numpy as np

from chainrule.nn.functional._binary import binary_cross_entropy, binary_cross_entropy_with_logits
from chainrule.nn.functional._hinge import hinge_embedding_loss, hinge_loss
from chainrule.nn.losses import constants
from chainrule.nn.losses.loss import Floats, Loss, kept
from chainrule.tensors.tensor import Tensor


class BCELoss(Loss):
    """How surprised probabilities are by what is true. `BCEWithLogitsLoss` is safer, and needs no sigmoid.

    l = -(y ln p + (1 - y) ln(1 - p)), exact; as in PyTorch a logarithm is taken as -100 where it is below

    Args:
        weight: of single elements, stretches to the shape of the outputs; multiplies, and is not divided by.
        reduction: `"mean"` (default), `"sum"` or `"none"`.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.BCELoss()(cr.tensor([0.5]), cr.tensor([1.0]))
        tensor(0.6931)
    """

    weight: Tensor | None

    def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", kept(weight))

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of probabilities `input` for `target`, both (N, …), rows weighted by `weights` (N,)."""
        return binary_cross_entropy(input, target, self.weight, self.reduction, weights)

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        ones, zeros = _two_masses(y, weights, self.weight)
        return ones / np.where(ones + zeros > 0, ones + zeros, 1.0)


class BCEWithLogitsLoss(Loss):
    """Sigmoid and binary cross-entropy in one: exact for every logit, and its gradient is p - y.

    l = max(z, 0) - z y + ln(1 + e^-|z|), which is -(y ln σ(z) + (1 - y) ln(1 - σ(z)))

    Args:
        weight: of single elements, stretches to the shape of the outputs; multiplies, and is not divided by.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        pos_weight: how many times a 1 counts, stretches to the shape of the outputs; above 1 finds more of the ones.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.BCEWithLogitsLoss()(cr.tensor([0.0]), cr.tensor([1.0]))
        tensor(0.6931)
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", kept(weight))
        self.register_buffer("pos_weight", kept(pos_weight))

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of logits `input` for `target`, both (N, …), rows weighted by `weights` (N,)."""
        return binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight, weights)

    def _ideal(self, y: Any, classes: int | None) -> Floats:
        y = np.asarray(y, dtype=np.float64)
        times = 1.0 if self.pos_weight is None else self.pos_weight.numpy()
        return constants.logarithm(times * y) - constants.logarithm(1.0 - y)

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        ones, zeros = _two_masses(y, weights, self.weight, self.pos_weight)
        return constants.logarithm(ones) - constants.logarithm(zeros)


def _two_masses(
    y: Any, weights: Floats, weight: Tensor | None, pos_weight: Tensor | None = None
) -> tuple[Floats, Floats]:
    """How much the ones and the zeros of every column weigh."""
    y = np.asarray(y, dtype=np.float64)
    each = weights.reshape((-1,) + (1,) * (y.ndim - 1)) if y.ndim else np.ones(())
    each = np.asarray(each if weight is None else each * weight.numpy(), dtype=np.float64)
    ones = each * y if pos_weight is None else each * y * pos_weight.numpy()
    axes = (0,) if y.ndim else ()
    return np.asarray(ones.sum(axis=axes)), np.asarray((each * (1.0 - y)).sum(axis=axes))


class HingeLoss(Loss):
    """Zero for scores on the right side of the margin, growing by 1 with every unit on the wrong side.

    l = max(0, 1 - s z), with s = 1 where y > 0, else -1: targets are -1 and 1, or 0 and 1

    Args:
        reduction: `"mean"` (default), `"sum"` or `"none"`.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.HingeLoss()(cr.tensor([0.5]), cr.tensor([0]))
        tensor(1.5)

    Source:
        C. Cortes, V. Vapnik, Support-vector networks (1995).
    """

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of scores `input` for `target`, both (N, …), rows weighted by `weights` (N,)."""
        return hinge_loss(input, target, self.reduction, weights)

    def _ideal(self, y: Any, classes: int | None) -> Floats:
        return np.where(np.asarray(y) > 0, 1.0, -1.0)

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        ones, zeros = _two_masses(np.asarray(y) > 0, weights, None)
        return np.sign(ones - zeros)


class HingeEmbeddingLoss(Loss):
    """For distances: pairs that belong together come close, others get at least `margin` apart.

    l = x where y = 1, max(0, margin - x) where y = -1

    Args:
        margin: the distance that is far enough.
        reduction: `"mean"` (default), `"sum"` or `"none"`.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.HingeEmbeddingLoss()(cr.tensor([0.3, 0.3]), cr.tensor([1, -1]))
        tensor(0.5)

    Source:
        R. Hadsell, S. Chopra, Y. LeCun, Dimensionality reduction by learning an invariant mapping (2006).
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = float(margin)

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of distances `input` for `target`, both (N, …), rows weighted by `weights` (N,)."""
        return hinge_embedding_loss(input, target, self.margin, self.reduction, weights)

    def _ideal(self, y: Any, classes: int | None) -> Floats:
        return np.where(np.asarray(y) > 0, 0.0, max(self.margin, 0.0))

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        together, apart = _two_masses(np.asarray(y) > 0, weights, None)
        return np.where(together >= apart, 0.0, max(self.margin, 0.0))

    def extra_repr(self) -> str:
        """What is not the default."""
        words = "" if self.margin == 1 else f"margin={self.margin:g}"
        return ", ".join(filter(None, [words, super().extra_repr()]))
