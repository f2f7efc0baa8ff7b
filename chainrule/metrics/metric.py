"""A metric that takes one batch after another."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from chainrule.errors import StateError


class Metric(ABC):
    """A number that says how good predictions are, built up from batches.

    `reset()`, then `update(outputs, targets, weights)` for each batch, then `result()`: the same number as from all
    rows at once, whatever the batches.

    Attributes:
        name: under which it stands in a history.
        better: `"max"` when higher is better, otherwise `"min"`.

    Example:
        >>> import chainrule.metrics
        >>> accuracy = chainrule.metrics.get("accuracy")
        >>> accuracy.update([[2.0], [-1.0]], [[1.0], [1.0]])
        >>> accuracy.update([[-3.0]], [[0.0]])
        >>> round(accuracy.result(), 4)
        0.6667
    """

    name: str
    better: ClassVar[Literal["max", "min"]] = "max"

    @abstractmethod
    def reset(self) -> None:
        """Forget all batches."""

    @abstractmethod
    def update(self, outputs: object, targets: object, weights: object = None) -> None:
        """Take one batch.

        Args:
            outputs: (n, ...) what the network gave.
            targets: (n, ...) what it should have given.
            weights: (n,) weights of the rows; default all 1.

        Raises:
            ShapeError: for shapes that do not fit each other, or could mean two things.
            DataError: for targets that are not what the metric counts.
        """

    @abstractmethod
    def result(self) -> float:
        """The number for all batches since `reset`; NaN when an output was NaN.

        Raises:
            StateError: before the first row.
        """

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def _seen(self, total: float) -> None:
        if not total:
            raise StateError("metrics.nothing_seen", f"{self.name}.result")
