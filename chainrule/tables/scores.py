"""What answers are worth on the rows to judge by, in the measures of their task, and what a constant is worth."""

from collections.abc import Mapping
from math import nan

import numpy as np

from chainrule.data.arrays import Array
from chainrule.errors import DataError
from chainrule.metrics.classification import accuracy_score, balanced_accuracy_score
from chainrule.metrics.ranking import log_loss, roc_auc_score
from chainrule.metrics.regression import mean_absolute_error, r2_score, root_mean_squared_error
from chainrule.tables.answers import Answers
from chainrule.tables.schema import Target, Task

Scores = Mapping[str, float]


def scores(task: Task, truth: Array, given: Answers) -> Scores:
    """The scores of answers.

    Args:
        task: what the targets are.
        truth: (n, 1) or (n,) targets in their own units.
        given: (n, classes) probabilities or (n, 1) numbers.

    Returns:
        By name, as in `chainrule.metrics`; NaN where these rows cannot tell.
    """
    if task == "numbers":
        return {
            "r2": r2_score(truth, given) if len(truth) > 1 else nan,
            "mae": mean_absolute_error(truth, given),
            "rmse": root_mean_squared_error(truth, given),
        }
    actual = truth.reshape(-1).astype(np.int64)
    chosen = given.argmax(axis=1)
    found = {"accuracy": accuracy_score(actual, chosen)}
    if task == "binary":
        found["roc_auc"] = _area(actual, given)
    else:
        found["balanced_accuracy"] = balanced_accuracy_score(actual, chosen)
    return found | {"log_loss": log_loss(actual, given, labels=range(given.shape[1]))}


def of_constant(task: Task, known: Array, truth: Array, classes: int) -> tuple[Scores, Answers]:
    """The scores of the answer that is the same for every row and, among those, best by the `known` targets.

    Shares of the classes; of numbers the mean, and for the absolute error the median.
    """
    if task == "numbers":
        mean, median = (np.full((len(truth), 1), of(known)) for of in (np.mean, np.median))
        return {**scores(task, truth, mean), "mae": mean_absolute_error(truth, median)}, mean
    shares = np.bincount(known.reshape(-1).astype(np.int64), minlength=classes) / len(known)
    constant = np.tile(shares, (len(truth), 1))
    return scores(task, truth, constant), constant


def of_shares(target: Target, truth: Array) -> Scores:
    """The scores of the best constant that was learnt together with a network."""
    if target.task == "numbers":
        mean, median = (np.full((len(truth), 1), value) for value in target.constant)
        return {**scores("numbers", truth, mean), "mae": mean_absolute_error(truth, median)}
    return scores(target.task, truth, np.tile(np.array(target.constant), (len(truth), 1)))


def _area(actual: Array, given: Answers) -> float:
    try:
        return roc_auc_score(actual, given[:, 1], labels=(0, 1))
    except DataError:  # one class only among these rows
        return nan
