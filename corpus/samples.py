"""Rows to learn from and clean rows to judge by: of a maker, of a generator that ships, or of a real table."""

from collections.abc import Callable

import numpy as np

import chainrule as cr
from corpus.setup import Rows

TEST = 1000  # clean rows to judge by, where they can be drawn
Draw = Callable[[np.random.Generator], tuple[Rows, Rows]]


def both(rng: np.random.Generator, n: int, make: Callable[[np.random.Generator, int], Rows]) -> tuple[Rows, Rows]:
    """Rows to learn from and to judge by, from one maker."""
    return make(rng, n), make(rng, TEST)


def drawn(make: Callable[..., cr.data.Samples], low: int, high: int, **ranges: tuple[float, float]) -> Draw:
    """Rows of a generator: between `low` and `high` of them, its other settings between two numbers."""

    def draw(rng: np.random.Generator) -> tuple[Rows, Rows]:
        settings = {name: float(rng.uniform(*span)) for name, span in ranges.items()}
        seeds = rng.integers(0, 2**31, 2)
        n = int(rng.integers(low, high))
        first, second = (make(count, seed=int(seed), **settings) for count, seed in zip((n, TEST), seeds, strict=True))
        return (first.X, first.y), (second.X, second.y)

    return draw


def shipped(load: Callable[[], cr.data.Samples], share: float = 0.7) -> Draw:
    """Rows of a real table, split anew, classes in their shares."""

    def draw(rng: np.random.Generator) -> tuple[Rows, Rows]:
        found = load()
        labels = found.y if found.y.dtype.kind == "i" else None
        kept, apart = cr.data.split_rows(len(found.y), 1 - share, seed=int(rng.integers(2**31)), labels=labels)
        return (found.X[kept], found.y[kept]), (found.X[apart], found.y[apart])

    return draw
