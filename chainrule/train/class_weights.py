"""Weights of classes, spread over rows."""

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.data.arrays import Array, real
from chainrule.errors import ArgumentError, DataError
from chainrule.metrics.gates import Doubles

_WHERE = "Trainer, argument class_weight"


class ClassWeights:
    """How much the rows of each class count.

    Args:
        given: class number to weight, one weight a class in order, or `"balanced"`: n / (K · rows of the class), so
            that every class counts the same.

    Attributes:
        known: class number to weight; None before balanced ones have been learnt.
        balanced: whether they are to be learnt.
        listed: whether they came in order, one a class.

    Raises:
        ArgumentError: for anything else, or weights below 0.
    """

    def __init__(self, given: object) -> None:
        self.known: dict[float, float] | None = None
        self.listed = isinstance(given, Sequence | np.ndarray) and not isinstance(given, str)
        self.balanced = isinstance(given, str) and given == "balanced"
        if isinstance(given, Mapping):
            self.known = {_number(name): real(weight, _WHERE, least=0.0) for name, weight in given.items()}
        elif isinstance(given, Sequence | np.ndarray) and not isinstance(given, str):
            self.known = {float(name): real(weight, _WHERE, least=0.0) for name, weight in enumerate(given)}
        elif not self.balanced:
            raise ArgumentError("train.class_weight", _WHERE, got=repr(given))

    def learn(self, targets: Array, where: str) -> None:
        """Count the classes of the rows that are learnt from, where weights are to be balanced."""
        if self.balanced:
            names, counts = np.unique(_labels(targets, where), return_counts=True)
            total = counts.sum() / len(names)
            self.known = {float(name): float(total / count) for name, count in zip(names, counts, strict=True)}

    def of(self, targets: Array, where: str) -> Doubles:
        """(n,) weights of the rows; a class that is not named counts 1."""
        labels = _labels(targets, where)
        names, places = np.unique(labels, return_inverse=True)
        known = self.known or {}
        return np.array([known.get(float(name), 1.0) for name in names])[places]


def _number(name: object) -> float:
    try:
        return float(name)  # type: ignore[arg-type]  # refused below
    except (TypeError, ValueError):
        raise ArgumentError("train.class_weight_name", _WHERE, got=repr(name)) from None


def _labels(targets: Array, where: str) -> Array:
    """(n,) class numbers, from whole numbers or 0 and 1."""
    labels = targets.reshape(len(targets), -1)
    if labels.shape[1] != 1 or (labels.dtype.kind == "f" and (labels != np.floor(labels)).any()):
        raise DataError("train.class_weight_targets", where, shape=targets.shape)
    return labels[:, 0]
