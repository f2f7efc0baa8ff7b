"""8: labels that the loss cannot take: 1 … K, ±1, words, shares that do not sum to 1."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.change import Change
from chainrule.doctor.changes.labels import recoded
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError
from chainrule.train.opening import opened

WHERE = "diagnose, data"


def look(case: Case) -> Iterator[Suspicion]:
    """What the loss itself says of them, or the gate through which all numbers enter."""
    error = _refused(case)
    if error is not None:
        cure = _cure(case)
        yield Suspicion(
            "labels_coded_wrong", "exact", (Evidence("refused", {"got": error}),), () if cure is None else (cure,),
            values={"ends_it": True},
        )


def _refused(case: Case) -> ChainruleError | None:
    check = getattr(case.first.loss, "check_targets", None)
    try:
        if case.feed is None or check is None:
            return None
    except ChainruleError as error:
        return error if error.where.endswith(", y") else None
    try:
        outputs = case.first.predict(case._some_rows)
    except ChainruleError:  # no affair of labels
        return None
    try:
        check(case.feed.targets, outputs.shape[1:], case.feed.weights)
    except ChainruleError as error:
        return None if error.key == "losses.not_finite" else error  # a gap is no label
    return None


def _cure(case: Case) -> Change | None:
    """The labels in another code; None where the loss would refuse that too."""
    first, kind = case.first, case.first.objective.kind.targets
    check = getattr(first.loss, "check_targets", None)
    if check is None or kind not in ("binary", "classes") or not isinstance(case.rows, tuple):
        return None
    try:
        row = np.shape(first.predict(_some(case.rows[0])))[1:]
        labels = _labels(case)
        column = labels.shape[1:] == (1,)
        numbered = kind == "classes" and bool(row) and (labels.ndim <= len(row) or column)
        ignored = first.objective.setting("ignore_index") if numbered else None
        wanted = row if not numbered else () if column else labels.shape[1:]
        change = recoded(labels, row[0] if numbered else 2, wanted, numbered, ignored)
        if change is None or change.data is None:
            return None
        feed: Any = first._by_class(opened(first, change.data(case.rows), WHERE), WHERE, learn=True)
        check(feed.targets, row, feed.weights)
    except (ChainruleError, ValueError):  # rows of several lengths, words among numbers
        return None
    return change


def _some(X: Any) -> Any:
    return tuple(np.asarray(part)[:2] for part in X) if isinstance(X, tuple) else np.asarray(X)[:2]


def _labels(case: Case) -> Any:
    """Those to learn from and those to judge by: a class may be among the latter alone."""
    own = np.asarray(case.rows[1])
    judged = case.judged
    if not isinstance(judged, tuple) or np.shape(judged[1])[1:] != own.shape[1:]:
        return own
    return np.concatenate([own, np.asarray(judged[1])])


CHECK = Check(8, ("labels_coded_wrong",), look, "before")
