"""Rows as plain tables, as the checks of the data read them: each table is made once a case."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Ints
from chainrule.doctor.case import Case

Numbers = NDArray[np.float64]
MOST = 30  # classes: of more, whole numbers are counts or years


@dataclass(frozen=True)
class Rows:
    """Some rows.

    Attributes:
        X: (n, features), pictures and series flattened.
        y: (n, outputs).
        labels: (n,) class numbers; None where the targets are no classes, or shares of them.
    """

    X: Numbers
    y: Numbers
    labels: Ints | None

    def __len__(self) -> int:
        return len(self.y)

    @cached_property
    def keys(self) -> list[bytes]:
        """What tells each row of X from others: equal for equal rows."""
        return [row.tobytes() for row in self.X + 0.0]  # + 0.0: no -0.0


def learnt(case: Case) -> Rows | None:
    """The rows to learn from; None where they are no arrays of numbers."""
    return _table(case, case.rows)


def asked(case: Case) -> Rows | None:
    """The rows to judge by that the caller gave, or had parted; None where he did not."""
    found = _table(case, case.judged) if case.asked and case.judged is not None else None
    known = case.once(learnt)
    if found is None or found.labels is not None or known is None or known.labels is None:
        return found
    return Rows(found.X, found.y, _numbered(known, found.y))


def everything(case: Case) -> Rows | None:
    """All rows that there are: those to learn from, and those that are kept apart unasked."""
    changed = any(change.data is not None for change in case.cures)
    if case.asked or case.judged is None or changed:
        return case.once(learnt)
    return _table(case, case.data)


def contradicting(rows: Rows) -> list[list[int]]:
    """The numbers of rows whose X is equal, and whose class is not, group by group."""
    labels = rows.labels
    if labels is None:
        return []
    same = defaultdict(list)
    for place, key in enumerate(rows.keys):
        same[key].append(place)
    return [group for group in same.values() if len(group) > 1 and len(set(labels[group].tolist())) > 1]


def _table(case: Case, given: Any) -> Rows | None:
    if not isinstance(given, tuple) or len(given) < 2 or isinstance(given[0], tuple) or case.feed is None:
        return None
    try:
        X, y = np.asarray(given[0], dtype=np.float64), np.asarray(given[1], dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if X.ndim < 1 or y.ndim < 1 or len(X) != len(y) or len(y) < 2:
        return None
    X, y = X.reshape(len(X), -1), y.reshape(len(y), -1)
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        return None
    return Rows(X, y, _labels(case, y))


def _numbered(known: Rows, y: Numbers) -> Ints | None:
    """The class numbers of a few rows, which alone would not say that their numbers are those of classes."""
    assert known.labels is not None
    if y.shape[1] != 1 or known.y.shape[1] != 1 or not np.array_equal(y, np.round(y)) or not _as_they_are(known.y):
        return None
    return y[:, 0].astype(np.int64) if _as_they_are(y) else None


def _as_they_are(y: Numbers) -> bool:
    """Whether numbers of classes need no others."""
    return bool(y.min() >= 0 and y.max() <= MOST)


def _labels(case: Case, y: Numbers) -> Ints | None:
    kind = case.first.objective.kind.targets
    if y.shape[1] > 1:  # one-hot
        hot = np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()
        return y.argmax(axis=1) if hot and kind in ("classes", "numbers", "own") else None
    names, places = np.unique(y[:, 0], return_inverse=True)
    few = len(names) <= 2 if kind == "numbers" else len(names) <= min(MOST, len(y) // 2)
    if not few or len(names) < 2 or not np.array_equal(names, np.round(names)):
        return None
    # Numbers of classes stay what they are: some rows may lack a class that others have.
    return y[:, 0].astype(np.int64) if _as_they_are(y) else places.reshape(-1)
