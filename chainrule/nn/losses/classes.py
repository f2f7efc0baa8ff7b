"""Losses for classes and for distributions over them."""

from typing import Any, ClassVar

import numpy as np

from chainrule.errors import ArgumentError, ChainruleError
from chainrule.nn.functional._cross_entropy import cross_entropy, nll_loss
from chainrule.nn.functional._divergence import kl_div
from chainrule.nn.functional._loss_checks import REDUCTIONS
from chainrule.nn.losses import constants
from chainrule.nn.losses.loss import Floats, Loss, kept
from chainrule.tensors.tensor import Tensor

_FEW = 8  # rows that are enough to see whether shapes fit


class _ClassLoss(Loss):
    """What the losses over class numbers share: weights of classes, rows that do not count."""

    weight: Tensor | None

    def __init__(self, weight: Any, ignore_index: int | None, reduction: str) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", kept(weight))
        self.ignore_index = ignore_index

    def check_targets(self, target: Any, row_shape: tuple[int, ...], weights: Any = None) -> None:
        """Refuse, before anything is trained, what this loss would refuse in some batch.

        Args:
            target: all targets, (N, …).
            row_shape: the shape of the outputs for one row.
            weights: (N,), of the rows, or None.

        Raises:
            ChainruleError: as the loss itself does; a DataError too when all `weights` are 0.
        """
        y = np.asarray(target)
        known = y.dtype.kind in "iu" and self._few_accepted(y, row_shape, weights) and self._in_range(y, row_shape)
        if not known:
            super().check_targets(target, row_shape, weights)

    def _few_accepted(self, y: Any, row_shape: tuple[int, ...], weights: Any) -> bool:
        """Whether shapes and types are right, which some rows can tell, and weights are not all 0."""
        few = y[:_FEW]
        try:
            super().check_targets(few, row_shape, None if weights is None else np.ones(len(few)))
        except ChainruleError:
            return False
        return len(y) > 0 and (weights is None or bool(np.any(np.asarray(weights))))

    def _in_range(self, y: Any, row_shape: tuple[int, ...]) -> bool:
        """Whether all class numbers that count are there: one look at each number, and none at its outputs."""
        if int(y.min()) >= 0 and int(y.max()) < row_shape[0]:
            return True
        counted = y if self.ignore_index is None else y[y != self.ignore_index]
        return not counted.size or (int(counted.min()) >= 0 and int(counted.max()) < row_shape[0])

    def _aim(self, y: Any, classes: int | None) -> Floats:
        """How much each class is wanted, (N, K, d1, …)."""
        soft = y.dtype.kind == "f"
        counted = np.ones(y.shape, bool) if soft or self.ignore_index is None else y != self.ignore_index
        if soft:
            aim = y.astype(np.float64)
        else:
            known = len(self.weight) if self.weight is not None else int(y[counted].max(initial=0)) + 1
            aim = np.eye(classes or known)[np.where(counted, y, 0)] * counted[..., None]  # (N, d1, …, K)
            aim = np.moveaxis(aim, -1, 1 if y.ndim else 0)
        axis = 1 if aim.ndim > 1 else 0
        epsilon = getattr(self, "label_smoothing", 0.0)
        aim = (1.0 - epsilon) * aim + epsilon * aim.sum(axis=axis, keepdims=True) / aim.shape[axis]
        if self.weight is not None:
            aim = aim * self.weight.numpy().reshape((-1,) + (1,) * (aim.ndim - axis - 1))
        return np.asarray(aim)

    def _ideal(self, y: Any, classes: int | None) -> Floats:
        return constants.logarithm(_shares(self._aim(y, classes)))

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        return constants.logarithm(_shares(_total(self._aim(y, classes), weights)))

    def _for_all_rows(self, constant: Floats, y: Any) -> Floats:
        if y.dtype.kind == "f":
            return _along_classes(constant, y.shape)
        return _along_classes(constant, (*y.shape[:1], constant.size, *y.shape[1:]))

    def extra_repr(self) -> str:
        """What is not the default."""
        words = [
            "" if self.weight is None else f"weight=({len(self.weight)},)",
            "" if self.ignore_index == -100 else f"ignore_index={self.ignore_index}",
            super().extra_repr(),
        ]
        return ", ".join(filter(None, words))


def _shares(mass: Floats) -> Floats:
    """Masses along the class axis as shares of 1."""
    axis = 1 if mass.ndim > 1 else 0
    total = mass.sum(axis=axis, keepdims=True)
    return np.asarray(np.where(total > 0, mass / np.where(total > 0, total, 1.0), 1.0 / mass.shape[axis]))


def _total(aim: Floats, weights: Floats) -> Floats:
    """What is wanted of each class in all rows, (K,)."""
    if aim.ndim == 1:
        return aim
    weighted = aim * weights.reshape((-1,) + (1,) * (aim.ndim - 1))
    return np.asarray(weighted.sum(axis=tuple(axis for axis in range(aim.ndim) if axis != 1)))


