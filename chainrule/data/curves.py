"""Regression at will: curves of one variable, planes, Friedman's function, and a table of made-up houses."""

from collections.abc import Sequence

import numpy as np

from chainrule.data import streams
from chainrule.data.arrays import Floats, all_finite, numbers, real, whole
from chainrule.data.samples import Samples
from chainrule.errors import ShapeError


def linear(n: int = 200, features: int = 3, noise: float = 0.1, seed: int = 0) -> Samples:
    """A plane: y = X w + b + noise * N(0, 1), with X, w and b drawn from N(0, 1).

    Args:
        n: rows, at least 1.
        features: columns, at least 1.
        noise: standard deviation added to y, at least 0.
        seed: whole number, at least 0.

    Returns:
        X (n, features) float64, y (n, 1) float64.

    Raises:
        ArgumentError: for a number outside its range.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.linear(50, features=2).y.shape
        (50, 1)
    """
    rows = whole(n, "linear, argument n", least=1)
    width = whole(features, "linear, argument features", least=1)
    stream = streams.generator(seed, streams.SETS)
    weights, bias = stream.standard_normal(width), stream.standard_normal()
    X = stream.standard_normal((rows, width))
    return _samples("linear", "sets.linear", X, (X * weights).sum(axis=1) + bias, noise, stream)


def polynomial(
    n: int = 200, coefficients: Sequence[float] = (0.0, -1.0, 0.0, 2.0), noise: float = 0.1, seed: int = 0
) -> Samples:
    """A polynomial: y = c0 + c1 x + c2 x² + … + noise * N(0, 1), for x drawn evenly from -1 to 1.

    Args:
        n: rows, at least 1.
        coefficients: c0, c1, c2, …, lowest power first.
        noise: standard deviation added to y, at least 0.
        seed: whole number, at least 0.

    Returns:
        X (n, 1) float64, y (n, 1) float64.

    Raises:
        ArgumentError: for a number outside its range.
        ShapeError: for coefficients that are not a row of numbers.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.polynomial(5, coefficients=[1.0, 2.0], noise=0.0)
        >>> bool((y == 1 + 2 * X).all())
        True
    """
    rows = whole(n, "polynomial, argument n", least=1)
    where = "polynomial, argument coefficients"
    factors = numbers(coefficients, where)
    if factors.ndim != 1 or not factors.size:
        raise ShapeError("data.one_axis", where, got=factors.shape)
    all_finite(factors, where)
    stream = streams.generator(seed, streams.SETS)
    X = stream.uniform(-1, 1, (rows, 1))
    y = np.zeros(rows)
    for factor in factors[::-1]:
        y = y * X[:, 0] + factor
    return _samples("polynomial", "sets.polynomial", X, y, noise, stream)


def sine(n: int = 200, periods: float = 1.0, noise: float = 0.1, seed: int = 0) -> Samples:
    """A sine wave: y = sin(periods * pi * x) + noise * N(0, 1), for x drawn evenly from -1 to 1.

    Args:
        n: rows, at least 1.
        periods: waves between -1 and 1, at least 0.
        noise: standard deviation added to y, at least 0.
        seed: whole number, at least 0.

    Returns:
        X (n, 1) float64, y (n, 1) float64.

    Raises:
        ArgumentError: for a number outside its range.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.sine(100, periods=2).X.shape
        (100, 1)
    """
    rows = whole(n, "sine, argument n", least=1)
    waves = real(periods, "sine, argument periods", least=0)
    stream = streams.generator(seed, streams.SETS)
    X = stream.uniform(-1, 1, (rows, 1))
    return _samples("sine", "sets.sine", X, np.sin(waves * np.pi * X[:, 0]), noise, stream)


