"""Data sets, each of one part: rows to learn from, drawn anew for every case, and clean rows to judge by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

import chainrule as cr
from corpus.setup import Array, Rows, Setup, Task

Part = Literal["development", "sealed"]
TEST = 1000  # clean rows to judge by, where they can be drawn


@dataclass(frozen=True)
class Set:
    """A data set.

    Attributes:
        name: of it.
        part: to which it belongs.
        task: what its targets are.
        draw: rows to learn from, and to judge by.
        epochs: that suit it.
        tiny: whether it is a truth table.
    """

    name: str
    part: Part
    task: Task
    draw: Callable[[np.random.Generator], tuple[Rows, Rows]]
    epochs: tuple[int, int] = (40, 120)
    tiny: bool = False

    def setup(self, rng: np.random.Generator) -> Setup:
        """A training of these rows with nothing chosen yet; columns are scaled by the rows to learn from."""
        rows, test = self.draw(rng)
        if not self.tiny:
            rows, test = scaled(rows, test, self.task)
        outputs = 1 if self.task != "classes" else int(rows[1].max()) + 1
        return Setup(rows, test, self.task, outputs, data=self.name, epochs=int(rng.integers(*self.epochs)))


def scaled(rows: Rows, test: Rows, task: Task) -> tuple[Rows, Rows]:
    """Columns of mean 0 and deviation 1, and of numbers to predict too, by the rows to learn from."""
    (X, y), (Xt, yt) = rows, test
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    if task == "numbers":
        middle, spread = y.mean(axis=0), y.std(axis=0)
        y, yt = (y - middle) / spread, (yt - middle) / spread
    return ((X - mean) / deviation, y), ((Xt - mean) / deviation, yt)


def drawn(make: Callable[..., cr.data.Samples], low: int, high: int, **ranges: tuple[float, float]) -> Callable[
    [np.random.Generator], tuple[Rows, Rows]
]:
    """Rows of a generator: between `low` and `high` of them, its other settings between two numbers."""

    def draw(rng: np.random.Generator) -> tuple[Rows, Rows]:
        settings = {name: float(rng.uniform(*span)) for name, span in ranges.items()}
        seeds = rng.integers(0, 2**31, 2)
        n = int(rng.integers(low, high))
        first, second = (make(count, seed=int(seed), **settings) for count, seed in zip((n, TEST), seeds, strict=True))
        return (first.X, first.y), (second.X, second.y)

    return draw


def shipped(load: Callable[[], cr.data.Samples], share: float = 0.7) -> Callable[
    [np.random.Generator], tuple[Rows, Rows]
]:
    """Rows of a real table, split anew, classes in their shares."""

    def draw(rng: np.random.Generator) -> tuple[Rows, Rows]:
        found = load()
        labels = found.y if found.y.dtype.kind == "i" else None
        kept, apart = cr.data.split_rows(len(found.y), 1 - share, seed=int(rng.integers(2**31)), labels=labels)
        return (found.X[kept], found.y[kept]), (found.X[apart], found.y[apart])

    return draw


def truths(bits: int) -> Callable[[np.random.Generator], tuple[Rows, Rows]]:
    """The truth table of parity: of two bits XOR."""

    def draw(rng: np.random.Generator) -> tuple[Rows, Rows]:
        X = ((np.arange(2**bits)[:, None] >> np.arange(bits)) & 1).astype(np.float64)
        y = (X.sum(axis=1, keepdims=True) % 2).astype(np.float64)
        return (X, y), (X, y)

    return draw


def both(rng: np.random.Generator, n: int, make: Callable[[np.random.Generator, int], Rows]) -> tuple[Rows, Rows]:
    """Rows to learn from and to judge by, from one maker."""
    return make(rng, n), make(rng, TEST)


def bars(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Pictures of 8 by 8 with an empty frame: two strokes down, across, or along the diagonals."""

    def make(rng: np.random.Generator, n: int) -> Rows:
        pictures, labels = np.zeros((n, 8, 8)), rng.integers(0, 4, n)
        for picture, label in zip(pictures, labels, strict=True):
            for place in rng.choice(np.arange(1, 7), 2, replace=False):
                steps = np.arange(6)
                across = steps if label != 1 else np.full(6, place - 1)
                down = {0: np.full(6, place - 1), 1: steps, 2: (steps + place) % 6, 3: (place - steps) % 6}[int(label)]
                picture[1 + down, 1 + across] = rng.uniform(0.5, 1.0, 6)
            picture[1:7, 1:7] += rng.uniform(0, 0.35, (6, 6))
        return pictures.reshape(n, 64), labels.astype(np.int64)

    return both(rng, int(rng.integers(300, 500)), make)


