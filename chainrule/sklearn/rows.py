"""The rows of a fit, as the Trainer takes them: dense, of one type, with their weights."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from chainrule.data.arrays import Array, Ints

AT_ONCE = 1 << 20  # numbers that are looked at together


@dataclass(frozen=True)
class Rows:
    """Inputs, targets and weights, row by row.

    Attributes:
        inputs: (n, d), or a tuple of arrays, one for each argument of the network.
        targets: (n, K), or (n,) class numbers.
        weights: (n,), or None where every row counts the same.
    """

    inputs: Any
    targets: Array
    weights: Array | None = None

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.targets)

    @property
    def parts(self) -> tuple[Array, ...]:
        """The inputs as a tuple, one array or several."""
        return self.inputs if isinstance(self.inputs, tuple) else (self.inputs,)

    @property
    def data(self) -> tuple[Any, ...]:
        """What `Trainer.fit` takes."""
        return (self.inputs, self.targets) if self.weights is None else (self.inputs, self.targets, self.weights)

    def take(self, rows: Ints) -> Self:
        """Only these rows, in this order."""
        parts = tuple(part[rows] for part in self.parts)
        inputs = parts if isinstance(self.inputs, tuple) else parts[0]
        return type(self)(inputs, self.targets[rows], None if self.weights is None else self.weights[rows])

    def by_content(self) -> Ints:
        """An order of the rows that depends on what stands in them and not on where they stand.

        Rows that are alike come together: so a row of weight 2 and the same row twice, wherever it stood, are learnt
        from in the same order.
        """
        keys = np.zeros(self.count, np.uint64)
        with np.errstate(over="ignore"):
            for number, part in enumerate((*self.parts, self.targets)):
                flat = part.reshape(self.count, -1)
                step = max(1, AT_ONCE // max(1, flat.shape[1]))
                places = _mixed(np.arange(flat.shape[1], dtype=np.uint64) + np.uint64(number << 32))
                for start in range(0, self.count, step):
                    words = _words(flat[start : start + step])
                    keys[start : start + step] += _mixed(words + places).sum(axis=1, dtype=np.uint64)
        return np.argsort(keys, kind="stable").astype(np.int64, copy=False)


def dense_rows(X: Any) -> Array:
    """Rows in C order; those of a sparse matrix with its zeros."""
    return np.ascontiguousarray(X.toarray() if hasattr(X, "toarray") else X)


def _words(numbers: Array) -> Array:
    """Numbers as 64 bits each; -0 as 0."""
    if numbers.dtype.kind != "f":
        return numbers.astype(np.int64).view(np.uint64)
    return (numbers.astype(np.float64) + 0.0).view(np.uint64)


def _mixed(words: Array) -> Array:
    """Words of which every bit depends on all bits of the given ones: the last steps of SplitMix64."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(words ^ (words >> np.uint64(31)))
