"""A published case."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from corpus.samples import TEST
from corpus.sets import Part
from corpus.setup import Array, Rows, Setup

SHEET = "https://github.com/ArabelaTso/DeepFD, Benchmark/Benchmark-with-patches.xlsx"


@dataclass(frozen=True)
class Post:
    """A question of StackOverflow with its answer, as DeepFD's sheet of patches sums it up.

    Attributes:
        number: of the question: https://stackoverflow.com/questions/NUMBER.
        said: what the sheet says was wrong.
        faults: the same in our names; each of them counts as right.
        chosen: what the sheet leaves open, and was chosen here.
        setup: the training.
        part: of the corpus.
    """

    number: int
    said: str
    faults: tuple[str, ...]
    chosen: str
    setup: Callable[[np.random.Generator], Setup]
    part: Part = "sealed"

    @property
    def link(self) -> str:
        """Where it was asked."""
        return f"https://stackoverflow.com/questions/{self.number}"


def split(X: Array, y: Array, n: int) -> tuple[Rows, Rows]:
    """The first rows to learn from, the others to judge by."""
    return (X[:n], y[:n]), (X[n:], y[n:])


def two_classes(rng: np.random.Generator, n: int, columns: int, scale: float = 1.0) -> tuple[Rows, Rows]:
    """A table with a bent border between two classes; its columns on scales up to `scale`."""
    X = rng.normal(size=(n + TEST, columns))
    score = X[:, 0] + X[:, 1] * X[:, 2 % columns] + 0.5 * X[:, -1]
    return split(_spread(rng, X, scale), (score > 0).astype(np.float64)[:, None], n)


def classes(rng: np.random.Generator, n: int, columns: int, count: int, scale: float = 1.0) -> tuple[Rows, Rows]:
    """Clouds, one a class, in several columns."""
    y = rng.integers(0, count, n + TEST)
    X = rng.normal(size=(count, columns))[y] * 2.0 + rng.normal(size=(n + TEST, columns)) * 0.7
    return split(_spread(rng, X, scale), y.astype(np.int64), n)


def numbers(
    rng: np.random.Generator, n: int, columns: int, scale: float = 1.0, factor: float = 1.0
) -> tuple[Rows, Rows]:
    """A bent surface with a little noise, times `factor`."""
    X = rng.normal(size=(n + TEST, columns))
    y = np.sin(X[:, :1]) + 0.5 * X[:, -1:] + 0.3 * X[:, :1] * X[:, -1:] + rng.normal(size=(n + TEST, 1)) * 0.05
    return split(_spread(rng, X, scale), y * factor, n)


def _spread(rng: np.random.Generator, X: Array, scale: float) -> Array:
    if scale == 1.0:
        return X
    factor = np.exp(rng.uniform(0, np.log(scale), X.shape[1]))
    factor[0] = scale
    return np.asarray((X + 2.5) * factor)
