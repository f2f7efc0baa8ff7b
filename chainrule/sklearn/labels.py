"""Classes as a user names them, and as a network learns them."""

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import column_or_1d

from chainrule.data.arrays import Array
from chainrule.errors import DataError


class Labels:
    """The classes of a classifier.

    Args:
        classes: all of them, sorted; for several labels a row their numbers.
        several_labels: whether a row may have several of them at once.

    Attributes:
        outputs: how many outputs a network needs: one for two classes, else one a class.
        softmax: whether exactly one of more than two classes is right.
    """

    def __init__(self, classes: Array, several_labels: bool) -> None:
        self.classes = classes
        self.several_labels = several_labels
        self.softmax = len(classes) > 2 and not several_labels
        self._named = classes if len(classes) > 1 else np.repeat(classes, 2)  # one class alone: there is no other
        self.outputs = len(classes) if several_labels or self.softmax else 1

    def encode(self, y: Array, dtype: np.dtype[Any]) -> Array:
        """(n,) class numbers for a softmax, else (n, outputs) 0 and 1 in `dtype`."""
        if self.several_labels:
            return np.ascontiguousarray(y, dtype=dtype)
        codes = np.searchsorted(self.classes, y).astype(np.int64)
        return codes if self.softmax else codes.astype(dtype).reshape(-1, 1)

    def codes(self, targets: Array) -> Array | None:
        """(n,) class numbers again; None where a row has several labels."""
        if self.several_labels:
            return None
        return targets if self.softmax else np.rint(targets[:, 0]).astype(np.int64)

    def decide(self, outputs: Array) -> Array:
        """What the network decides for, encoded: (n,) class numbers, or (n, K) 0 and 1."""
        if self.softmax:
            return np.asarray(outputs.argmax(axis=1))
        chosen = (outputs > 0).astype(np.int64)
        return chosen if self.several_labels else chosen[:, 0]

    def decode(self, decided: Array) -> Array:
        """The user's names of what was decided."""
        if self.several_labels:
            return decided
        return self._named[decided]


def flat(y: Any) -> Array:
    """Labels (n,), or (n, K) for several labels a row; dense, and refused where they are no classes."""
    y = y.toarray() if hasattr(y, "toarray") else np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    return np.asarray(y)


def learnt(y: Array) -> Labels:
    """The classes of `y`.

    Raises:
        DataError: for several columns that are not all 0 and 1.
    """
    several = type_of_target(y).startswith("multilabel")
    if y.ndim > 1 and not several:
        raise DataError("sklearn.several_columns", "argument y", shape=y.shape)
    return Labels(unique_labels(y), several)


def agree(labels: Labels, y: Array, all_of_them: bool) -> None:
    """Refuse classes that were not there before; with `all_of_them` also those that are there no more.

    Raises:
        DataError: for these.
    """
    found = unique_labels(y)
    known, now = set(labels.classes.tolist()), set(found.tolist())
    if all_of_them and known != now:
        raise DataError("sklearn.warm_classes", "argument y", known=labels.classes, found=found)
    if now - known:
        raise DataError("sklearn.unknown_classes", "argument y", known=labels.classes, found=found)
