"""The two sets of the articles: the XOR table of the first, the two clusters of the fourth."""

import numpy as np

from chainrule.data.arrays import real, whole
from chainrule.data.samples import Samples


def xor() -> Samples:
    """The truth table of exclusive or: 1 where exactly one of the two inputs is 1.

    Returns:
        X (4, 2) float64 in the order 00, 01, 10, 11; y (4, 1) float64.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.xor()
        >>> y.ravel().tolist()
        [0.0, 1.0, 1.0, 0.0]
    """
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([[0.0], [1.0], [1.0], [0.0]])
    return Samples(
        X, y, name="xor", kind="classes", feature_names=("x1", "x2"), target_names=("0", "1"), about="sets.xor"
    )


def clusters(
    n: int = 200, noise: float = 0.2, seed: int = 42, generator: np.random.RandomState | None = None
) -> Samples:
    """Two clusters in the plane: class 0 round (1, 1), class 1 round (-1, -1), rows shuffled.

    The draws are those of the fourth article, from NumPy's legacy stream, so that `clusters(200, noise=0.2, seed=42)`
    equals its array to the digit. With `generator` the stream goes on afterwards: the article draws its weights next.

    Args:
        n: rows, at least 1; with an odd number class 1 has one row more.
        noise: standard deviation of each coordinate, at least 0.
        seed: seed of `np.random.RandomState`, from 0 to 2**32 - 1; unused with `generator`.
        generator: a stream to draw from, left where the draws end.

    Returns:
        X (n, 2) float64, y (n, 1) float64 of 0 and 1.

    Raises:
        ArgumentError: for a number outside its range.

    Example:
        >>> import numpy as np
        >>> import chainrule.data
        >>> stream = np.random.RandomState(42)
        >>> X, y = chainrule.data.clusters(200, noise=0.2, generator=stream)
        >>> weights = stream.randn(2, 4) * 0.01  # as the article goes on
        >>> X[0].round(3).tolist()
        [1.281, 0.72]
    """
    rows = whole(n, "clusters, argument n", least=1)
    spread = real(noise, "clusters, argument noise", least=0)
    if generator is None:
        generator = np.random.RandomState(whole(seed, "clusters, argument seed", least=0, most=2**32 - 1))
    first = rows // 2
    X = np.vstack(
        (
            generator.randn(first, 2) * spread + np.array([1, 1]),
            generator.randn(rows - first, 2) * spread + np.array([-1, -1]),
        )
    )
    y = np.vstack((np.zeros((first, 1)), np.ones((rows - first, 1))))
    order = generator.permutation(rows)
    return Samples(
        X[order],
        y[order],
        name="clusters",
        kind="classes",
        feature_names=("x1", "x2"),
        target_names=("0", "1"),
        about="sets.clusters",
    )
