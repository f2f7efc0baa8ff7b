"""How good scores of classes are, by scikit-learn's definitions: area under the ROC curve, top-k accuracy, log loss."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array, numbers, whole
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.metrics.gates import Doubles, labels, numbered, scores, weights


def roc_auc_score(
    y_true: object,
    y_score: object,
    *,
    average: Literal["macro", "weighted"] = "macro",
    sample_weight: object = None,
    multi_class: Literal["raise", "ovr"] = "raise",
    labels: object = None,
) -> float:
    """The area under the ROC curve: how often a row of the class has a higher score than one that is not of it.

    Args:
        y_true: (n,) labels.
        y_score: (n,) scores of the higher of two labels (logits or probabilities), or (n, classes) probabilities.
        average: over classes, `"macro"` (each alike) or `"weighted"` (by their rows).
        sample_weight: (n,) weights; default all 1.
        multi_class: `"ovr"` to take each of several classes against the rest.
        labels: the classes in the order of the columns, rising; default all that occur.

    Returns:
        From 0 to 1; 0.5 for chance.

    Raises:
        DataError: when a class has no rows or all rows, or probabilities do not sum to 1.
        ShapeError: when rows differ, or columns and classes.
        ArgumentError: for more than two classes without `multi_class="ovr"`.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        0.75

    Source:
        Fawcett, "An introduction to ROC analysis", 2006.
    """
    name = "roc_auc_score"
    true, found = _scored(y_true, y_score, name, "y_score")
    if average not in ("macro", "weighted"):
        raise ArgumentError("metrics.average", f"{name}, argument average", got=repr(average))
    classes, (number,) = _classes(name, labels, true, found)
    weight = weights(sample_weight, len(true), f"{name}, argument sample_weight")
    if found.ndim == 1:
        if len(classes) != 2:
            raise DataError("metrics.two_classes", name, got=len(classes))
        return _area(number == 1, found, weight, name)
    if multi_class != "ovr":
        raise ArgumentError("metrics.multi_class", f"{name}, argument multi_class", got=repr(multi_class))
    _sum_to_one(found, name, "y_score")
    each = [_area(number == k, found[:, k], weight, name) for k in range(len(classes))]
    sizes = np.bincount(number, weight, len(classes)) if average == "weighted" else None
    return float(np.average(each, weights=sizes))


def area(positive: NDArray[np.bool_], score: Doubles, weight: Doubles) -> float:
    """The area under one ROC curve by the trapezoid rule over different scores; NaN without both kinds of rows."""
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    hits = np.cumsum(np.where(positive, weight, 0.0)[order])
    misses = np.cumsum(np.where(positive, 0.0, weight)[order])
    if not len(order) or hits[-1] <= 0 or misses[-1] <= 0:
        return float("nan")
    last = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)  # equal scores are one step
    up, along = np.append(0.0, hits[last]), np.append(0.0, misses[last])
    return float(((up[1:] + up[:-1]) / 2 * np.diff(along)).sum() / (hits[-1] * misses[-1]))


def top_k_accuracy_score(
    y_true: object, y_score: object, *, k: int = 2, sample_weight: object = None, labels: object = None
) -> float:
    """The share of rows whose class is among the k with the highest scores; of equal scores the later class is higher.

    Args:
        y_true: (n,) labels.
        y_score: (n, classes) scores, at least three classes.
        k: from 1 to the number of classes.
        sample_weight: (n,) weights; default all 1.
        labels: the classes in the order of the columns, rising; default all that occur.

    Returns:
        From 0 to 1.

    Raises:
        ShapeError: when rows differ, or columns and classes.
        DataError: for no rows, or a label that is none of `labels`.
        ArgumentError: for another k.

    Example:
        >>> import chainrule.metrics
        >>> scores = [[0.5, 0.2, 0.2], [0.3, 0.4, 0.2], [0.2, 0.4, 0.3], [0.7, 0.2, 0.1]]
        >>> chainrule.metrics.top_k_accuracy_score([0, 1, 2, 2], scores, k=2)
        0.75
    """
    name = "top_k_accuracy_score"
    true, found = _scored(y_true, y_score, name, "y_score")
    if found.ndim == 1:
        raise ShapeError("metrics.column_a_class", f"{name}, argument y_score", got=found.shape)
    classes, (number,) = _classes(name, labels, true, found)
    most = whole(k, f"{name}, argument k", least=1, most=len(classes))
    weight = weights(sample_weight, len(true), f"{name}, argument sample_weight")
    return float(np.average(in_front(number, found, most), weights=weight))


def in_front(number: NDArray[np.int64], found: Doubles, k: int) -> NDArray[np.bool_]:
    """(n,) whether each row's class is among the k highest scores; of equal scores the later class is higher."""
    own = found[np.arange(len(found)), number][:, None]
    later = np.arange(found.shape[1]) > number[:, None]
    inside: NDArray[np.bool_] = ((found > own) | ((found == own) & later)).sum(axis=1) < k
    return inside


