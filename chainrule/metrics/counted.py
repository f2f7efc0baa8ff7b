"""Metrics of classes that are sums over rows: accuracy, balanced accuracy, precision, recall, F1, top-k accuracy."""

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import whole
from chainrule.errors import ArgumentError, ShapeError
from chainrule.metrics.classification import balanced
from chainrule.metrics.counts import Average, Share, by_class, checked_average, checked_zero_division, confusion, share
from chainrule.metrics.meaning import Batch, Meaning, Outputs, Task
from chainrule.metrics.metric import Metric
from chainrule.metrics.ranking import in_front


class Counted(Metric):
    """A metric that counts rows by their classes.

    Args:
        outputs: what the network gives: `"logits"` (before sigmoid or softmax), `"probabilities"` (after it), or
            `"classes"` (class numbers).
        task: `"binary"` (one output; targets 0 and 1, or shares), `"classes"` (one output a class; class numbers, or
            shares) or `"labels"` (several 0 and 1 a row); default by the shapes, which leave no doubt between the
            first two.
        threshold: the probability above which a row is of class 1.
        ignore_index: a class number whose rows do not count.
    """

    def __init__(
        self,
        outputs: Outputs = "logits",
        task: Task | None = None,
        threshold: float = 0.5,
        ignore_index: int | None = None,
    ) -> None:
        self.meaning = Meaning(outputs, task, threshold, ignore_index, getattr(self, "name", type(self).__name__))
        self.reset()

    def reset(self) -> None:
        self._total = 0.0
        self._broken = False
        self._task: Task | None = None
        self._clear()

    def update(self, outputs: object, targets: object, weights: object = None) -> None:
        batch = self.meaning.read(outputs, targets, weights)
        if self._task not in (None, batch.task):
            raise ShapeError("metrics.task_changed", self.name, before=self._task, now=batch.task)
        self._task = batch.task
        self._total += float(batch.weights.sum())
        if np.isnan(batch.scores).any():
            self._broken = True
        elif len(batch.scores):
            self._count(batch)

    def result(self) -> float:
        self._seen(self._total)
        return float("nan") if self._broken else self._score()

    @abstractmethod
    def _clear(self) -> None:
        """Set all counts to nothing."""

    @abstractmethod
    def _count(self, batch: Batch) -> None:
        """Add the rows of one batch."""

    @abstractmethod
    def _score(self) -> float:
        """The number for what was counted."""


class Accuracy(Counted):
    """The share of rows whose class is right; for `task="labels"` all labels of a row must be.

    With logits z a row is of class 1 when z > 0, with probabilities when p > threshold, and of several classes the one
    with the largest output.

    Args:
        outputs: `"logits"`, `"probabilities"` or `"classes"`: what the network gives.
        task: `"binary"`, `"classes"` or `"labels"`; default by the shapes.
        threshold: the probability above which a row is of class 1.
        ignore_index: a class number whose rows do not count.

    Example:
        >>> import chainrule.metrics
        >>> accuracy = chainrule.metrics.Accuracy(outputs="probabilities", threshold=0.8)
        >>> accuracy.update([[0.9], [0.7]], [[1.0], [1.0]])
        >>> accuracy.result()
        0.5
    """

    name = "accuracy"

    def _clear(self) -> None:
        self._right = 0.0

    def _count(self, batch: Batch) -> None:
        right = (self.meaning.decide(batch) == batch.actual).reshape(len(batch.scores), -1).all(axis=1)
        self._right += float(batch.weights[right].sum())

    def _score(self) -> float:
        return self._right / self._total


class TopKAccuracy(Counted):
    """The share of rows whose class is among the k largest outputs.

    Args:
        k: at least 1.
        outputs: `"logits"` or `"probabilities"`: what the network gives.
        ignore_index: a class number whose rows do not count.

    Raises:
        ArgumentError: for class numbers as outputs.

    Example:
        >>> import chainrule.metrics
        >>> top = chainrule.metrics.TopKAccuracy(k=2)
        >>> top.update([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]], [1, 2])
        >>> top.result()
        0.5
    """

    def __init__(self, k: int = 5, outputs: Outputs = "logits", ignore_index: int | None = None) -> None:
        self.k = whole(k, "TopKAccuracy, argument k", least=1)
        self.name = f"top_{self.k}_accuracy"
        if outputs == "classes":
            raise ArgumentError("metrics.needs_scores", f"{self.name}, argument outputs", got=repr(outputs))
        super().__init__(outputs, "classes", ignore_index=ignore_index)

    def _clear(self) -> None:
        self._right = 0.0

    def _count(self, batch: Batch) -> None:
        if self.k > batch.scores.shape[1]:
            raise ShapeError("metrics.few_classes", self.name, got=batch.scores.shape[1])
        self._right += float(batch.weights[in_front(batch.actual, batch.scores, self.k)].sum())

    def _score(self) -> float:
        return self._right / self._total