def rare(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Two clouds, one of them a twelfth of the rows, and far enough apart to be learnt."""
    place, share = rng.normal(size=5), rng.uniform(0.06, 0.1)

    def make(rng: np.random.Generator, n: int) -> Rows:
        y = (rng.random(n) < share).astype(np.float64)
        y[:8] = 1.0
        X = rng.normal(size=(n, 5)) + y[:, None] * 4.5 * place / np.linalg.norm(place)
        return X, y[:, None]

    return both(rng, int(rng.integers(300, 500)), make)


def table(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """One-hot columns beside counts and amounts, as tables have them."""
    weights = rng.normal(size=(4, 3)) * 2

    def make(rng: np.random.Generator, n: int) -> Rows:
        kinds, counts = rng.integers(0, 4, n), rng.poisson(6.0, n)
        amounts = rng.normal(size=(n, 2))
        scores = weights[kinds] + np.stack([counts / 3 - 2, amounts[:, 0] * 2, amounts[:, 1] * amounts[:, 0]], axis=1)
        X = np.concatenate([np.eye(4)[kinds], counts[:, None], amounts], axis=1)
        return X, scores.argmax(axis=1).astype(np.int64)

    return both(rng, int(rng.integers(400, 700)), make)


def rings(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Three rings, one a class."""

    def make(rng: np.random.Generator, n: int) -> Rows:
        y = rng.integers(0, 3, n)
        angle, radius = rng.uniform(0, 2 * np.pi, n), 0.5 + y + rng.normal(size=n) * 0.12
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), y.astype(np.int64)

    return both(rng, int(rng.integers(250, 450)), make)


def bumps(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """A height over the plane: two hills and a slope."""
    hills = rng.uniform(-1, 1, (2, 2))

    def make(rng: np.random.Generator, n: int) -> Rows:
        X = rng.uniform(-1.5, 1.5, (n, 2))
        heights = [np.exp(-2 * ((X - hill) ** 2).sum(axis=1)) for hill in hills]
        y: Array = heights[0] - heights[1] + 0.2 * X[:, 0] + rng.normal(size=n) * 0.03
        return X, y[:, None]

    return both(rng, int(rng.integers(250, 500)), make)


def clouds(n: int, seed: int) -> cr.data.Samples:
    """The two clusters of the articles."""
    return cr.data.clusters(n, noise=0.35, seed=seed)


def groups(n: int, seed: int, spread: float) -> cr.data.Samples:
    """Three clouds at fixed places."""
    return cr.data.blobs(n, centers=[[0.0, 3.0], [3.0, -1.0], [-3.0, -2.0]], spread=spread, seed=seed)


SETS = (
    Set("xor", "development", "binary", truths(2), (800, 2000), tiny=True),
    Set("clusters", "development", "binary", drawn(clouds, 150, 300)),
    Set("moons", "development", "binary", drawn(cr.data.moons, 250, 500, noise=(0.08, 0.2))),
    Set("blobs", "development", "classes", drawn(groups, 200, 400, spread=(0.6, 1.1))),
    Set("bars", "development", "classes", bars, (30, 60)),
    Set("iris", "development", "classes", shipped(cr.data.iris), (100, 200)),
    Set("breast_cancer", "development", "binary", shipped(cr.data.breast_cancer), (30, 60)),
    Set("rare", "development", "binary", rare),
    Set("sine", "development", "numbers", drawn(cr.data.sine, 200, 400, noise=(0.05, 0.15)), (100, 200)),
    Set("friedman", "development", "numbers", drawn(cr.data.friedman, 300, 500, noise=(0.3, 1.0)), (80, 150)),
    Set("parity", "sealed", "binary", truths(3), (1000, 2500), tiny=True),
    Set("circles", "sealed", "binary", drawn(cr.data.circles, 250, 500, noise=(0.05, 0.12))),
    Set("spirals", "sealed", "binary", drawn(cr.data.spirals, 300, 500, noise=(0.02, 0.08)), (150, 300)),
    Set("checkerboard", "sealed", "binary", drawn(cr.data.checkerboard, 600, 900), (200, 400)),
    Set("rings", "sealed", "classes", rings),
    Set("wine", "sealed", "classes", shipped(cr.data.wine), (60, 120)),
    Set("digits", "sealed", "classes", shipped(cr.data.digits), (15, 30)),
    Set("table", "sealed", "classes", table),
    Set("diabetes", "sealed", "numbers", shipped(cr.data.diabetes), (20, 40)),
    Set("houses", "sealed", "numbers", drawn(cr.data.houses, 400, 700, noise=(0.02, 0.08)), (60, 120)),
    Set("bumps", "sealed", "numbers", bumps, (100, 200)),
    Set("step", "sealed", "numbers", drawn(cr.data.step, 200, 400, noise=(0.03, 0.1)), (100, 200)),
)


def of_part(part: Part) -> list[Set]:
    """The data sets of a part."""
    return [one for one in SETS if one.part == part]
