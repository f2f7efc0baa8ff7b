"""How far predicted numbers are from the true ones, by scikit-learn's definitions; over several outputs, the mean."""

import numpy as np

from chainrule.metrics.gates import Doubles, amounts, weights


def mean_squared_error(y_true: object, y_pred: object, *, sample_weight: object = None) -> float:
    """The mean of (y - p)².

    Args:
        y_true: (n,) or (n, outputs) numbers.
        y_pred: what was predicted, in the same shape.
        sample_weight: (n,) weights; default all 1.

    Returns:
        From 0, in the square of the unit of y.

    Raises:
        ShapeError: when shapes differ.
        DataError: for no rows, NaN, infinity, or weights that are all 0.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.mean_squared_error([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0])
        0.375
    """
    true, predicted, weight = _checked(y_true, y_pred, sample_weight, "mean_squared_error")
    return float(np.average((true - predicted) ** 2, axis=0, weights=weight).mean())


def root_mean_squared_error(y_true: object, y_pred: object, *, sample_weight: object = None) -> float:
    """The root of the mean of (y - p)², taken for each output.

    Args:
        y_true: (n,) or (n, outputs) numbers.
        y_pred: what was predicted, in the same shape.
        sample_weight: (n,) weights; default all 1.

    Returns:
        From 0, in the unit of y.

    Raises:
        ShapeError: when shapes differ.
        DataError: for no rows, NaN, infinity, or weights that are all 0.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.root_mean_squared_error([0.0, 0.0], [3.0, -3.0])
        3.0
    """
    true, predicted, weight = _checked(y_true, y_pred, sample_weight, "root_mean_squared_error")
    return float(np.sqrt(np.average((true - predicted) ** 2, axis=0, weights=weight)).mean())


def mean_absolute_error(y_true: object, y_pred: object, *, sample_weight: object = None) -> float:
    """The mean of |y - p|.

    Args:
        y_true: (n,) or (n, outputs) numbers.
        y_pred: what was predicted, in the same shape.
        sample_weight: (n,) weights; default all 1.

    Returns:
        From 0, in the unit of y.

    Raises:
        ShapeError: when shapes differ.
        DataError: for no rows, NaN, infinity, or weights that are all 0.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.mean_absolute_error([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0])
        0.5
    """
    true, predicted, weight = _checked(y_true, y_pred, sample_weight, "mean_absolute_error")
    return float(np.average(np.abs(true - predicted), axis=0, weights=weight).mean())


def median_absolute_error(y_true: object, y_pred: object, *, sample_weight: object = None) -> float:
    """The median of |y - p|: half of the rows are nearer than that.

    With weights: the smallest error that half of the weight does not exceed; halfway to the next one when it is
    exactly half.

    Args:
        y_true: (n,) or (n, outputs) numbers.
        y_pred: what was predicted, in the same shape.
        sample_weight: (n,) weights; default all 1.

    Returns:
        From 0, in the unit of y.

    Raises:
        ShapeError: when shapes differ.
        DataError: for no rows, NaN, infinity, or weights that are all 0.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.median_absolute_error([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 80.0])
        0.5
    """
    true, predicted, weight = _checked(y_true, y_pred, sample_weight, "median_absolute_error")
    errors = np.abs(true - predicted)
    return float(np.mean([weighted_median(errors[:, j], weight) for j in range(errors.shape[1])]))


def weighted_median(values: Doubles, weight: Doubles) -> float:
    """The value below which half of the weight lies; the mean of two when the half falls between them."""
    order = np.argsort(values, kind="stable")
    order = order[weight[order] > 0]
    below = np.cumsum(weight[order])
    half = below[-1] / 2
    place = int(np.searchsorted(below, half))
    following = min(place + 1, len(order) - 1) if np.isclose(below[place], half, rtol=1e-12, atol=0) else place
    return float((values[order[place]] + values[order[following]]) / 2)


def r2_score(y_true: object, y_pred: object, *, sample_weight: object = None) -> float:
    """The share of the variance of y that the predictions explain: 1 - Σ(y - p)² / Σ(y - mean y)².

    Args:
        y_true: (n,) or (n, outputs) numbers, at least two rows.
        y_pred: what was predicted, in the same shape.
        sample_weight: (n,) weights; default all 1.

    Returns:
        At most 1; 0 for what the best constant reaches. For a constant y: 1 when all is right, else 0. NaN for a
        single row.

    Raises:
        ShapeError: when shapes differ.
        DataError: for no rows, NaN, infinity, or weights that are all 0.

    Example:
        >>> import chainrule.metrics
        >>> round(chainrule.metrics.r2_score([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0]), 4)
        0.9486
    """
    true, predicted, weight = _checked(y_true, y_pred, sample_weight, "r2_score")
    if len(true) < 2:
        return float("nan")
    left = (weight[:, None] * (true - predicted) ** 2).sum(axis=0)
    spread = (weight[:, None] * (true - np.average(true, axis=0, weights=weight)) ** 2).sum(axis=0)
    return explained(left, spread)


def explained(left: Doubles, spread: Doubles) -> float:
    """The mean over outputs of 1 - left / spread; where nothing varies, 1 for no error and 0 for some."""
    varies = spread != 0
    each = np.where(varies, 1 - left / np.where(varies, spread, 1.0), np.where(left == 0, 1.0, 0.0))
    return float(each.mean())


def _checked(y_true: object, y_pred: object, sample_weight: object, name: str) -> tuple[Doubles, Doubles, Doubles]:
    true, predicted = amounts(y_true, y_pred, name)
    return true, predicted, weights(sample_weight, len(true), f"{name}, argument sample_weight")