class Confusion(Counted):
    """Metrics that are made from the confusion matrix, or for `task="labels"` from each label's counts."""

    def _clear(self) -> None:
        self._matrix = np.zeros((0, 0))
        self._labels = np.zeros((3, 0))  # hits, predicted and actual of each label
        self._met = np.zeros(0, bool)

    def _count(self, batch: Batch) -> None:
        decided = self.meaning.decide(batch)
        if batch.task == "labels":
            weight = batch.weights[:, None]
            parts = (decided * batch.actual, decided, batch.actual)
            counts = np.stack([(weight * part).sum(axis=0) for part in parts])
            self._labels = counts if not self._labels.size else self._labels + counts
            return
        classes = batch.scores.shape[1] if batch.task == "classes" and self.meaning.outputs != "classes" else 2
        self._grow(max(classes, int(decided.max()) + 1, int(batch.actual.max()) + 1))
        self._matrix += confusion(batch.actual, decided, batch.weights, len(self._matrix))
        self._met[decided] = True
        self._met[batch.actual] = True

    def _grow(self, classes: int) -> None:
        more = classes - len(self._matrix)
        if more > 0:
            self._matrix = np.pad(self._matrix, (0, more))
            self._met = np.pad(self._met, (0, more))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(classes, classes) summed weights: row the true class, column the decided one."""
        return self._matrix.copy()


class BalancedAccuracy(Confusion):
    """The mean over classes of the share of their rows that were recognised.

    Args:
        outputs: `"logits"`, `"probabilities"` or `"classes"`: what the network gives.
        task: `"binary"` or `"classes"`; default by the shapes.
        threshold: the probability above which a row is of class 1.
        ignore_index: a class number whose rows do not count.

    Example:
        >>> import chainrule.metrics
        >>> balanced = chainrule.metrics.BalancedAccuracy()
        >>> balanced.update([[1.0], [1.0], [1.0], [1.0]], [[1.0], [1.0], [1.0], [0.0]])
        >>> balanced.result()
        0.5
    """

    name = "balanced_accuracy"

    def _count(self, batch: Batch) -> None:
        if batch.task == "labels":
            raise ShapeError("metrics.one_label", self.name, got=batch.scores.shape)
        super()._count(batch)

    def _score(self) -> float:
        return balanced(self._matrix)


class ShareMetric(Confusion):
    """Precision, recall or F1.

    Args:
        outputs: `"logits"`, `"probabilities"` or `"classes"`: what the network gives.
        task: `"binary"`, `"classes"` or `"labels"`; default by the shapes.
        average: over classes: `"macro"`, `"weighted"`, `"micro"`; default class 1 alone for `binary`, otherwise
            `"macro"`.
        threshold: the probability above which a row is of class 1.
        ignore_index: a class number whose rows do not count.
        zero_division: what a share of nothing is: 0, 1, or NaN, which averages leave out.
    """

    which: Share

    def __init__(
        self,
        outputs: Outputs = "logits",
        task: Task | None = None,
        average: Average | None = None,
        threshold: float = 0.5,
        ignore_index: int | None = None,
        zero_division: float = 0.0,
    ) -> None:
        self.average = checked_average(average, f"{self.which}, argument average")
        self.zero_division = checked_zero_division(zero_division, f"{self.which}, argument zero_division")
        self.name = self.which if average in (None, "binary") else f"{self.which}_{average}"
        if outputs == "classes" and task is None and average is None:
            raise ArgumentError("metrics.average_needed", f"{self.which}, argument average")
        super().__init__(outputs, task, threshold, ignore_index)

    def _score(self) -> float:
        how = self.average or ("binary" if self._task == "binary" else "macro")
        counts = self._labels if self._task == "labels" else by_class(self._matrix)
        if how == "binary":
            if self._task == "labels" or len(self._matrix) > 2:
                got = f"{counts.shape[1]} classes"
                raise ArgumentError("metrics.binary_average", f"{self.name}, argument average", got=got)
            counts = counts[:, 1:]
        elif self._task != "labels":
            counts = counts[:, self._met]
        found = share(self.which, counts, how, self.zero_division)
        return float(np.asarray(found).reshape(-1)[0])


class Precision(ShareMetric):
    """Of the rows decided as a class, the share that belong to it: TP / (TP + FP).

    Example:
        >>> import chainrule.metrics
        >>> precision = chainrule.metrics.Precision()
        >>> precision.update([[1.0], [1.0], [-1.0]], [[1.0], [0.0], [1.0]])
        >>> precision.result()
        0.5
    """

    which = "precision"


class Recall(ShareMetric):
    """Of the rows of a class, the share that were decided as such: TP / (TP + FN).

    Example:
        >>> import chainrule.metrics
        >>> recall = chainrule.metrics.Recall()
        >>> recall.update([[1.0], [1.0], [1.0]], [[1.0], [0.0], [1.0]])
        >>> recall.result()
        1.0
    """

    which = "recall"


class F1(ShareMetric):
    """The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

    Example:
        >>> import chainrule.metrics
        >>> f1 = chainrule.metrics.F1(average="macro")
        >>> f1.update([[2.0, 1.0, 0.0], [0.0, 2.0, 1.0], [0.0, 2.0, 1.0]], [0, 1, 2])
        >>> round(f1.result(), 4)
        0.5556
    """

    which = "f1"