def step(n: int = 200, noise: float = 0.1, seed: int = 0) -> Samples:
    """A step: y = 0 for x < 0, otherwise 1, plus noise * N(0, 1), for x drawn evenly from -1 to 1.

    Args:
        n: rows, at least 1.
        noise: standard deviation added to y, at least 0.
        seed: whole number, at least 0.

    Returns:
        X (n, 1) float64, y (n, 1) float64.

    Raises:
        ArgumentError: for a number outside its range.

    Example:
        >>> import chainrule.data
        >>> sorted(set(chainrule.data.step(50, noise=0.0).y.ravel().tolist()))
        [0.0, 1.0]
    """
    rows = whole(n, "step, argument n", least=1)
    stream = streams.generator(seed, streams.SETS)
    X = stream.uniform(-1, 1, (rows, 1))
    return _samples("step", "sets.step", X, (X[:, 0] >= 0).astype(np.float64), noise, stream)


def friedman(n: int = 300, noise: float = 1.0, seed: int = 0) -> Samples:
    """Friedman's function: y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)² + 10 x4 + 5 x5 + noise * N(0, 1).

    The ten columns are drawn evenly from 0 to 1; five of them say nothing about y.

    Args:
        n: rows, at least 1.
        noise: standard deviation added to y, at least 0.
        seed: whole number, at least 0.

    Returns:
        X (n, 10) float64, y (n, 1) float64.

    Raises:
        ArgumentError: for a number outside its range.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.friedman(100).X.shape
        (100, 10)

    Source:
        Friedman, "Multivariate adaptive regression splines", 1991, section 4.3.
    """
    rows = whole(n, "friedman, argument n", least=1)
    stream = streams.generator(seed, streams.SETS)
    X = stream.uniform(0, 1, (rows, 10))
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]
    return _samples("friedman", "sets.friedman", X, y, noise, stream)


def houses(n: int = 1000, noise: float = 0.05, seed: int = 0) -> Samples:
    """Prices of made-up houses: no real town, no real person, and columns of very different sizes.

    price = area (2500 + 3500 exp(-distance / 8)) (1 - 0.004 min(age, 60)) (0.85 + 0.05 condition)
    (1 + 0.1 garden) exp(noise * N(0, 1)).

    Args:
        n: rows, at least 1.
        noise: standard deviation of the logarithm of the price, at least 0.
        seed: whole number, at least 0.

    Returns:
        X (n, 6) float64: area in m², rooms, age in years, distance to the centre in km, condition 1 to 5,
        garden 0 or 1; y (n, 1) float64: the price.

    Raises:
        ArgumentError: for a number outside its range.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.houses(100).feature_names
        ('area', 'rooms', 'age', 'distance', 'condition', 'garden')
    """
    rows = whole(n, "houses, argument n", least=1)
    spread = real(noise, "houses, argument noise", least=0)
    stream = streams.generator(seed, streams.SETS)
    area = np.clip(np.exp(stream.normal(4.5, 0.4, rows)), 25, 350).round()
    rooms = np.clip((area / 28 + stream.normal(0, 0.7, rows)).round(), 1, 12)
    age = stream.integers(0, 121, rows).astype(np.float64)
    distance = stream.gamma(2.0, 5.0, rows).round(1)
    condition = stream.integers(1, 6, rows).astype(np.float64)
    garden = (stream.uniform(0, 1, rows) < 1 - np.exp(-distance / 10)).astype(np.float64)
    price = area * (2500 + 3500 * np.exp(-distance / 8)) * (1 - 0.004 * np.minimum(age, 60))
    price *= (0.85 + 0.05 * condition) * (1 + 0.1 * garden) * np.exp(spread * stream.standard_normal(rows))
    return Samples(
        np.column_stack((area, rooms, age, distance, condition, garden)),
        price.reshape(-1, 1),
        name="houses",
        kind="numbers",
        feature_names=("area", "rooms", "age", "distance", "condition", "garden"),
        target_names=("price",),
        about="sets.houses",
    )


def _samples(name: str, about: str, X: Floats, y: Floats, noise: float, stream: np.random.Generator) -> Samples:
    spread = real(noise, f"{name}, argument noise", least=0)
    return Samples(
        X,
        (y + spread * stream.standard_normal(len(y))).reshape(-1, 1),
        name=name,
        kind="numbers",
        feature_names=tuple(f"x{j + 1}" for j in range(X.shape[1])),
        target_names=("y",),
        about=about,
    )
