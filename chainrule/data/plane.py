"""Classes in the plane, drawn at will: circles, moons, blobs, spirals, checkerboard."""

from collections.abc import Sequence

import numpy as np

from chainrule.data import streams
from chainrule.data.arrays import Array, Floats, features, real, whole
from chainrule.data.samples import Samples, class_targets


def circles(n: int = 200, noise: float = 0.1, factor: float = 0.5, seed: int = 0) -> Samples:
    """A circle of radius 1 (class 0) round a smaller one (class 1), as scikit-learn's `make_circles`; rows shuffled.

    Args:
        n: rows, at least 2.
        noise: standard deviation added to each coordinate, at least 0.
        factor: radius of the inner circle, from 0 to 1.
        seed: whole number, at least 0.

    Returns:
        X (n, 2) float64, y (n, 1) float64 of 0 and 1.

    Raises:
        ArgumentError: for a number outside its range.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.circles(6, noise=0.0).X.round(2).tolist()[0]
        [-0.25, 0.43]
    """
    rows = whole(n, "circles, argument n", least=2)
    inner_radius = real(factor, "circles, argument factor", least=0, most=1)
    outer, inner = rows // 2, rows - rows // 2
    angles = [np.linspace(0, 2 * np.pi, count, endpoint=False) for count in (outer, inner)]
    radii = np.repeat([1.0, inner_radius], (outer, inner))[:, None]
    points = np.concatenate([np.column_stack((np.cos(a), np.sin(a))) for a in angles]) * radii
    return _shuffled("circles", "sets.circles", points, np.repeat([0, 1], (outer, inner)), noise, seed)


def moons(n: int = 200, noise: float = 0.1, seed: int = 0) -> Samples:
    """Two half circles that reach into each other, as scikit-learn's `make_moons`; rows shuffled.

    Args:
        n: rows, at least 2.
        noise: standard deviation added to each coordinate, at least 0.
        seed: whole number, at least 0.

    Returns:
        X (n, 2) float64, y (n, 1) float64 of 0 and 1.

    Raises:
        ArgumentError: for a number outside its range.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.moons(400, noise=0.15, seed=0)
        >>> X.shape, y.shape
        ((400, 2), (400, 1))
    """
    rows = whole(n, "moons, argument n", least=2)
    outer, inner = rows // 2, rows - rows // 2
    upper, lower = np.linspace(0, np.pi, outer), np.linspace(0, np.pi, inner)
    points = np.concatenate(
        (np.column_stack((np.cos(upper), np.sin(upper))), np.column_stack((1 - np.cos(lower), 0.5 - np.sin(lower))))
    )
    return _shuffled("moons", "sets.moons", points, np.repeat([0, 1], (outer, inner)), noise, seed)


def blobs(
    n: int = 300,
    centers: int | Sequence[Sequence[float]] | Floats = 3,
    features: int = 2,
    spread: float = 1.0,
    seed: int = 0,
) -> Samples:
    """Round clouds, one a class; row i before shuffling belongs to class i mod classes.

    Args:
        n: rows, at least one a class.
        centers: how many classes, at least 2, with centres drawn evenly from -10 to 10; or the centres themselves,
            (classes, features).
        features: columns, at least 1; ignored when the centres are given.
        spread: standard deviation of each coordinate round its centre, at least 0.
        seed: whole number, at least 0.

    Returns:
        X (n, features) float64; y (n, 1) float64 for two classes, (n,) int64 for more.

    Raises:
        ArgumentError: for a number outside its range.
        ShapeError: for centres that are not a table.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.blobs(9, centers=[[0.0, 0.0], [5.0, 5.0], [0.0, 5.0]], spread=0.1)
        >>> sorted(y.tolist())
        [0, 0, 0, 1, 1, 1, 2, 2, 2]
    """
    stream = streams.generator(seed, streams.SETS)
    places = _centres(centers, features, stream)
    rows = whole(n, "blobs, argument n", least=len(places))
    labels = np.arange(rows) % len(places)
    noise = real(spread, "blobs, argument spread", least=0)
    points = places[labels] + noise * stream.standard_normal((rows, places.shape[1]))
    order = stream.permutation(rows)
    return _samples("blobs", "sets.blobs", points[order], labels[order], len(places))


