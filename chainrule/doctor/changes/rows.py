"""Other rows to learn from: some left out, or in another order."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def finite(groups: Sequence[Mapping[str, NDArray[Any]]]) -> Change:
    """Without the rows in which there is NaN or infinity.

    Args:
        groups: rows to learn from, rows to judge by: their parts by the names that these have in code.
    """

    def data(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        parts = [np.asarray(part) for part in rows]
        stay = finite_rows(parts)
        return tuple(part[stay] for part in parts)

    count, lines = 0, []
    for parts in groups:
        bad = [f"np.isfinite({name}){_of_row(part)}" for name, part in parts.items() if not finite_rows([part]).all()]
        if bad:
            count += int(np.count_nonzero(~finite_rows([*parts.values()])))
            lines += [f"clean = {' & '.join(bad)}", f"{', '.join(parts)} = {', '.join(f'{n}[clean]' for n in parts)}"]
    return Change("finite", {"count": count, "code": "\n".join(lines)}, data=data, comparable=False)


def _of_row(part: NDArray[Any]) -> str:
    """What makes one answer a row of one a number."""
    return f".all(axis={1 if part.ndim == 2 else tuple(range(1, part.ndim))})" if part.ndim > 1 else ""


def finite_rows(parts: Sequence[NDArray[Any]]) -> NDArray[np.bool_]:
    """(n,) whether all numbers of a row are numbers; whole numbers and words always are."""
    found = [np.isfinite(part).reshape(len(part), -1).all(axis=1) for part in parts if part.dtype.kind in "fc"]
    whole: NDArray[np.bool_] = np.logical_and.reduce([np.ones(len(parts[0]), bool), *found])
    return whole


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
