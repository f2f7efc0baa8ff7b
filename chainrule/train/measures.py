"""The metrics of a training, made when the first targets are seen: only they tell what is to be counted."""

from collections.abc import Sequence
from typing import Any

from chainrule.metrics.metric import Metric
from chainrule.train.batch import Batch
from chainrule.train.objective import Objective


class Measures:
    """Metrics that were asked for by name, object or function.

    Args:
        asked: as `chainrule.metrics.get` takes them.
        objective: knows what outputs and targets mean.
    """

    def __init__(self, asked: Sequence[Any], objective: Objective) -> None:
        self.asked = tuple(asked)
        self.objective = objective
        self._made: dict[str, Metric] | None = None if asked else {}

    def __bool__(self) -> bool:
        return bool(self.asked)

    def reset(self) -> None:
        """Forget all batches."""
        for metric in (self._made or {}).values():
            metric.reset()

    def update(self, batch: Batch) -> None:
        """Take the outputs of one batch."""
        targets = batch.targets._array
        if self._made is None:
            self._made = self.objective.metrics(self.asked, targets)
            self.reset()
        outputs = getattr(batch.outputs, "_array", batch.outputs)
        weights = None if batch.weights is None else batch.weights._array
        for metric in self._made.values():
            metric.update(outputs, targets, weights)

    def result(self) -> dict[str, float]:
        """The number of each metric, by its name."""
        return {name: metric.result() for name, metric in (self._made or {}).items()}
