"""How good predicted classes are: accuracy, confusion, precision, recall, F1, by scikit-learn's definitions.

True and predicted labels are (n,) numbers or words, or (n, k) rows of 0 and 1 when a row may bear several labels.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.metrics.counts import Average, Share, by_class, checked_average, checked_zero_division, confusion, share
from chainrule.metrics.gates import Doubles, label_pair, numbered, weights


def accuracy_score(y_true: object, y_pred: object, *, sample_weight: object = None) -> float:
    """The share of rows whose label is right; with several labels a row, all of them must be.

    Args:
        y_true: (n,) labels, or (n, k) of 0 and 1.
        y_pred: what was predicted, in the same shape.
        sample_weight: (n,) weights; default all 1.

    Returns:
        From 0 to 1.

    Raises:
        ShapeError: when shapes differ.
        DataError: for no rows, or values that are no labels.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.accuracy_score([0, 1, 1, 0], [0, 1, 0, 0])
        0.75
    """
    true, predicted = label_pair(y_true, y_pred, "accuracy_score")
    weight = weights(sample_weight, len(true), "accuracy_score, argument sample_weight")
    right = (true == predicted).reshape(len(true), -1).all(axis=1)
    return float(np.average(right, weights=weight))


def confusion_matrix(
    y_true: object,
    y_pred: object,
    *,
    labels: object = None,
    sample_weight: object = None,
    normalize: Literal["true", "pred", "all"] | None = None,
) -> NDArray[np.int64] | Doubles:
    """How often each class was predicted as each: row the true class, column the predicted one.

    Args:
        y_true: (n,) labels.
        y_pred: (n,) predicted labels.
        labels: the classes in the order of rows and columns; default all that occur, in rising order.
        sample_weight: (n,) weights; default all 1.
        normalize: divide by the sum of each row (`"true"`), of each column (`"pred"`), or of all (`"all"`).

    Returns:
        (classes, classes) int64 counts, or float64 with weights or `normalize`; a share of nothing is 0.

    Raises:
        ShapeError: when shapes differ, or a row has several labels.
        ArgumentError: for another `normalize`.
        DataError: for no rows, values that are no labels, or labels none of which is a true one.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.confusion_matrix([0, 1, 1, 0], [0, 1, 0, 0])
        array([[2, 0],
               [1, 1]])
    """
    true, predicted = label_pair(y_true, y_pred, "confusion_matrix")
    if true.ndim == 2:
        raise ShapeError("metrics.one_label", "confusion_matrix", got=true.shape)
    if normalize not in (None, "true", "pred", "all"):
        raise ArgumentError("metrics.normalize", "confusion_matrix, argument normalize", got=repr(normalize))
    classes, (rows, columns) = numbered("confusion_matrix", labels, true, predicted)
    if (rows < 0).all():
        raise DataError("metrics.no_true_label", "confusion_matrix, argument labels", got=list(classes))
    weight = weights(sample_weight, len(true), "confusion_matrix, argument sample_weight", some=False)
    matrix = confusion(rows, columns, weight, len(classes))
    if normalize is None:
        return matrix.astype(np.int64) if sample_weight is None else matrix
    below = {"true": matrix.sum(axis=1, keepdims=True), "pred": matrix.sum(axis=0, keepdims=True), "all": matrix.sum()}
    total = below[normalize]
    return matrix / np.where(total == 0, 1.0, total)


def balanced_accuracy_score(
    y_true: object, y_pred: object, *, sample_weight: object = None, adjusted: bool = False
) -> float:
    """The mean over classes of the share of their rows that were recognised.

    Args:
        y_true: (n,) labels.
        y_pred: (n,) predicted labels.
        sample_weight: (n,) weights; default all 1.
        adjusted: scale so that chance is 0 and perfection 1.

    Returns:
        From 0 to 1; with `adjusted` from 1 / (1 - classes) to 1, and NaN for a single class.

    Raises:
        ShapeError: when shapes differ, or a row has several labels.
        DataError: for no rows, or values that are no labels.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.balanced_accuracy_score([0, 0, 0, 1], [0, 0, 0, 0])
        0.5
    """
    true, predicted = label_pair(y_true, y_pred, "balanced_accuracy_score")
    if true.ndim == 2:
        raise ShapeError("metrics.one_label", "balanced_accuracy_score", got=true.shape)
    classes, (rows, columns) = numbered("balanced_accuracy_score", None, true, predicted)
    weight = weights(sample_weight, len(true), "balanced_accuracy_score, argument sample_weight")
    return balanced(confusion(rows, columns, weight, len(classes)), adjusted=adjusted)


def balanced(matrix: Doubles, *, adjusted: bool = False) -> float:
    """The balanced accuracy of a confusion matrix; classes without true rows do not count."""
    actual = matrix.sum(axis=1)
    each = np.diagonal(matrix)[actual > 0] / actual[actual > 0]
    score = float(each.mean())
    if not adjusted:
        return score
    return (score - 1 / len(each)) / (1 - 1 / len(each)) if len(each) > 1 else float("nan")


def precision_score(
    y_true: object,
    y_pred: object,
    *,
    labels: object = None,
    pos_label: object = 1,
    average: Average | None = "binary",
    sample_weight: object = None,
    zero_division: float = 0.0,
) -> Doubles | float:
    """Of the rows predicted as a class, the share that belong to it: TP / (TP + FP).

    Args:
        y_true: (n,) labels, or (n, k) of 0 and 1.
        y_pred: what was predicted, in the same shape.
        labels: the classes to average over; default all that occur.
        pos_label: the class that counts for `average="binary"`.
        average: `"binary"` for two classes; over classes `"macro"` (each alike), `"weighted"` (by their rows) or
            `"micro"` (all rows together); `None` for each class by itself.
        sample_weight: (n,) weights; default all 1.
        zero_division: the share of a class that was never predicted: 0, 1, or NaN, which averages leave out.

    Returns:
        From 0 to 1, or (classes,) float64 for `average=None`.

    Raises:
        ShapeError: when shapes differ.
        ArgumentError: for another `average` or `zero_division`, or `"binary"` with more than two classes.
        DataError: for no rows, or values that are no labels.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.precision_score([0, 1, 1, 0], [1, 1, 1, 0])
        0.6666666666666666
    """
    return _share("precision", y_true, y_pred, labels, pos_label, average, sample_weight, zero_division)


def recall_score(
    y_true: object,
    y_pred: object,
    *,
    labels: object = None,
    pos_label: object = 1,
    average: Average | None = "binary",
    sample_weight: object = None,
    zero_division: float = 0.0,
) -> Doubles | float:
    """Of the rows of a class, the share that were predicted as such: TP / (TP + FN).

    Args:
        y_true: (n,) labels, or (n, k) of 0 and 1.
        y_pred: what was predicted, in the same shape.
        labels: the classes to average over; default all that occur.
        pos_label: the class that counts for `average="binary"`.
        average: `"binary"` for two classes; over classes `"macro"` (each alike), `"weighted"` (by their rows) or
            `"micro"` (all rows together); `None` for each class by itself.
        sample_weight: (n,) weights; default all 1.
        zero_division: the share of a class without rows: 0, 1, or NaN, which averages leave out.

    Returns:
        From 0 to 1, or (classes,) float64 for `average=None`.

    Raises:
        ShapeError: when shapes differ.
        ArgumentError: for another `average` or `zero_division`, or `"binary"` with more than two classes.
        DataError: for no rows, or values that are no labels.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.recall_score([0, 1, 1, 0], [1, 1, 0, 0])
        0.5
    """
    return _share("recall", y_true, y_pred, labels, pos_label, average, sample_weight, zero_division)


def f1_score(
    y_true: object,
    y_pred: object,
    *,
    labels: object = None,
    pos_label: object = 1,
    average: Average | None = "binary",
    sample_weight: object = None,
    zero_division: float = 0.0,
) -> Doubles | float:
    """The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

    Args:
        y_true: (n,) labels, or (n, k) of 0 and 1.
        y_pred: what was predicted, in the same shape.
        labels: the classes to average over; default all that occur.
        pos_label: the class that counts for `average="binary"`.
        average: `"binary"` for two classes; over classes `"macro"` (each alike), `"weighted"` (by their rows) or
            `"micro"` (all rows together); `None` for each class by itself.
        sample_weight: (n,) weights; default all 1.
        zero_division: the score of a class that neither occurs nor was predicted: 0, 1, or NaN, which averages leave
            out.

    Returns:
        From 0 to 1, or (classes,) float64 for `average=None`.

    Raises:
        ShapeError: when shapes differ.
        ArgumentError: for another `average` or `zero_division`, or `"binary"` with more than two classes.
        DataError: for no rows, or values that are no labels.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.f1_score([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], average="macro")
        0.26666666666666666
    """
    return _share("f1", y_true, y_pred, labels, pos_label, average, sample_weight, zero_division)


def _share(
    which: Share,
    y_true: object,
    y_pred: object,
    labels: object,
    pos_label: object,
    average: Average | None,
    sample_weight: object,
    zero_division: float,
) -> Doubles | float:
    name = f"{which}_score"
    true, predicted = label_pair(y_true, y_pred, name)
    how = checked_average(average, f"{name}, argument average")
    nothing = checked_zero_division(zero_division, f"{name}, argument zero_division")
    weight = weights(sample_weight, len(true), f"{name}, argument sample_weight", some=False)
    if true.ndim == 2:
        if how == "binary":
            got = f"{true.shape[1]} labels a row"
            raise ArgumentError("metrics.binary_average", f"{name}, argument average", got=got)
        parts = (true * predicted, predicted, true)
        return share(which, np.stack([weight @ part.astype(np.float64) for part in parts]), how, nothing)
    if how == "binary":
        labels = _positive(name, np.union1d(true, predicted), pos_label)
    every, places = numbered(name, None, true, predicted)
    counts = by_class(confusion(places[0], places[1], weight, len(every)))
    if labels is not None:
        chosen = numbered(name, labels, true)[0]
        present = np.isin(chosen, every)
        counts = np.where(present, counts[:, np.searchsorted(every, chosen) * present], 0.0)
    return share(which, counts, how, nothing)


def _positive(name: str, found: NDArray[np.generic], pos_label: object) -> list[object]:
    if len(found) > 2:
        raise ArgumentError("metrics.binary_average", f"{name}, argument average", got=f"{len(found)} classes")
    if pos_label not in found.tolist() and len(found) == 2:
        where = f"{name}, argument pos_label"
        raise ArgumentError("metrics.pos_label", where, got=repr(pos_label), names=found.tolist())
    return [pos_label]
