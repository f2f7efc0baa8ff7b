"""Makers of rows of which a class is to be told: truth tables, clouds, curves, pictures, readings, tables."""

from collections.abc import Callable
from functools import cache

import numpy as np

import chainrule as cr
from corpus.samples import TEST, Draw, both
from corpus.setup import Array, Rows


def truths(bits: int, rule: Callable[[Array], Array]) -> Draw:
    """The whole truth table of a rule."""

    def draw(rng: np.random.Generator) -> tuple[Rows, Rows]:
        X = ((np.arange(2**bits)[:, None] >> np.arange(bits)) & 1).astype(np.float64)
        y = rule(X).astype(np.float64)[:, None]
        return (X, y), (X, y)

    return draw


def parity(X: Array) -> Array:
    """Whether the ones are odd in number: of two bits XOR."""
    odd: Array = X.sum(axis=1) % 2
    return odd


def majority(X: Array) -> Array:
    """Whether most bits are ones."""
    most: Array = X.mean(axis=1) > 0.5
    return most


def multiplexer(X: Array) -> Array:
    """The second bit or the third, as the first bit says."""
    chosen: Array = np.where(X[:, 0] > 0.5, X[:, 2], X[:, 1])
    return chosen


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


def clouds(n: int, seed: int) -> cr.data.Samples:
    """The two clusters of the articles."""
    return cr.data.clusters(n, noise=0.35, seed=seed)


def groups(n: int, seed: int, spread: float) -> cr.data.Samples:
    """Three clouds at fixed places."""
    return cr.data.blobs(n, centers=[[0.0, 3.0], [3.0, -1.0], [-3.0, -2.0]], spread=spread, seed=seed)


