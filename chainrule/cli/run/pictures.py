"""The pictures of a run, where Matplotlib is there to draw them."""

from pathlib import Path

import numpy as np

from chainrule.errors import MissingExtraError
from chainrule.plots._confusion import confusion
from chainrule.plots._history import history as curves
from chainrule.plots._residuals import residuals
from chainrule.tables.answers import Answers
from chainrule.tables.parts import Parts
from chainrule.train.history import History


def pictures(folder: Path, history: History, parts: Parts, given: Answers) -> MissingExtraError | None:
    """Draw the history, and how the answers for the rows to judge by are wrong.

    Args:
        folder: where to.
        history: of the training.
        parts: the task, and the targets to compare with, in their own units.
        given: the network's answers for the rows to judge by.

    Returns:
        Why there are none, or None.
    """
    try:
        if len(history):
            figure = curves(history, best_constant=history.best_constant)
            figure.savefig(folder / "history.png")
        truth = parts.truth
        if parts.task == "numbers":
            residuals(truth, given).savefig(folder / "residuals.png")
        else:
            actual = truth.reshape(-1).astype(np.int64)
            confusion(actual, given, names=parts.schema.target.classes).savefig(folder / "confusion.png")
    except MissingExtraError as missing:
        return missing
    return None
