"""Metrics by name."""

import difflib
import re
from collections.abc import Callable, Sequence

from chainrule.errors import ArgumentError
from chainrule.metrics.collected import FunctionMetric, LogLoss, RocAuc
from chainrule.metrics.counted import F1, Accuracy, BalancedAccuracy, Precision, Recall, TopKAccuracy
from chainrule.metrics.counts import Average
from chainrule.metrics.meaning import Outputs, Task
from chainrule.metrics.measured import (
    R2,
    MeanAbsoluteError,
    MeanSquaredError,
    Measured,
    MedianAbsoluteError,
    RootMeanSquaredError,
)
from chainrule.metrics.metric import Metric

SHARES: dict[str, type[Precision] | type[Recall] | type[F1]] = {"precision": Precision, "recall": Recall, "f1": F1}
AVERAGED: dict[str, tuple[str, Average | None]] = {
    **{name: (name, None) for name in SHARES},
    "precision_macro": ("precision", "macro"),
    "precision_micro": ("precision", "micro"),
    "precision_weighted": ("precision", "weighted"),
    "recall_macro": ("recall", "macro"),
    "recall_micro": ("recall", "micro"),
    "recall_weighted": ("recall", "weighted"),
    "f1_macro": ("f1", "macro"),
    "f1_micro": ("f1", "micro"),
    "f1_weighted": ("f1", "weighted"),
}
MEASURES: dict[str, type[Measured]] = {
    kind.name: kind for kind in (R2, MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, MedianAbsoluteError)
}
TOP = re.compile(r"top_([1-9]\d{0,5})_accuracy")
NAMES = ("accuracy", "balanced_accuracy", *AVERAGED, "top_5_accuracy", "roc_auc", "log_loss", *MEASURES)


def names() -> list[str]:
    """The names that `get` knows; `top_5_accuracy` stands for any number.

    Returns:
        The names, those of classes before those of numbers.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.names()[:3]
        ['accuracy', 'balanced_accuracy', 'precision']
    """
    return list(NAMES)


def get(
    metric: str | Metric | Callable[..., object],
    outputs: Outputs = "logits",
    *,
    task: Task | None = None,
    threshold: float = 0.5,
    ignore_index: int | None = None,
) -> Metric:
    """The metric of this name, for outputs of this meaning.

    Args:
        metric: one of `names()`; a `Metric`, which is given back as it is; or a function of one's own, called with all
            targets and all outputs.
        outputs: what the network gives: `"logits"` (before sigmoid or softmax), `"probabilities"` (after it),
            `"classes"` (class numbers) or `"numbers"`.
        task: `"binary"`, `"classes"`, `"labels"` or `"numbers"`; default by the shapes of the batches, where they leave
            no doubt.
        threshold: the probability above which a row is of class 1.
        ignore_index: a class number whose rows do not count.

    Returns:
        A fresh `Metric`.

    Raises:
        ArgumentError: for an unknown name, or one that does not fit the outputs.

    Example:
        >>> import chainrule.metrics
        >>> chainrule.metrics.get("top_3_accuracy")
        TopKAccuracy('top_3_accuracy')
        >>> chainrule.metrics.get("mae", outputs="numbers")
        MeanAbsoluteError('mae')
    """
    if isinstance(metric, Metric):
        return metric
    if not isinstance(metric, str):
        return FunctionMetric(metric)
    if outputs not in ("logits", "probabilities", "classes", "numbers"):
        raise ArgumentError("metrics.outputs", "metrics.get, argument outputs", got=repr(outputs))
    if metric in MEASURES:
        return MEASURES[metric](outputs)
    top = TOP.fullmatch(metric)
    if metric not in NAMES and not top:
        near = difflib.get_close_matches(metric, NAMES, n=1, cutoff=0.0)[0]
        where = "metrics.get, argument metric"
        raise ArgumentError("metrics.unknown", where, got=repr(metric), names=", ".join(NAMES), near=repr(near))
    if outputs == "numbers" or task == "numbers":
        raise ArgumentError("metrics.needs_classes", f"{metric}, argument outputs", got=repr(outputs))
    if top:
        return TopKAccuracy(int(top[1]), outputs, ignore_index)
    if metric == "roc_auc":
        return RocAuc(outputs, task, ignore_index=ignore_index)
    if metric == "log_loss":
        return LogLoss(outputs, task, ignore_index)
    if metric in AVERAGED:
        which, average = AVERAGED[metric]
        return SHARES[which](outputs, task, average, threshold, ignore_index)
    kind = Accuracy if metric == "accuracy" else BalancedAccuracy
    return kind(outputs, task, threshold, ignore_index)


def get_all(
    metrics: Sequence[str | Metric | Callable[..., object]],
    outputs: Outputs = "logits",
    *,
    task: Task | None = None,
    threshold: float = 0.5,
    ignore_index: int | None = None,
) -> dict[str, Metric]:
    """Several metrics, by the names under which they stand in a history.

    Args:
        metrics: each as `get` takes it.
        outputs: what the network gives, as in `get`.
        task: as in `get`.
        threshold: as in `get`.
        ignore_index: as in `get`.

    Returns:
        The metrics in the order given.

    Raises:
        ArgumentError: for an unknown name, or one that occurs twice.

    Example:
        >>> import chainrule.metrics
        >>> list(chainrule.metrics.get_all(["accuracy", "f1"]))
        ['accuracy', 'f1']
    """
    found: dict[str, Metric] = {}
    for metric in metrics:
        made = get(metric, outputs, task=task, threshold=threshold, ignore_index=ignore_index)
        if made.name in found:
            raise ArgumentError("metrics.twice", "metrics.get_all, argument metrics", got=repr(made.name))
        found[made.name] = made
    return found
