"""Other rows to learn from: some left out, or in another order."""

from typing import Any

import numpy as np

from chainrule.doctor.change import Change
from chainrule.train.class_weights import ClassWeights
from chainrule.train.trainer import Trainer


def balanced() -> Change:
    """Weights of the classes, so that each counts the same."""

    def alter(trainer: Trainer) -> None:
        trainer.class_weights = ClassWeights("balanced")

    return Change("balanced", {}, alter, comparable=False)


def left_out(keys: frozenset[bytes], why: str) -> Change:
    """Without the rows of these keys, as `keys_of` makes them; `why` tells it from leaving out others."""

    def data(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        parts = [np.asarray(part) for part in rows]
        stay = np.array([key not in keys for key in keys_of(parts[0], parts[1])])
        return tuple(part[stay] for part in parts) if stay.any() else rows

    return Change("left_out", {"count": len(keys), "why": why}, data=data, comparable=False)


def keys_of(X: Any, y: Any) -> list[bytes]:
    """A key for each row of X and y: equal for equal rows."""
    found = [row.tobytes() for row in np.asarray(X, dtype=np.float64).reshape(len(X), -1) + 0.0]  # + 0.0: no -0.0
    answers = [row.tobytes() for row in np.asarray(y, dtype=np.float64).reshape(len(y), -1) + 0.0]
    return [row + answer for row, answer in zip(found, answers, strict=True)]


def shuffled(parts: tuple[Any, ...], size: int) -> Change:
    """The rows of a loader as arrays, which are read in another order in each epoch, in batches of the same size."""
    return Change("shuffled", {}, batch_size=size, data=lambda rows: parts)


def own_order() -> Change:
    """The order of the Trainer itself, which is another one in each epoch, instead of that of a `fit` of one's own."""

    def alter(trainer: Trainer) -> None:
        trainer.fit = Trainer.fit.__get__(trainer)  # type: ignore[method-assign]  # of this Trainer alone

    return Change("shuffled", {}, alter)
