"""The training rows as all networks answered them: which are right, which are told apart."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.train.feed import ArrayFeed
from chainrule.train.objective import Objective

FEW = 32  # rows, up to which every single one has to be right
LEVELS = {  # of a loss that is a mean: what the loss of an answer that is wrong has at least
    "BCEWithLogitsLoss": float(np.log(2)), "BCELoss": float(np.log(2)), "CrossEntropyLoss": float(np.log(2)),
    "NLLLoss": float(np.log(2)), "MSELoss": 0.25, "L1Loss": 0.5,
}
COUNTS = ("PoissonNLLLoss", "QuantileLoss", "poisson_nll_loss", "quantile_loss")  # outputs are no answers of classes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answered:
    """Rows whose targets are classes, and what many networks answered to them.

    Attributes:
        given: (seeds, n, columns) float64: probabilities, or numbers that are 0 and 1 where they are sure.
        wanted: (n, columns) float64 of 0 and 1.
        one_of: whether a row has one of several classes, and the largest column counts.
    """

    given: Floats
    wanted: Floats
    one_of: bool

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """(seeds, n): whether a row is answered with its class."""
        if self.one_of:
            return np.asarray(self.given.argmax(axis=2) == self.wanted.argmax(axis=1))
        return np.asarray(((self.given > 0.5) == (self.wanted > 0.5)).all(axis=2))

    @cached_property
    def off(self) -> Floats:
        """(seeds, n): how far the worst column of a row is from its target."""
        return np.asarray(np.abs(self.given - self.wanted).max(axis=2))


def answered(outputs: Array | None, feed: ArrayFeed, objective: Objective) -> Answered | None:
    """The rows of a feed with their answers; None where targets are no classes.

    Args:
        outputs: (seeds, n, …) of the networks.
        feed: the rows.
        objective: knows what outputs and targets mean.
    """
    if outputs is None:
        return None
    seeds, n = outputs.shape[:2]
    targets, kind = feed.targets, objective.kind
    if kind.targets == "classes":
        if outputs.ndim != 3:
            return None
        wanted = _one_hot(targets, outputs.shape[2])
        if wanted is None:
            return None
        with np.errstate(all="ignore"):
            given = objective.probabilities(outputs.reshape(seeds * n, -1).astype(np.float64))
        return Answered(given.reshape(seeds, n, -1), wanted, one_of=True)
    if targets.size != outputs[0].size or targets.dtype.kind not in "fiub" or _name(objective.loss) in COUNTS:
        return None
    goals = targets.reshape(n, -1).astype(np.float64)
    with np.errstate(all="ignore"):
        given = objective.probabilities(outputs.reshape(seeds, n, -1).astype(np.float64))
    found = set(np.unique(goals).tolist())
    if found == {-1.0, 1.0}:
        return Answered((given + 1) / 2, (goals + 1) / 2, one_of=False)
    if found == {0.0, 1.0}:
        middle = 0.5 - objective.middle  # of a hinge loss 0 parts the classes, not a half
        return Answered(given + middle, goals, one_of=False)
    return None


def contradictory(feed: ArrayFeed) -> bool:
    """Whether equal rows have different targets, so that not all can be right."""
    n = feed.rows
    inputs = np.concatenate([part.reshape(n, -1).astype(np.float64) for part in feed.inputs], axis=1)
    both = np.concatenate([inputs, feed.targets.reshape(n, -1).astype(np.float64)], axis=1)
    return len(np.unique(inputs, axis=0)) < len(np.unique(both, axis=0))


def sure_loss(rows: Answered, feed: ArrayFeed, objective: Objective, loss: Any) -> float | None:
    """The loss below which every row is right, whatever the single losses are; None where it is not known."""
    least = LEVELS.get(type(loss).__name__)
    plain = all(objective.setting(name) is None for name in ("weight", "pos_weight"))
    if least is None or not plain or objective.setting("label_smoothing", 0) or feed.weights is not None:
        return None
    if objective.sums:
        return least
    return least / len(rows.wanted) / (1 if rows.one_of else rows.wanted.shape[1])


def _name(loss: Any) -> str:
    return str(getattr(loss, "__name__", type(loss).__name__))


def _one_hot(targets: Array, classes: int) -> Floats | None:
    """Class numbers, or rows with a single 1, as rows of 0 and 1."""
    if targets.ndim == 1 and targets.dtype.kind in "iu" and targets.min() >= 0 and targets.max() < classes:
        return np.eye(classes)[targets]
    whole = targets.ndim == 2 and targets.shape[1] == classes and np.isin(targets, (0, 1)).all()
    return targets.astype(np.float64) if whole and (targets.sum(axis=1) == 1).all() else None
