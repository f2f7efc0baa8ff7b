"""Where batches come from: rows in memory, or somebody's loader."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.data.arrays import Array, Ints
from chainrule.data.order import batches, epoch_order
from chainrule.errors import DataError, DtypeError, ShapeError
from chainrule.metrics import gates
from chainrule.tape.tracked import wrap
from chainrule.train.batch import Batch
from chainrule.train.casting import Casting
from chainrule.train.class_weights import ClassWeights

Mass = Callable[[Array, Array | None], float]


class ArrayFeed:
    """Rows in memory, ready to be learnt from; rows of weight 0 are not among them.

    Args:
        inputs: (n, ...) arrays, one an argument of the network.
        targets: (n, ...) array.
        weights: (n,) float64, or None for all 1.
        mass: what targets and weights of a batch count in means, where that is not the sum of its weights.
        names: of the columns of the inputs, where somebody knows them.
    """

    def __init__(
        self, inputs: tuple[Array, ...], targets: Array, weights: Array | None = None, mass: Mass | None = None,
        names: Sequence[str] = (),
    ) -> None:
        if weights is not None and not weights.all():
            rows = np.flatnonzero(weights)
            inputs, targets, weights = tuple(part[rows] for part in inputs), targets[rows], weights[rows]
        self.inputs = inputs
        self.targets = targets
        self.weights = weights
        self.rows = len(targets)
        self._weights = None if weights is None else weights.astype(_float_of(inputs, targets))
        self.mass = mass
        self.names = names
        self._size = self._counts(self.targets, self.weights)

    def take(self, rows: Ints) -> "ArrayFeed":
        """Only these rows, in this order."""
        weights = None if self.weights is None else self.weights[rows]
        return ArrayFeed(tuple(part[rows] for part in self.inputs), self.targets[rows], weights, self.mass, self.names)

    def count_by(self, mass: Mass | None) -> None:
        """Let batches count in means what `mass` says."""
        self.mass = mass
        self._size = self._counts(self.targets, self.weights)

    def weighted(self, class_weights: ClassWeights, where: str) -> "ArrayFeed":
        """The same rows, with the weights of their classes too."""
        weights = class_weights.of(self.targets, f"{where}, y")
        if self.weights is not None:
            weights = weights * self.weights
        if not weights.any():
            raise DataError("train.weightless", where)
        return ArrayFeed(self.inputs, self.targets, weights, self.mass, self.names)

    def count(self, batch_size: int, join_single: bool = False) -> int:
        """How many batches an epoch has."""
        whole, rest = divmod(self.rows, batch_size)
        return whole + (rest > 0 and not (join_single and rest == 1 and whole > 0))

    def epoch(
        self, number: int, batch_size: int, seed: int | None = None, join_single: bool = False
    ) -> Iterator[Batch]:
        """The batches of epoch `number`, shuffled by `seed`, or in order without one."""
        if batch_size >= self.rows or (join_single and batch_size == self.rows - 1):
            weights = None if self._weights is None else wrap(self._weights)
            yield Batch(0, tuple([wrap(part) for part in self.inputs]), wrap(self.targets), weights, self._size)
            return
        order = None if seed is None else epoch_order(self.rows, seed, number)
        if order is None:
            for place, rows in enumerate(batches(self.rows, batch_size, join_single=join_single)):
                yield self._batch(place, slice(int(rows[0]), int(rows[-1]) + 1), len(rows))
        else:
            for place, rows in enumerate(batches(self.rows, batch_size, order, join_single=join_single)):
                yield self._batch(place, rows, len(rows))

    def _batch(self, number: int, rows: Ints | slice, count: int) -> Batch:
        inputs = tuple([wrap(part[rows]) for part in self.inputs])
        targets = self.targets[rows]
        if self.weights is None or self._weights is None:
            return Batch(number, inputs, wrap(targets), None, count if self.mass is None else self.mass(targets, None))
        weights = self.weights[rows]
        return Batch(number, inputs, wrap(targets), wrap(self._weights[rows]), self._counts(targets, weights))

    def judged(self, number: int, rows: Any) -> Batch:
        """Some rows as a batch without inputs: for metrics, which look at outputs."""
        weights = None if self._weights is None else wrap(self._weights[rows])
        return Batch(number, (), wrap(self.targets[rows]), weights, 0.0)

    def _counts(self, targets: Array, weights: Array | None) -> float:
        if self.mass is not None:
            return self.mass(targets, weights)
        return float(len(targets) if weights is None else weights.sum())


class LoaderFeed:
    """Batches as somebody else makes them: a `DataLoader`, a list of batches, anything with `for`.

    Args:
        source: gives `(X, y)`, `(X, y, weights)`, or X alone, which is then its own target.
        casting: how numbers are brought to the network.
        class_weights: weights of the classes, if there are any.
        mass: what targets and weights of a batch count in means, where that is not the sum of its weights.
        where: for errors.
    """

    def __init__(
        self, source: Iterable[Any], casting: Casting, class_weights: ClassWeights | None, mass: Mass | None, where: str
    ) -> None:
        self.source = source
        self.casting = casting
        self.class_weights = class_weights
        self.mass = mass
        self.where = where

    def count(self, batch_size: int, join_single: bool = False) -> int | None:
        """How many batches an epoch has; None where nobody knows."""
        try:
            return len(self.source)  # type: ignore[arg-type]  # asked, not known
        except TypeError:
            return None

    def epoch(
        self, number: int, batch_size: int, seed: int | None = None, join_single: bool = False
    ) -> Iterator[Batch]:
        """The batches of epoch `number`; a loader that counts epochs is set to it, size and order are its own."""
        if isinstance(getattr(self.source, "epoch", None), int):
            self.source.epoch = number  # type: ignore[attr-defined]  # just looked
        parts = (self.parts(item, place) for place, item in enumerate(self.source))
        place = -1
        for place, (inputs, targets, weights) in enumerate(_joined(parts) if join_single else parts):
            size = float(len(targets) if weights is None else weights.sum())
            size = size if self.mass is None else self.mass(targets, weights)
            row_weights = None if weights is None else wrap(weights.astype(self.casting.dtype))
            yield Batch(place, tuple([wrap(part) for part in inputs]), wrap(targets), row_weights, size)
        if place < 0:
            raise DataError("train.no_batches", self.where, epoch=number)

    def state_dict(self) -> dict[str, Any]:
        """What the orders to come depend on, where the source can tell."""
        found: dict[str, Any] = self.source.state_dict() if hasattr(self.source, "state_dict") else {}
        return found

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Let the source go on from the `state` that it gave."""
        if state and hasattr(self.source, "load_state_dict"):
            self.source.load_state_dict(state)

    def parts(self, item: Any, place: int) -> tuple[tuple[Array, ...], Array, Array | None]:
        """Inputs, targets and weights of the batch `item`, the one of number `place`."""
        where = f"{self.where}, batch {place}"
        given = tuple(item) if isinstance(item, tuple | list) else (item,)
        if not 1 <= len(given) <= 3 or isinstance(item, dict | str):
            raise DtypeError("train.batch_parts", where, got=type(item).__name__, count=len(given))
        feed = arrays(given, self.casting, where)
        if self.class_weights is not None:
            feed = feed.weighted(self.class_weights, where)
        return feed.inputs, feed.targets, feed.weights