def _along_classes(constant: Floats, shape: tuple[int, ...]) -> Floats:
    return np.broadcast_to(constant.reshape((-1,) + (1,) * max(len(shape) - 2, 0)), shape)


class CrossEntropyLoss(_ClassLoss):
    """Softmax and cross-entropy in one: exact for every logit, and its gradient is p - Y.

    l = -Σ_k c_k q_k ln p_k, with p = softmax(z), q = (1 - ε) Y + ε / K

    The mean is Σ_n w_n c_n l_n / Σ_n w_n c_n, with the weight w of the row and, for class numbers, the weight c of its
    class. Outputs are logits (N, K), (N, K, d1, …) or (K,); targets class numbers without the class axis, or soft
    targets in the shape of the outputs.

    Args:
        weight: (K,), one weight of 0 or more for each class.
        ignore_index: rows of this class number do not count; None: all count.
        reduction: `"mean"` (default), `"sum"` or `"none"`.
        label_smoothing: ε in [0, 1]: so much of each target is shared out among all classes.

    Raises:
        ArgumentError: for an unknown reduction, or a `label_smoothing` outside [0, 1].

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.CrossEntropyLoss()(cr.tensor([[2.0, 1.0, 0.1]]), cr.tensor([0]))
        tensor(0.417)

    Source:
        Label smoothing: C. Szegedy et al., Rethinking the Inception architecture (2016), section 7.
    """

    def __init__(
        self, weight: Any = None, ignore_index: int | None = -100, reduction: str = "mean", label_smoothing: float = 0.0
    ) -> None:
        super().__init__(weight, ignore_index, reduction)
        if not 0 <= label_smoothing <= 1:
            where = "CrossEntropyLoss, argument label_smoothing"
            raise ArgumentError("losses.label_smoothing", where, got=label_smoothing)
        self.label_smoothing = float(label_smoothing)

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of logits `input` for class numbers or shares `target`, rows weighted by `weights` (N,)."""
        return cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing, weights
        )

    def extra_repr(self) -> str:
        """What is not the default."""
        words = f"label_smoothing={self.label_smoothing:g}" if self.label_smoothing else ""
        return ", ".join(filter(None, [super().extra_repr(), words]))


class NLLLoss(_ClassLoss):
    """The negative log-likelihood of class numbers under log-probabilities, as `LogSoftmax` gives them.

    l = -c_y x_y, with the weight c of the class; the mean is Σ_n w_n l_n / Σ_n w_n c_n

    Args:
        weight: (K,), one weight of 0 or more for each class.
        ignore_index: rows of this class number do not count; None: all count.
        reduction: `"mean"` (default), `"sum"` or `"none"`.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.NLLLoss()(cr.log_softmax(cr.tensor([[2.0, 1.0, 0.1]])), cr.tensor([0]))
        tensor(0.417)
    """

    def __init__(self, weight: Any = None, ignore_index: int | None = -100, reduction: str = "mean") -> None:
        super().__init__(weight, ignore_index, reduction)

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of log-probabilities `input` for class numbers `target`, rows weighted by `weights` (N,)."""
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction, weights)


class KLDivLoss(Loss):
    """The Kullback-Leibler divergence of log-probabilities from the distribution they should be.

    l = t (ln t - x), with x = ln p; summed over the classes it is KL(t ‖ p), 0 only where p = t

    Args:
        reduction: `"mean"` (default, divides by all elements as in PyTorch), `"batchmean"` (the divergence itself),
            `"sum"` or `"none"`.
        log_target: whether targets are given as logarithms.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> x, t = cr.tensor([[0.25, 0.75]]).log(), cr.tensor([[0.5, 0.5]])
        >>> nn.KLDivLoss(reduction="batchmean")(x, t)
        tensor(0.1438)

    Source:
        S. Kullback, R. Leibler, On information and sufficiency (1951).
    """

    reductions: ClassVar[tuple[str, ...]] = (*REDUCTIONS, "batchmean")

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction)
        self.log_target = bool(log_target)

    def forward(self, input: Any, target: Any, weights: Any = None) -> Tensor:
        """The loss of log-probabilities `input` for shares `target`, both (N, K), rows weighted by `weights` (N,)."""
        return kl_div(input, target, self.reduction, self.log_target, weights)

    def _ideal(self, y: Any, classes: int | None) -> Floats:
        return constants.logarithm(_shares(self._mass(y)))

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        return constants.logarithm(_shares(_total(self._mass(y), weights)))

    def _for_all_rows(self, constant: Floats, y: Any) -> Floats:
        return _along_classes(constant, y.shape)

    def _mass(self, y: Any) -> Floats:
        return np.asarray(np.exp(y) if self.log_target else y, dtype=np.float64)

    def extra_repr(self) -> str:
        """What is not the default."""
        return ", ".join(filter(None, ["log_target=True" if self.log_target else "", super().extra_repr()]))
