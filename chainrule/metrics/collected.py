"""Metrics that are made from scores: log loss, the area under the ROC curve, and functions of one's own."""

import inspect
from collections.abc import Callable

import numpy as np

from chainrule.data.arrays import Array, numbers
from chainrule.errors import ArgumentError, DtypeError, ShapeError
from chainrule.metrics.counted import Counted
from chainrule.metrics.gates import Doubles
from chainrule.metrics.meaning import Batch, Outputs, Task
from chainrule.metrics.metric import Metric
from chainrule.metrics.ranking import area


class LogLoss(Counted):
    """The mean of -Σ t log p over rows: what cross-entropy losses minimise, without their weights or smoothing.

    From logits it is taken stably, without ever forming p; probabilities are kept from 0 and 1 by 2.2e-16.

    Args:
        outputs: `"logits"` or `"probabilities"`: what the network gives.
        task: `"binary"` or `"classes"`; default by the shapes.
        ignore_index: a class number whose rows do not count.

    Raises:
        ArgumentError: for class numbers as outputs.

    Example:
        >>> import chainrule.metrics
        >>> loss = chainrule.metrics.LogLoss()
        >>> loss.update([[0.0], [-1000.0]], [[1.0], [0.0]])
        >>> round(loss.result(), 6)
        0.346574
    """

    name = "log_loss"
    better = "min"

    def __init__(self, outputs: Outputs = "logits", task: Task | None = None, ignore_index: int | None = None) -> None:
        if outputs == "classes":
            raise ArgumentError("metrics.needs_scores", "log_loss, argument outputs", got=repr(outputs))
        super().__init__(outputs, task, ignore_index=ignore_index)

    def _clear(self) -> None:
        self._sum = 0.0

    def _count(self, batch: Batch) -> None:
        if batch.task == "labels":
            raise ShapeError("metrics.one_label", self.name, got=batch.scores.shape)
        each = self._binary(batch) if batch.task == "binary" else self._of_classes(batch)
        self._sum += float((batch.weights * each).sum())

    def _binary(self, batch: Batch) -> Doubles:
        assert batch.targets is not None
        z, t = batch.scores[:, 0], batch.targets[:, 0]
        if self.meaning.outputs == "logits":
            return np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
        p = _inside(z)
        return -(t * np.log(p) + (1 - t) * np.log1p(-p))

    def _of_classes(self, batch: Batch) -> Doubles:
        if self.meaning.outputs == "logits":
            moved = batch.scores - batch.scores.max(axis=1, keepdims=True)
            logs = moved - np.log(np.exp(moved).sum(axis=1, keepdims=True))  # (n, k)
        else:
            logs = np.log(_inside(batch.scores))
        if batch.targets is None:
            own: Doubles = logs[np.arange(len(logs)), batch.actual]
            return -own
        mixed: Doubles = (batch.targets * logs).sum(axis=1)
        return -mixed

    def _score(self) -> float:
        return self._sum / self._total


