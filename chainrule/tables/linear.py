"""The linear model that a network has to beat: least squares for numbers, logistic or softmax regression for classes.

It learns from all rows but those to judge by, scaled as for the network, and as far as it can: least squares are exact,
and the regression of classes, with the ridge that is usual for it, is followed by L-BFGS to its minimum.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.nn.linear import Linear
from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.losses.classes import CrossEntropyLoss
from chainrule.optim.lbfgs import LBFGS
from chainrule.tables.answers import Answers, answers
from chainrule.tables.parts import Part, Parts
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor

RIDGE = 1.0  # loss summed over rows + RIDGE / 2 · ‖W‖², as in scikit-learn's LogisticRegression with its C of 1
LARGE = 20_000_000  # numbers from which single precision has to do
ITERATIONS = 1_000
# The gradient of the mean loss at which it has arrived: far beneath what chance makes of the mean of so many rows.
FLAT = {np.float64: 1e-6, np.float32: 1e-4}


@dataclass(frozen=True)
class LinearModel:
    """A linear model, trained.

    Attributes:
        answers: for the rows to judge by.
        converged: whether it reached its minimum.
    """

    answers: Answers
    converged: bool


def linear(parts: Parts) -> LinearModel:
    """Train a linear model on all known rows and let it answer for the rows to judge by."""
    known, judging = parts.plain
    target = parts.schema.target
    if parts.task == "numbers":
        X = known.X.astype(np.float64)
        ones = np.ones((len(X), 1))
        weights = np.linalg.lstsq(np.hstack([X, ones]), known.y.astype(np.float64), rcond=None)[0]
        return LinearModel(answers(judging @ weights[:-1] + weights[-1], target), True)
    dtype = np.float32 if takes_long(parts) else np.float64
    model, converged = _regression(known, parts, dtype)
    with no_grad():
        outputs = model(wrap(judging.astype(dtype))).numpy()
    return LinearModel(answers(outputs, target), converged)


def takes_long(parts: Parts) -> bool:
    """Whether there are so many rows that people should be told what they wait for."""
    return parts.task != "numbers" and parts.plain[0].X.size >= LARGE


def _regression(known: Part, parts: Parts, dtype: type[np.floating[Any]]) -> tuple[Linear, bool]:
    """Logistic or softmax regression at the minimum of its loss, or as near as its iterations lead."""
    X = wrap(known.X.astype(dtype, copy=False))
    targets = wrap(known.y.astype(dtype) if parts.task == "binary" else known.y)
    model = Linear(known.X.shape[1], parts.outputs)
    model.to(dtype)
    with no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    loss_of = BCEWithLogitsLoss() if parts.task == "binary" else CrossEntropyLoss()
    optimizer = LBFGS(
        model.parameters(), max_iter=ITERATIONS, max_eval=2 * ITERATIONS, tolerance_grad=FLAT[dtype],
        tolerance_change=0.0, history_size=20, line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss: Tensor = loss_of(model(X), targets) + (model.weight * model.weight).sum() * (RIDGE / 2 / len(X))
        loss.backward()
        return loss

    optimizer.step(closure)
    closure()
    steepest = max(np.abs(p.grad.numpy()).max() for p in model.parameters() if p.grad is not None)
    return model, bool(steepest <= 10 * FLAT[dtype])