def spirals(n: int = 300, arms: int = 2, noise: float = 0.1, seed: int = 0) -> Samples:
    """Spiral arms, one a class: row i lies on arm k = i mod arms.

    Radius r = (i // arms + 1) / ceil(n / arms), angle = 4 r + 2 pi k / arms + noise * N(0, 1),
    x = (r cos(angle), r sin(angle)).

    Args:
        n: rows, at least one an arm.
        arms: classes, at least 2.
        noise: standard deviation of the angle in radians, at least 0.
        seed: whole number, at least 0.

    Returns:
        X (n, 2) float64; y (n, 1) float64 for two arms, (n,) int64 for more. Rows are not shuffled.

    Raises:
        ArgumentError: for a number outside its range.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.spirals(600, arms=3, noise=0.1, seed=1)
        >>> y[:5].tolist()
        [0, 1, 2, 0, 1]
    """
    count = whole(arms, "spirals, argument arms", least=2)
    rows = whole(n, "spirals, argument n", least=count)
    bend = real(noise, "spirals, argument noise", least=0)
    i = np.arange(rows)
    labels = i % count
    radius = (i // count + 1) / -(-rows // count)
    draws = streams.generator(seed, streams.SETS).standard_normal(rows)
    angle = 4 * radius + 2 * np.pi * labels / count + bend * draws
    points = np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))
    return _samples("spirals", "sets.spirals", points, labels, count)


def checkerboard(n: int = 400, cells: int = 4, noise: float = 0.0, seed: int = 0) -> Samples:
    """A checkerboard on the square from -1 to 1: class 1 where row and column number of the cell are one odd, one even.

    Args:
        n: rows, at least 1.
        cells: cells along each side, at least 2.
        noise: standard deviation added to each coordinate after the class is settled, at least 0.
        seed: whole number, at least 0.

    Returns:
        X (n, 2) float64, y (n, 1) float64 of 0 and 1.

    Raises:
        ArgumentError: for a number outside its range.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.checkerboard(400).X.shape
        (400, 2)
    """
    rows = whole(n, "checkerboard, argument n", least=1)
    side = whole(cells, "checkerboard, argument cells", least=2)
    blur = real(noise, "checkerboard, argument noise", least=0)
    stream = streams.generator(seed, streams.SETS)
    points = stream.uniform(-1, 1, (rows, 2))
    labels = np.floor((points + 1) / 2 * side).astype(np.int64).sum(axis=1) % 2
    points = points + blur * stream.standard_normal((rows, 2))
    return _samples("checkerboard", "sets.checkerboard", points, labels, 2)


def _centres(centers: int | Sequence[Sequence[float]] | Floats, columns: int, stream: np.random.Generator) -> Floats:
    if isinstance(centers, int | np.integer):
        count = whole(centers, "blobs, argument centers", least=2)
        width = whole(columns, "blobs, argument features", least=1)
        return stream.uniform(-10, 10, (count, width))
    given = features(centers, "blobs, argument centers").astype(np.float64)
    whole(len(given), "blobs, argument centers", least=2)
    return given


def _shuffled(name: str, about: str, points: Floats, labels: Array, noise: float, seed: int) -> Samples:
    spread = real(noise, f"{name}, argument noise", least=0)
    stream = streams.generator(seed, streams.SETS)
    order = stream.permutation(len(points))
    points = points + spread * stream.standard_normal(points.shape)
    return _samples(name, about, points[order], labels[order], 2)


def _samples(name: str, about: str, points: Floats, labels: Array, classes: int) -> Samples:
    return Samples(
        points,
        class_targets(labels, classes),
        name=name,
        kind="classes",
        feature_names=tuple(f"x{j + 1}" for j in range(points.shape[1])),
        target_names=tuple(str(k) for k in range(classes)),
        about=about,
    )
