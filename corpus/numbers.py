"""Makers of rows of which a number is to be told: heights, readings, amounts."""

import numpy as np

from corpus.samples import both
from corpus.setup import Array, Rows


def bumps(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """A height over the plane: two hills and a slope."""
    hills = rng.uniform(-1, 1, (2, 2))

    def make(rng: np.random.Generator, n: int) -> Rows:
        X = rng.uniform(-1.5, 1.5, (n, 2))
        heights = [np.exp(-2 * ((X - hill) ** 2).sum(axis=1)) for hill in hills]
        y: Array = heights[0] - heights[1] + 0.2 * X[:, 0] + rng.normal(size=n) * 0.03
        return X, y[:, None]

    return both(rng, int(rng.integers(250, 500)), make)


def arm(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """How high the hand of an arm of two links is: two angles, two lengths."""

    def make(rng: np.random.Generator, n: int) -> Rows:
        shoulder, elbow = rng.uniform(-np.pi / 2, np.pi / 2, n), rng.uniform(0, np.pi * 0.8, n)
        upper, lower = rng.uniform(0.6, 1.2, (2, n))
        height: Array = upper * np.sin(shoulder) + lower * np.sin(shoulder + elbow) + rng.normal(size=n) * 0.05
        return np.stack([shoulder, elbow, upper, lower], axis=1), height[:, None]

    return both(rng, int(rng.integers(400, 700)), make)


def impedance(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Friedman's second function: the impedance of a circuit, with some error of measurement."""
    error = float(rng.uniform(20, 60))

    def make(rng: np.random.Generator, n: int) -> Rows:
        X = rng.uniform([0, 40 * np.pi, 0, 1], [100, 560 * np.pi, 1, 11], (n, 4))
        resistance, frequency, inductance, capacity = X.T
        reactance = frequency * inductance - 1 / (frequency * capacity)
        y: Array = np.hypot(resistance, reactance) + rng.normal(size=n) * error
        return X, y[:, None]

    return both(rng, int(rng.integers(300, 500)), make)


def swing(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Where a pendulum is, by the time and by how strongly it is slowed down."""
    period = float(rng.uniform(2.2, 3.0))

    def make(rng: np.random.Generator, n: int) -> Rows:
        time, damping = rng.uniform(0, 4, n), rng.uniform(0.1, 1.0, n)
        y: Array = np.exp(-damping * time) * np.cos(2 * np.pi * time / period) + rng.normal(size=n) * 0.05
        return np.stack([time, damping], axis=1), y[:, None]

    return both(rng, int(rng.integers(300, 500)), make)


def heating(rng: np.random.Generator) -> tuple[Rows, Rows]:
    """What a house burns in an hour: weather, clock, walls, and whether anybody is in."""
    habit = float(rng.uniform(5, 9))  # the hour at which people get up

    def make(rng: np.random.Generator, n: int) -> Rows:
        outside, wind, sun = rng.normal(8, 8, n), rng.gamma(2.0, 2.0, n), rng.beta(1.0, 3.0, n)
        area, walls = rng.uniform(60, 200, n), rng.uniform(0.3, 1.5, n)
        hour, away = rng.uniform(0, 24, n), (rng.random(n) < 0.25).astype(np.float64)
        wanted = 17 + 4 * (1 - away) / (1 + np.exp(-2 * (hour - habit)))
        loss = walls * area * (1 + wind / 10) * (wanted - outside) / 1000 - sun * area / 60
        y: Array = np.maximum(loss, 0) + rng.normal(size=n) * 0.15
        clock = 2 * np.pi * hour / 24
        return np.stack([outside, wind, sun, area, walls, np.sin(clock), np.cos(clock), away], axis=1), y[:, None]

    return both(rng, int(rng.integers(500, 900)), make)