def log_loss(y_true: object, y_proba: object, *, sample_weight: object = None, labels: object = None) -> float:
    """The mean of -log p of each row's true class; probabilities are kept from 0 and 1 by the precision of their type.

    Args:
        y_true: (n,) labels.
        y_proba: (n,) probabilities of the higher of two labels, or (n, classes) of each, summing to 1.
        sample_weight: (n,) weights; default all 1.
        labels: the classes in the order of the columns, rising; default all that occur.

    Returns:
        From 0, the lower the better.

    Raises:
        DataError: for numbers outside 0 to 1, rows that do not sum to 1, or a single class without `labels`.
        ShapeError: when rows differ, or columns and classes.

    Example:
        >>> import chainrule.metrics
        >>> round(chainrule.metrics.log_loss([1, 0, 0, 1], [0.9, 0.1, 0.2, 0.65]), 5)
        0.21616

    Source:
        Bishop, Pattern Recognition and Machine Learning, 2006, equation 4.90.
    """
    name = "log_loss"
    true, found = _scored(y_true, y_proba, name, "y_proba")
    if (found < 0).any() or (found > 1).any():
        raise DataError("metrics.no_probability", f"{name}, argument y_proba", got=found[(found < 0) | (found > 1)][0])
    each = np.column_stack((1 - found, found)) if found.ndim == 1 else found
    _sum_to_one(each, name, "y_proba")
    classes, (number,) = _classes(name, labels, true, found)
    if len(classes) < 2:
        raise DataError("metrics.two_classes", name, got=len(classes))
    weight = weights(sample_weight, len(true), f"{name}, argument sample_weight")
    kind = numbers(y_proba, f"{name}, argument y_proba").dtype
    eps = np.finfo(kind).eps if kind.kind == "f" else np.finfo(np.float64).eps
    own = np.clip(each, eps, 1 - eps)[np.arange(len(true)), number]
    return float(np.average(-np.log(own), weights=weight))


def _scored(y_true: object, y_score: object, name: str, argument: str) -> tuple[Array, Doubles]:
    true = labels(y_true, f"{name}, argument y_true")
    if true.ndim == 2:
        raise ShapeError("metrics.one_label", name, got=true.shape)
    return true, scores(y_score, true, name, argument)


def _classes(name: str, known: object, true: Array, found: Doubles) -> tuple[Array, list[NDArray[np.int64]]]:
    classes, numbers = numbered(name, known, true)
    columns = 2 if found.ndim == 1 else found.shape[1]
    if known is not None and (np.sort(classes) != classes).any():
        raise DataError("metrics.labels_order", f"{name}, argument labels", got=classes.tolist())
    if len(classes) > columns or (found.ndim == 2 and len(classes) != columns):
        raise ShapeError("metrics.columns_and_classes", name, columns=columns, classes=len(classes))
    if (numbers[0] < 0).any():
        raise DataError("metrics.unknown_label", f"{name}, argument y_true", got=true[numbers[0] < 0][0])
    return classes, numbers


def _sum_to_one(found: Doubles, name: str, argument: str) -> None:
    sums = found.sum(axis=1)
    wrong = np.abs(sums - 1) > 1e-3
    if wrong.any():
        where = f"{name}, argument {argument}"
        raise DataError("metrics.sum_to_one", where, got=sums[wrong][0], place=int(wrong.argmax()))


def _area(positive: NDArray[np.bool_], score: Doubles, weight: Doubles, name: str) -> float:
    found = area(positive, score, weight)
    if np.isnan(found):
        raise DataError("metrics.two_classes", name, got=1)
    return found
