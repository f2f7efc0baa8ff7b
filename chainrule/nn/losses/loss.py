"""What every loss can do besides being computed: its floor, its best constant, a check of all targets at once."""

from copy import copy
from math import prod
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from chainrule.errors import DataError
from chainrule.nn.functional._loss_checks import REDUCTIONS, known_reduction
from chainrule.nn.module import Module
from chainrule.tape.mode import no_grad
from chainrule.tensors.creation import tensor
from chainrule.tensors.tensor import Tensor

Floats = npt.NDArray[np.float64]
_AT_ONCE = 1 << 22  # numbers of a check that are held in memory together


class BestConstant(NamedTuple):
    """The outputs that a network without inputs would learn to give, and their loss."""

    outputs: Floats
    loss: float


class Loss(Module):
    """The base of the losses.

    Args:
        reduction: `"mean"`, `"sum"` or `"none"`.
    """

    reductions: ClassVar[tuple[str, ...]] = REDUCTIONS

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        known_reduction(type(self).__name__, reduction, reductions=self.reductions)
        self.reduction = reduction

    def floor(self, target: Any, weights: Any = None, classes: int | None = None) -> float:
        """The smallest loss that any outputs could reach for these targets: what remains when all is learnt.

        Args:
            target: all targets, as the loss takes them.
            weights: (N,), of the rows; default 1.
            classes: how many classes there are, where targets are class numbers; default those that occur.

        Returns:
            float: 0 for most losses, the entropy of soft targets for cross-entropies; a mean where `reduction` is
            `"none"`.
        """
        y = np.asarray(target)
        return self._value(self._ideal(y, classes), y, weights)

    def best_constant(self, target: Any, weights: Any = None, classes: int | None = None) -> BestConstant:
        """The best outputs that are the same for every row, and their loss: what a network must beat.

        Args:
            target: all targets, as the loss takes them.
            weights: (N,), of the rows; default 1.
            classes: how many classes there are, where targets are class numbers; default those that occur.

        Returns:
            BestConstant: `outputs`, float64, in the shape of the outputs for one row; `loss`, a mean where `reduction`
            is `"none"`.
        """
        y = np.asarray(target)
        w = np.ones(y.shape[:1]) if weights is None else np.asarray(weights, dtype=np.float64)
        constant = np.asarray(self._constant(y, w, classes))
        return BestConstant(constant, self._value(self._for_all_rows(constant, y), y, weights))

    def check_targets(self, target: Any, row_shape: tuple[int, ...], weights: Any = None) -> None:
        """Refuse, before anything is trained, what this loss would refuse in some batch.

        A recorded step looks at no values: who records steps calls this first.

        Args:
            target: all targets, (N, …).
            row_shape: the shape of the outputs for one row.
            weights: (N,), of the rows, or None.

        Raises:
            ChainruleError: as the loss itself does; a DataError too when all `weights` are 0.
        """
        y = target if isinstance(target, Tensor) else np.asarray(target)
        if weights is not None and not np.any(np.asarray(weights)):
            raise DataError("losses.no_weight", f"{type(self).__name__}, argument weights", count=len(weights))
        rows = y.shape[0] if y.ndim else 0
        step = max(1, _AT_ONCE // max(1, prod(row_shape)))
        with no_grad():
            for start in range(0, max(rows, 1), step):
                part = slice(start, start + step)
                size = min(rows - start, step)
                zeros = tensor(np.zeros((size, *row_shape), np.float32))
                self(zeros, y[part], None if weights is None else np.asarray(weights)[part])

    def _ideal(self, y: Any, classes: int | None) -> Floats:
        """The outputs with the smallest loss."""
        return np.asarray(y, dtype=np.float64)

    def _constant(self, y: Any, weights: Floats, classes: int | None) -> Floats:
        """The best outputs for one row."""
        raise NotImplementedError

    def _for_all_rows(self, constant: Floats, y: Any) -> Floats:
        return np.broadcast_to(constant, y.shape)

    def _value(self, outputs: Floats, y: Any, weights: Any) -> float:
        number = self._averaging() if self.reduction == "none" else self
        with no_grad():
            return float(number(tensor(outputs, dtype=np.float64), y, weights).item())

    def _averaging(self) -> Self:
        made = copy(self)
        made.reduction = "mean"
        return made

    def extra_repr(self) -> str:
        """What is not the default."""
        return "" if self.reduction == "mean" else f"reduction={self.reduction!r}"


def kept(weight: Any) -> Tensor | None:
    """Weights that a loss keeps: a tensor as it is; numbers in float64, so that nothing is lost before their use."""
    return weight if weight is None or isinstance(weight, Tensor) else tensor(weight, dtype=np.float64)
