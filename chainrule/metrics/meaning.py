"""What a network's outputs and its targets mean, and which class each row then is.

| task      | outputs               | targets                                  | a row's class                  |
|-----------|-----------------------|------------------------------------------|--------------------------------|
| `binary`  | (n, 1) or (n,)        | same shape, from 0 to 1                  | p > threshold; target > 1/2    |
| `classes` | (n, k) or (n, k, ...) | (n, ...) class numbers, or shares (n, k) | the largest; of equals, first  |
| `labels`  | (n, k)                | (n, k), from 0 to 1                      | each column as in `binary`     |

Without a task the shapes decide between the first two, and what could be two of them is refused.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array, numbers, real, whole
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.metrics.gates import Doubles

Outputs = Literal["logits", "probabilities", "classes", "numbers"]
Task = Literal["binary", "classes", "labels", "numbers"]


@dataclass(frozen=True)
class Batch:
    """One batch, its rows made plain.

    Attributes:
        task: which of the three.
        scores: (n, k) outputs as float64; (n, 1) for `binary`.
        targets: (n, k) shares for `binary`, `labels` and soft `classes`; otherwise `None`.
        actual: (n,) class numbers, or (n, k) of 0 and 1 for `labels`.
        weights: (n,) float64.
    """

    task: Task
    scores: Doubles
    targets: Doubles | None
    actual: NDArray[np.int64]
    weights: Doubles


@dataclass(frozen=True)
class Meaning:
    """How outputs are to be read.

    Args:
        outputs: `"logits"` (before sigmoid or softmax), `"probabilities"` (after it), or `"classes"` (class numbers).
        task: `"binary"`, `"classes"` or `"labels"`; default by the shapes.
        threshold: the probability above which a row is of class 1, between 0 and 1; for `binary` and `labels`.
        ignore_index: a class number whose rows do not count; for `classes`.
        where: who asks, for errors.
    """

    outputs: Outputs = "logits"
    task: Task | None = None
    threshold: float = 0.5
    ignore_index: int | None = None
    where: str = "metric"

    def __post_init__(self) -> None:
        if self.outputs not in ("logits", "probabilities", "classes"):
            raise ArgumentError("metrics.outputs", f"{self.where}, argument outputs", got=repr(self.outputs))
        if self.task not in (None, "binary", "classes", "labels"):
            raise ArgumentError("metrics.task", f"{self.where}, argument task", got=repr(self.task))
        if not 0 < real(self.threshold, f"{self.where}, argument threshold", least=0, most=1) < 1:
            raise ArgumentError("metrics.threshold", f"{self.where}, argument threshold", got=self.threshold)
        if self.ignore_index is not None:
            whole(self.ignore_index, f"{self.where}, argument ignore_index", least=-(2**62))

    def read(self, outputs: object, targets: object, weights: object) -> Batch:
        """The batch behind what a network gave and what it should have given.

        Raises:
            ShapeError: for shapes that do not fit each other or the task, or could mean two things.
            DataError: for targets that are no classes or shares.
        """
        given = numbers(outputs, f"{self.where}, outputs").astype(np.float64)
        wanted = numbers(targets, f"{self.where}, targets")
        task = self._task(given, wanted)
        if task == "classes":
            batch = self._of_classes(given, wanted)
        else:
            self._fit(given, wanted, task)
            if self.outputs == "classes" and not np.isin(given, (0, 1)).all():
                got = given[~np.isin(given, (0, 1))][0]
                raise DataError("metrics.class_numbers", f"{self.where}, outputs", got=got, most=1)
            shares = _columns(self._shares(wanted))
            actual = (shares > 0.5).astype(np.int64)
            actual = actual if task == "labels" else actual.reshape(-1)
            batch = Batch(task, _columns(given), shares, actual, np.ones(len(given)))
        batch = replace(batch, weights=_spread(weights, wanted, len(batch.scores), self.where))
        return self._heeded(batch)

    def decide(self, batch: Batch) -> NDArray[np.int64]:
        """The class of each row by its outputs, in the shape of `batch.actual`."""
        if self.outputs == "classes":
            found = batch.scores.astype(np.int64)
            return found if batch.task == "labels" else found.reshape(-1)
        if batch.task == "classes":
            largest: NDArray[np.int64] = batch.scores.argmax(axis=1)
            return largest
        least = self.threshold
        if self.outputs == "logits":
            least = float(np.log(self.threshold) - np.log1p(-self.threshold))
        above = (batch.scores > least).astype(np.int64)
        return above if batch.task == "labels" else above.reshape(-1)

    def _task(self, given: Array, wanted: Array) -> Task:
        if self.task is not None:
            return self.task
        column = given.ndim == 1 or given.shape[1:] == (1,)
        if self.outputs == "classes":
            if column:
                return "classes"
        elif column and given.shape == wanted.shape:
            return "binary"
        elif given.ndim > 1 and given.shape[1] > 1 and wanted.shape == (given.shape[0], *given.shape[2:]):
            return "classes"
        if given.shape == wanted.shape and given.ndim > 1 and not column:
            raise ShapeError("metrics.ambiguous", self.where, got=given.shape)
        raise ShapeError("metrics.unfit", self.where, outputs=given.shape, targets=wanted.shape)

    def _of_classes(self, given: Doubles, wanted: Array) -> Batch:
        if self.outputs == "classes":
            self._fit(given, wanted, "classes")
            actual = self._class_numbers(wanted.reshape(-1), None)
            self._class_numbers(given.reshape(-1), None)
            return Batch("classes", _columns(given), None, actual, np.ones(len(given)))
        if given.ndim < 2 or given.shape[1] < 2:
            raise ShapeError("metrics.unfit", self.where, outputs=given.shape, targets=wanted.shape)
        flat = np.moveaxis(given, 1, -1).reshape(-1, given.shape[1])  # (n ..., k)
        if wanted.shape == (given.shape[0], *given.shape[2:]):
            actual = self._class_numbers(wanted.reshape(-1), given.shape[1])
            return Batch("classes", flat, None, actual, np.ones(len(flat)))
        if wanted.shape != given.shape:
            raise ShapeError("metrics.unfit", self.where, outputs=given.shape, targets=wanted.shape)
        shares = self._shares(np.moveaxis(wanted, 1, -1).reshape(flat.shape))
        return Batch("classes", flat, shares, shares.argmax(axis=1), np.ones(len(flat)))

    def _fit(self, given: Array, wanted: Array, task: Task) -> None:
        columns = given.ndim == 2 and (task == "labels" or given.shape[1] == 1)
        if given.shape != wanted.shape or not (columns or (given.ndim == 1 and task != "labels")):
            raise ShapeError("metrics.unfit", self.where, outputs=given.shape, targets=wanted.shape)

    def _shares(self, wanted: Array) -> Doubles:
        shares = wanted.astype(np.float64)
        wrong = ~((shares >= 0) & (shares <= 1))
        if wrong.any():
            raise DataError("metrics.no_share", f"{self.where}, targets", got=shares[wrong][0])
        return shares

    def _class_numbers(self, wanted: Array, classes: int | None) -> NDArray[np.int64]:
        heeded = wanted[wanted != self.ignore_index] if self.ignore_index is not None else wanted
        wrong = (heeded < 0) | (heeded != np.floor(heeded))
        if classes is not None:
            wrong |= heeded >= classes
        if wrong.any():
            most = "…" if classes is None else classes - 1
            raise DataError("metrics.class_numbers", f"{self.where}, targets", got=heeded[wrong][0], most=most)
        return wanted.astype(np.int64)

    def _heeded(self, batch: Batch) -> Batch:
        if self.ignore_index is None or batch.task != "classes" or batch.targets is not None:
            return batch
        keep = batch.actual != self.ignore_index
        return replace(batch, scores=batch.scores[keep], actual=batch.actual[keep], weights=batch.weights[keep])


def _columns(found: Doubles) -> Doubles:
    return found.reshape(-1, 1) if found.ndim == 1 else found


def _spread(given: object, wanted: Array, rows: int, where: str) -> Doubles:
    """One weight a row of the batch; one a sample is used for each of its places."""
    if given is None:
        return np.ones(rows)
    found = numbers(given, f"{where}, weights").astype(np.float64)
    wrong = ~(np.isfinite(found) & (found >= 0))
    if wrong.any():
        raise DataError("metrics.weight_negative", f"{where}, weights", got=found[wrong][0])
    if found.shape in ((len(wanted),), (len(wanted), 1)):
        return np.repeat(found.reshape(-1), rows // max(1, len(wanted)))
    if found.size == rows and found.shape == wanted.shape:
        return found.reshape(-1)
    raise ShapeError("metrics.weight_shape", f"{where}, weights", got=found.shape, rows=len(wanted))
