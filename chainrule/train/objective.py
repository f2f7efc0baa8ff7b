"""What a loss means to a training: what it takes, what the network's outputs then are, how batches add up."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.data.samples import is_classes
from chainrule.errors import ArgumentError, ChainruleError, DtypeError
from chainrule.metrics.meaning import Outputs, Task
from chainrule.metrics.metric import Metric
from chainrule.metrics.registry import get_all
from chainrule.nn.module import Module
from chainrule.tensors.tensor import Tensor

Targets = Literal["binary", "classes", "numbers", "own"]
Answer = Literal["sigmoid", "softmax", "exp", "none"]


@dataclass(frozen=True)
class Kind:
    """What a loss takes.

    Attributes:
        targets: 0 to 1 (`"binary"`), class numbers or shares (`"classes"`), `"numbers"`, or its own affair.
        answer: what makes probabilities of the network's outputs.
        probable: whether there are probabilities at all.
    """

    targets: Targets
    answer: Answer = "none"
    probable: bool = False


KINDS = {
    "BCEWithLogitsLoss": Kind("binary", "sigmoid", probable=True),
    "BCELoss": Kind("binary", probable=True),
    "CrossEntropyLoss": Kind("classes", "softmax", probable=True),
    "NLLLoss": Kind("classes", "exp", probable=True),
    "HingeLoss": Kind("binary"),
    **dict.fromkeys(
        ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "QuantileLoss", "PoissonNLLLoss"), Kind("numbers")
    ),
}
FUNCTIONS = {
    "binary_cross_entropy_with_logits": "BCEWithLogitsLoss",
    "binary_cross_entropy": "BCELoss",
    "cross_entropy": "CrossEntropyLoss",
    "nll_loss": "NLLLoss",
    "hinge_loss": "HingeLoss",
    "mse_loss": "MSELoss",
    "l1_loss": "L1Loss",
    "smooth_l1_loss": "SmoothL1Loss",
    "huber_loss": "HuberLoss",
    "quantile_loss": "QuantileLoss",
    "poisson_nll_loss": "PoissonNLLLoss",
}
OWN = Kind("own")
LARGEST = 1 << 22  # numbers: more targets than this are not measured against


class Objective:
    """A loss, and what it means.

    Args:
        loss: a loss module, or a function of (outputs, targets) or (outputs, targets, weights), that gives one number.
        model: the network that it judges.

    Attributes:
        loss: as given.
        name: that of the loss of this library which it is; empty for the user's own.
        kind: what it takes.
        sums: whether it sums over rows, so that batches add up instead of being averaged.

    Raises:
        DtypeError: for something that cannot be called.
        ArgumentError: for `reduction="none"`, which leaves nothing to descend.
    """

    def __init__(self, loss: Any, model: Module) -> None:
        if not callable(loss) or isinstance(loss, type):
            raise DtypeError("train.loss", "Trainer, argument loss", got=getattr(loss, "__name__", type(loss).__name__))
        self.loss = loss
        self.model = model
        self.name, self._settings = _named(loss)
        self.kind = KINDS.get(self.name, OWN)
        reduction = self.setting("reduction", "mean")
        if reduction == "none":
            raise ArgumentError("train.reduction", "Trainer, argument loss", got="none")
        self.sums = reduction == "sum"

    def weighted(self) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
        """The loss as a function of outputs, targets and weights of the rows.

        Raises:
            ArgumentError: when it takes no weights.
        """
        loss = self.loss
        by_place: Callable[[Tensor, Tensor, Tensor], Tensor] = loss
        function = loss.forward if isinstance(loss, Module) else loss
        try:
            parameters = inspect.signature(function).parameters
        except (TypeError, ValueError):
            return by_place
        if "weights" in parameters:
            return lambda outputs, targets, weights: loss(outputs, targets, weights=weights)
        places = [p for p in parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        if len(places) > 2 or any(p.kind is p.VAR_POSITIONAL for p in parameters.values()):
            return by_place
        name = type(loss).__name__ if isinstance(loss, Module) else getattr(loss, "__name__", repr(loss))
        raise ArgumentError("train.loss_weights", f"Trainer, loss {name}", got=", ".join(parameters))

    def uneven(self, targets: Array) -> bool:
        """Whether rows of these targets count differently in the loss itself: by class, or not at all."""
        if self.kind.targets != "classes" or targets.dtype.kind not in "iu":
            return False
        return self.setting("weight") is not None or bool((targets == self.setting("ignore_index", -100)).any())

    def size(self, targets: Array, weights: Array | None) -> float:
        """What the mean over a batch divides by: rows, or weights of rows and classes, of all that count."""
        if not self.uneven(targets):  # several places of a row all count: another batch may have some that do not
            places = prod(targets.shape[1:]) if self.kind.targets == "classes" and targets.dtype.kind in "iu" else 1
            return float(len(targets) if weights is None else weights.sum()) * places
        counted = np.asarray(targets != self.setting("ignore_index", -100), dtype=np.float64)  # (n, ...)
        by_class = self.setting("weight")
        if by_class is not None and targets.max(initial=0) < len(by_class):  # others are the loss's to refuse
            counted = counted * np.asarray(by_class, dtype=np.float64)[np.where(counted > 0, targets, 0)]
        if weights is not None:
            counted = counted * weights.reshape(-1, *(1,) * (targets.ndim - 1))
        return float(counted.sum())

    def metrics(self, asked: Any, targets: Array) -> dict[str, Metric]:
        """The metrics that were asked for, told what these outputs and targets mean."""
        ignored = self.setting("ignore_index") if self.kind.targets == "classes" else None
        return get_all(asked, self.outputs, task=self._task(targets), ignore_index=ignored)

    @property
    def outputs(self) -> Outputs:
        """What the network's outputs are, as metrics call it."""
        if self.kind.answer == "none" and self.kind.targets != "binary":
            return "probabilities" if self._ends_in() else "numbers"
        # The softmax of log-probabilities is the probabilities: NLLLoss needs no word of its own.
        return "probabilities" if self.kind.probable and self.kind.answer == "none" else "logits"

    def _task(self, targets: Array) -> Task | None:
        several = targets.ndim == 2 and targets.shape[1] > 1
        if self.kind.targets == "classes":
            return "classes"
        if self.kind.targets == "binary":
            return "labels" if several else None
        if several:
            return {"Sigmoid": "labels", "Softmax": "classes"}.get(self._ends_in())  # type: ignore[return-value]
        return None

    def _ends_in(self) -> str:
        """The name of the last layer, if it makes probabilities."""
        leaves = [module for module in self.model.modules() if next(module.children(), None) is None]
        name = type(leaves[-1]).__name__ if leaves else ""
        return name if name in ("Sigmoid", "Softmax") else ""

    # --- what the outputs say -----------------------------------------------------------------------------------

    def labels(self, targets: Array) -> Array | None:
        """(n,) the classes by which rows are to be parted; None where targets are numbers, or shares of classes."""
        if targets.size != len(targets) or not is_classes(targets):
            return None
        found = targets.reshape(-1)
        # Counts, years and prices are whole numbers too: a class has more than one row.
        return found if self.kind.targets == "classes" or 2 * len(np.unique(found)) <= len(found) else None

    def probabilities(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Outputs (n, ...) as probabilities, in the same shape; other outputs than logits as they are."""
        if self.kind.answer == "sigmoid":
            e = np.exp(-np.abs(outputs))
            return np.asarray(np.where(outputs >= 0, 1 / (1 + e), e / (1 + e)))
        if self.kind.answer == "softmax":
            e = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            return np.asarray(e / e.sum(axis=1, keepdims=True))
        return np.exp(outputs) if self.kind.answer == "exp" else outputs

    @property
    def middle(self) -> float:
        """Where one output that is no probability turns from the first class to the second."""
        return 0.0 if self.kind.targets == "binary" and not self.kind.probable else 0.5

    # --- what it can be measured by -----------------------------------------------------------------------------

    def yardsticks(
        self, targets: Array, weights: Array | None, classes: int | None
    ) -> tuple[float | None, float | None]:
        """The least loss that these targets allow, and that of the best constant answer; None where nobody knows."""
        floor, best_constant = getattr(self.loss, "floor", None), getattr(self.loss, "best_constant", None)
        if floor is None or best_constant is None or targets.size * (classes or 1) > LARGEST:
            return None, None
        asked = classes if self.kind.targets == "classes" else None
        try:
            return float(floor(targets, weights, asked)), float(best_constant(targets, weights, asked).loss)
        except ChainruleError:
            return None, None

    def setting(self, name: str, default: Any = None) -> Any:
        """What the loss was given as `name`, or its `default`."""
        return self._settings.get(name, getattr(self.loss, name, default))


def _named(loss: Any) -> tuple[str, dict[str, Any]]:
    """The name of a loss of this library, and the arguments that a partial function has fixed."""
    settings: dict[str, Any] = {}
    while isinstance(loss, functools.partial):
        settings = {**loss.keywords, **settings}
        loss = loss.func
    if isinstance(loss, Module):
        return type(loss).__name__, settings
    own = str(getattr(loss, "__module__", "")).startswith("chainrule.")
    return (FUNCTIONS.get(getattr(loss, "__name__", ""), "") if own else ""), settings

