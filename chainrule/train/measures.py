"""The metrics of a training, made when the first targets are seen: only they tell what is to be counted."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.data.arrays import Array
from chainrule.errors import ShapeError
from chainrule.metrics.meaning import Meaning
from chainrule.metrics.metric import Metric
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor
from chainrule.train.batch import Batch
from chainrule.train.objective import Objective

TOGETHER = 1 << 14  # outputs that are held before metrics look at them: a look costs as much as a small step


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
        self._like: tuple[tuple[int, ...], str] | None = None  # targets that the metrics were made for
        self._held: list[Batch] = []
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self.asked)

    def reset(self) -> None:
        """Forget all batches."""
        self._held, self._size = [], 0
        for metric in (self._made or {}).values():
            metric.reset()

    def update(self, batch: Batch) -> None:
        """Take the outputs of one batch; small batches are looked at together."""
        if not isinstance(batch.outputs, Tensor):
            raise ShapeError("train.outputs", "Trainer, metrics", got=type(batch.outputs).__name__, rows=batch.rows)
        self._held.append(batch)
        self._size += batch.outputs._array.size
        if self._size > TOGETHER:
            self._look()

    def result(self) -> dict[str, float]:
        """The number of each metric, by its name."""
        self._look()
        return {name: metric.result() for name, metric in (self._made or {}).items()}

    def _look(self) -> None:
        """Let the metrics see what is held."""
        if not self._held:
            return
        held, self._held, self._size = self._held, [], 0
        targets = _together([batch.targets for batch in held])
        if self._made is None:
            self._make(targets)
        outputs = _together([batch.outputs for batch in held])
        weights = None if held[0].weights is None else _together([batch.weights for batch in held])
        for metric in (self._made or {}).values():
            metric.update(outputs, targets, weights)

    def _make(self, targets: Array) -> None:
        self._like = (1, *targets.shape[1:]), targets.dtype.str
        self._made = self.objective.metrics(self.asked, targets)
        for metric in self._made.values():
            metric.reset()

    # --- in the middle of an epoch ------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """What was counted so far, and the batches that wait: grouped as they are, for their sums show it."""
        held = [[batch.outputs, batch.targets, batch.weights] for batch in self._held]
        counted = {name: _counts(metric) for name, metric in (self._made or {}).items()}
        return {"like": self._like, "held": held, "counted": counted}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from the `state` that `state_dict` gave."""
        self.reset()
        if state["like"] is not None and self._made is None:
            shape, kind = state["like"]
            self._make(np.zeros(shape, kind))
        for name, counted in state["counted"].items():
            metric = (self._made or {}).get(name)
            if metric is not None:
                vars(metric).update((key, counted[key]) for key in _counts(metric).keys() & counted.keys())
        for outputs, targets, weights in state["held"]:
            batch = Batch(0, (), wrap(targets), None if weights is None else wrap(weights), 0.0)
            batch.outputs = wrap(outputs)
            self._held.append(batch)
            self._size += outputs.size


def _counts(metric: Metric) -> dict[str, Any]:
    return {
        name: value for name, value in vars(metric).items() if not callable(value) and not isinstance(value, Meaning)
    }


def _together(parts: Sequence[Any]) -> Array:
    arrays = [part._array for part in parts]
    return np.concatenate(arrays) if len(arrays) > 1 else np.asarray(arrays[0])