class RocAuc(Counted):
    """The area under the ROC curve; keeps every output, for it is no sum.

    Several classes are taken each against the rest, from probabilities (softmax of logits); classes or labels without
    rows on both sides do not count, and NaN is what is left when none does.

    Args:
        outputs: `"logits"` or `"probabilities"`: what the network gives.
        task: `"binary"`, `"classes"` or `"labels"`; default by the shapes.
        weighted: average classes by their rows, instead of each alike.
        ignore_index: a class number whose rows do not count.

    Raises:
        ArgumentError: for class numbers as outputs.

    Example:
        >>> import chainrule.metrics
        >>> auc = chainrule.metrics.RocAuc()
        >>> auc.update([[0.1], [0.4], [0.35], [0.8]], [[0.0], [0.0], [1.0], [1.0]])
        >>> auc.result()
        0.75
    """

    name = "roc_auc"

    def __init__(
        self,
        outputs: Outputs = "logits",
        task: Task | None = None,
        weighted: bool = False,
        ignore_index: int | None = None,
    ) -> None:
        if outputs == "classes":
            raise ArgumentError("metrics.needs_scores", "roc_auc, argument outputs", got=repr(outputs))
        self.weighted = weighted
        super().__init__(outputs, task, ignore_index=ignore_index)

    def _clear(self) -> None:
        self._batches: list[tuple[Doubles, Array, Doubles]] = []

    def _count(self, batch: Batch) -> None:
        found = batch.scores
        if batch.task == "classes" and self.meaning.outputs == "logits":
            found = np.exp(found - found.max(axis=1, keepdims=True))
            found /= found.sum(axis=1, keepdims=True)
        if self._batches and self._batches[0][0].shape[1] != found.shape[1]:
            before = self._batches[0][0].shape[1]
            raise ShapeError("metrics.outputs_changed", self.name, before=before, now=found.shape[1])
        self._batches.append((found.copy(), batch.actual, batch.weights))

    def _score(self) -> float:
        found, actual, weight = (np.concatenate(parts) for parts in zip(*self._batches, strict=True))
        columns = range(found.shape[1])
        if self._task == "classes":
            own = [actual == k for k in columns]
        else:
            own = [actual.reshape(len(actual), -1)[:, k] == 1 for k in columns]
        each = np.array([area(own[k], found[:, k], weight) for k in columns])
        known = ~np.isnan(each)
        if not known.any():
            return float("nan")
        sizes = np.array([weight[rows].sum() for rows in own])[known] if self.weighted else None
        return float(np.average(each[known], weights=sizes))


class FunctionMetric(Metric):
    """A function of one's own as a metric: it is given all targets and all outputs at once.

    Args:
        function: called as `function(targets, outputs)` with NumPy arrays, as scikit-learn's metrics are, and with
            `sample_weight=` as well when there are weights and it takes them; gives back a number.
        name: under which it stands in a history; default the name of the function.

    Raises:
        DtypeError: for something that cannot be called.

    Example:
        >>> import numpy as np
        >>> import chainrule.metrics
        >>> worst = chainrule.metrics.FunctionMetric(lambda y, p: np.abs(y - p).max(), name="worst")
        >>> worst.update([[1.0], [2.0]], [[1.5], [4.0]])
        >>> worst.result()
        2.0
    """

    def __init__(self, function: Callable[..., object], name: str | None = None) -> None:
        if not callable(function):
            raise DtypeError("metrics.not_callable", "FunctionMetric, argument function", got=type(function).__name__)
        self.function = function
        self.name = name or str(getattr(function, "__name__", type(function).__name__))
        self.reset()

    def reset(self) -> None:
        self._batches: list[tuple[Array, Array]] = []
        self._weights: list[Array] = []

    def update(self, outputs: object, targets: object, weights: object = None) -> None:
        given, wanted = numbers(outputs, f"{self.name}, outputs"), numbers(targets, f"{self.name}, targets")
        if not given.ndim or not wanted.ndim or len(given) != len(wanted):
            raise ShapeError("metrics.unfit", self.name, outputs=given.shape, targets=wanted.shape)
        self._batches.append((wanted.copy(), given.copy()))
        heavy = np.ones(len(given)) if weights is None else numbers(weights, f"{self.name}, weights").reshape(-1)
        if len(heavy) != len(given):
            raise ShapeError("metrics.weight_shape", f"{self.name}, weights", got=heavy.shape, rows=len(given))
        self._weights.append(heavy.astype(np.float64))

    def result(self) -> float:
        self._seen(sum(len(given) for given, _ in self._batches))
        wanted, given = (np.concatenate(parts) for parts in zip(*self._batches, strict=True))
        weight = np.concatenate(self._weights)
        more = {"sample_weight": weight} if (weight != 1).any() and self._takes_weights() else {}
        found = np.asarray(self.function(wanted, given, **more))
        if found.size != 1 or found.dtype.kind not in "biuf":
            raise ShapeError("metrics.one_number", self.name, got=f"{found.shape} {found.dtype}")
        return float(found.reshape(-1)[0])

    def _takes_weights(self) -> bool:
        try:
            return "sample_weight" in inspect.signature(self.function).parameters
        except (TypeError, ValueError):
            return False


def _inside(p: Doubles) -> Doubles:
    eps = np.finfo(np.float64).eps
    return np.clip(p, eps, 1 - eps)