def twonorm(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Breiman's two clouds in 20 columns, each of which tells little."""

    def make(rng: np.random.Generator, n: int) -> Rows:
        y = rng.integers(0, 2, n).astype(np.float64)[:, None]
        return rng.normal(size=(n, 20)) + (2 * y - 1) * 2 / np.sqrt(20), y

    return both(rng, int(rng.integers(300, 500)), make)


def shell(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """A ball in space, and a shell around it."""
    fuzz = float(rng.uniform(0.05, 0.15))

    def make(rng: np.random.Generator, n: int) -> Rows:
        y = rng.integers(0, 2, n).astype(np.float64)
        way = rng.normal(size=(n, 3))
        radius = np.where(y > 0, rng.uniform(1.4, 2.0, n), np.cbrt(rng.random(n)) * 1.1) + rng.normal(size=n) * fuzz
        return way / np.linalg.norm(way, axis=1, keepdims=True) * radius[:, None], y[:, None]

    return both(rng, int(rng.integers(250, 450)), make)


def signs(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Whether two columns have the same sign, beside three that say nothing."""
    own = rng.choice(5, 2, replace=False)

    def make(rng: np.random.Generator, n: int) -> Rows:
        X = rng.uniform(-1, 1, (n, 5))
        product = X[:, own[0]] * X[:, own[1]]
        return X, (product + rng.normal(size=n) * 0.02 > 0).astype(np.float64)[:, None]

    return both(rng, int(rng.integers(700, 900)), make)


def bands(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """One column, cut into bands that belong to one class and the other in turn."""
    pace, start = rng.uniform(1.1, 1.4), rng.uniform(0, 2 * np.pi)

    def make(rng: np.random.Generator, n: int) -> Rows:
        x = rng.uniform(-3, 3, n)
        y = np.sin(pace * (x + rng.normal(size=n) * 0.05) + start) > 0
        return x[:, None], y.astype(np.float64)[:, None]

    return both(rng, int(rng.integers(300, 500)), make)


@cache
def pieces() -> Rows:
    """Squares of 5 by 5 points from two photos that come with scikit-learn: of a temple and of a flower.

    Of each of three colours a piece keeps its mean, its deviation, and how it changes downwards and to the right.
    """
    from sklearn.datasets import load_sample_images

    found, slope = [], np.arange(-2, 3)
    for photo in load_sample_images().images:
        cut = (photo[:425, :640] / 255).reshape(85, 5, 128, 5, 3)
        columns = [cut.mean(axis=(1, 3)), cut.std(axis=(1, 3))]
        columns += [np.einsum("idjac,d->ijc", cut, slope), np.einsum("idjac,a->ijc", cut, slope)]
        found.append(np.concatenate(columns, axis=2).reshape(-1, 12))
    return np.concatenate(found), np.repeat([0.0, 1.0], [len(one) for one in found])[:, None]


def photos(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Which of two photos a small piece was cut from."""
    X, y = pieces()
    n = int(rng.integers(400, 700))
    chosen = rng.choice(len(X), n + TEST, replace=False)
    return (X[chosen[:n]], y[chosen[:n]]), (X[chosen[n:]], y[chosen[n:]])


def pinwheel(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Five bent arms, one a class."""
    bend = float(rng.uniform(0.2, 0.35))

    def make(rng: np.random.Generator, n: int) -> Rows:
        y = rng.integers(0, 5, n)
        out, aside = 1 + rng.normal(size=n) * 0.3, rng.normal(size=n) * 0.07
        angle = 2 * np.pi * y / 5 + bend * np.exp(out)
        across, along = np.cos(angle), np.sin(angle)
        return np.stack([out * across - aside * along, out * along + aside * across], axis=1), y.astype(np.int64)

    return both(rng, int(rng.integers(300, 500)), make)


def waveform(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Breiman's waves of 21 columns: each row is a mixture of two of three triangles; with less noise than his."""
    places = np.arange(1, 22)
    triangles = np.stack([np.maximum(6 - np.abs(places - peak), 0) for peak in (7, 15, 11)])
    pairs = np.array([(0, 1), (0, 2), (1, 2)])
    noise = float(rng.uniform(0.5, 0.8))

    def make(rng: np.random.Generator, n: int) -> Rows:
        y, share = rng.integers(0, 3, n), rng.random((n, 1))
        one, other = pairs[y].T
        return share * triangles[one] + (1 - share) * triangles[other] + rng.normal(size=(n, 21)) * noise, y

    return both(rng, int(rng.integers(400, 700)), make)


def spectra(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Readings of 40 channels over a sloping floor, with one peak whose place tells the class."""
    noise = float(rng.uniform(0.1, 0.25))

    def make(rng: np.random.Generator, n: int) -> Rows:
        channel, y = np.arange(40), rng.integers(0, 4, n)
        place = 8 + 8 * y + rng.normal(size=n) * 1.5
        width, height = rng.uniform(1.5, 3.5, (n, 1)), rng.uniform(0.6, 1.5, (n, 1))
        floor = rng.normal(size=(n, 1)) * 0.3 + rng.normal(size=(n, 1)) * (channel - 20) / 60
        peak = height * np.exp(-(((channel - place[:, None]) / width) ** 2) / 2)
        return floor + peak + rng.normal(size=(n, 40)) * noise, y

    return both(rng, int(rng.integers(250, 450)), make)


STAMPS = (
    ("####", "#..#", "#..#", "####"),
    ("#..#", ".##.", ".##.", "#..#"),
    ("#...", "##..", "###.", "####"),
    ("####", ".##.", ".##.", ".##."),
    ("..##", "..##", "##..", "##.."),
)


def stamps(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Pictures of 6 by 6: a frame, a cross, a triangle, a letter or two blocks of 4 by 4, anywhere on a grey ground."""
    shapes = np.array([[[mark == "#" for mark in line] for line in stamp] for stamp in STAMPS], dtype=np.float64)

    def make(rng: np.random.Generator, n: int) -> Rows:
        y, corners = rng.integers(0, 5, n), rng.integers(0, 3, (n, 2))
        pictures = rng.uniform(0, 0.4, (n, 6, 6))
        for picture, label, (down, across) in zip(pictures, y, corners, strict=True):
            picture[down : down + 4, across : across + 4] += shapes[label] * rng.uniform(0.5, 1.0)
        return pictures.reshape(n, 36), y

    return both(rng, int(rng.integers(500, 800)), make)