def arrays(
    given: Sequence[object], casting: Casting, where: str, sample_weight: object = None, names: Sequence[str] = ()
) -> ArrayFeed:
    """The rows behind `(X, y)`, `(X,)` or `(X, y, weights)`, checked.

    Raises:
        DataError: nothing in it, NaN or infinity.
        ShapeError: parts that differ in rows.
    """
    parts = given[0] if isinstance(given[0], tuple) else (given[0],)
    labels = [f"X[{place}]" for place in range(len(parts))] if len(parts) > 1 else ["X"]
    inputs = tuple(casting.inputs(part, f"{where}, {label}", names) for part, label in zip(parts, labels, strict=True))
    targets = inputs[0] if len(given) == 1 else casting.targets(given[1], f"{where}, y")
    for part in (*inputs, targets):
        if len(part) != len(inputs[0]):
            raise ShapeError("train.rows_differ", where, inputs=inputs[0].shape, targets=part.shape)
    if not len(targets) or not all(part.size for part in inputs):
        raise DataError("train.empty", where, shape=inputs[0].shape)
    given_weights = given[2] if len(given) == 3 else sample_weight
    weights = None
    if given_weights is not None:
        weights = gates.weights(given_weights, len(targets), f"{where}, sample_weight")
    return ArrayFeed(inputs, targets, weights, names=names)


def _joined(
    parts: Iterator[tuple[tuple[Array, ...], Array, Array | None]],
) -> Iterator[tuple[tuple[Array, ...], Array, Array | None]]:
    """The same batches, but a last one of a single row joins the one before it."""
    held = next(parts, None)
    for following in parts:
        assert held is not None
        if len(following[1]) > 1:
            yield held
            held = following
            continue
        after = next(parts, None)
        if after is not None:
            yield held
            yield following
            held = after
            continue
        inputs = tuple(np.concatenate(pair) for pair in zip(held[0], following[0], strict=True))
        weights = None
        if held[2] is not None and following[2] is not None:
            weights = np.concatenate([held[2], following[2]])
        held = (inputs, np.concatenate([held[1], following[1]]), weights)
    if held is not None:
        yield held


def _float_of(inputs: tuple[Array, ...], targets: Array) -> np.dtype[np.generic]:
    """The floating-point type in which these rows come; float32 when all are whole numbers."""
    return next((part.dtype for part in (*inputs, targets) if part.dtype.kind == "f"), np.dtype(np.float32))
