"""Changes of rows of any shape: noise, and mixtures of two rows with their targets."""

import numpy as np

from chainrule.data import streams
from chainrule.data.arrays import Array, Floats, all_finite, numbers, real, same_rows
from chainrule.errors import ArgumentError, DataError, ShapeError


def noise(X: object, scale: float = 0.1, *, seed: streams.Seed = 0) -> Array:
    """Rows with noise added: x + scale * N(0, 1).

    Args:
        X: (n, ...) rows, standardised tables or pictures; whole-number types are rounded and kept in their range.
        scale: standard deviation of the noise, at least 0.
        seed: whole number, or a generator that goes on.

    Returns:
        A new array of the same shape and type.

    Raises:
        ArgumentError: for a scale below 0.
        ShapeError: for a single number.

    Example:
        >>> import numpy as np
        >>> import chainrule.data
        >>> chainrule.data.augment.noise(np.zeros((2, 3), np.float32), 0.1).dtype
        dtype('float32')
    """
    found = numbers(X, "augment.noise, argument X")
    if found.ndim == 0 or found.dtype.kind == "b":
        raise ShapeError("data.needs_columns", "augment.noise, argument X", got=f"{found.shape} {found.dtype}")
    size = real(scale, "augment.noise, argument scale", least=0)
    changed = found + size * streams.generator(seed, streams.AUGMENT).standard_normal(found.shape)
    if found.dtype.kind in "iu":
        limits = np.iinfo(found.dtype)
        changed = np.clip(changed.round(), limits.min, limits.max)
    return changed.astype(found.dtype)


def mixup(
    X: object, y: object, alpha: float = 0.2, *, seed: streams.Seed = 0
) -> tuple[Floats, Floats]:
    """Each row mixed with another, and its target alike: s x_i + (1 - s) x_j with s from Beta(alpha, alpha).

    Args:
        X: (n, ...) rows of finite numbers.
        y: (n, outputs) targets as numbers: 0 and 1, values, or `one_hot` rows; class numbers cannot be mixed.
        alpha: above 0; small values keep rows nearly as they are.
        seed: whole number, or a generator that goes on.

    Returns:
        Mixed X and mixed y, new floating-point arrays of the same shapes.

    Raises:
        ShapeError: when X and y differ in rows, or y has one axis.
        ArgumentError: for an alpha that is not above 0.
        DataError: for NaN or infinity.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.moons(8)
        >>> mixed_X, mixed_y = chainrule.data.augment.mixup(X, y, alpha=0.4)
        >>> mixed_X.shape, mixed_y.shape
        ((8, 2), (8, 1))

    Source:
        Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: beyond empirical risk minimization", 2018, equation 1.
    """
    rows, targets = numbers(X, "augment.mixup, argument X"), numbers(y, "augment.mixup, argument y")
    same_rows(rows, targets, "augment.mixup")
    if targets.ndim < 2:
        raise ShapeError("data.mixup_targets", "augment.mixup, argument y", got=targets.shape)
    if not len(rows):
        raise DataError("data.empty", "augment.mixup, argument X", got=rows.shape)
    strength = real(alpha, "augment.mixup, argument alpha", least=0)
    if strength == 0:
        raise ArgumentError("data.above_zero", "augment.mixup, argument alpha", got=alpha)
    all_finite(rows, "augment.mixup, argument X")
    all_finite(targets, "augment.mixup, argument y")
    stream = streams.generator(seed, streams.AUGMENT)
    share = stream.beta(strength, strength, len(rows))
    partner = stream.permutation(len(rows))
    return _mixed(rows, share, partner), _mixed(targets, share, partner)


def _mixed(found: Array, share: Floats, partner: Array) -> Floats:
    kind = found.dtype if found.dtype.kind == "f" else np.dtype(np.float64)
    weight = share.reshape(-1, *(1,) * (found.ndim - 1))
    return (weight * found + (1 - weight) * found[partner]).astype(kind)
