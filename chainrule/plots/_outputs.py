"""The one protocol of all pictures that ask a network: an object with `.predict(X)`, or a callable.

Both take rows (n, features) and give the network's outputs, one row each. What the outputs mean is
decided here and nowhere else.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.plots._arrays import array
from chainrule.plots._chart import Numbers
from chainrule.tape.mode import no_grad
from chainrule.tensors.creation import tensor

_ROWS_AT_ONCE = 8_192
# Losses of one output a row that is above 0 for the second class.
_TAKES_LOGITS = ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", "HingeLoss", "hinge_loss")


def outputs(subject: object, X: Numbers, where: str) -> NDArray[Any]:
    """What the network answers to the rows of X, asked in pieces so that memory stays bounded.

    Args:
        subject: a Trainer or any object with `.predict(X)`, a Module, or a callable.
        X: (n, features) rows.
        where: for errors.

    Returns:
        (n, outputs), or (n,) from what gives one answer a row.

    Raises:
        ArgumentError: when the subject can neither predict nor be called.
        ShapeError: when the answers are not one a row.
    """
    with _asking(subject, where) as ask:
        pieces = [array(ask(X[start : start + _ROWS_AT_ONCE])) for start in range(0, len(X), _ROWS_AT_ONCE)]
    if any(not piece.ndim for piece in pieces) or sum(len(piece) for piece in pieces) != len(X):
        raise ShapeError("plots.answers", where, got=pieces[0].shape, rows=min(len(X), _ROWS_AT_ONCE))
    return np.concatenate(pieces)


@contextmanager
def _asking(subject: object, where: str) -> Iterator[Callable[[Numbers], object]]:
    if _is_module(subject):
        network: Any = subject
        dtype = next((parameter.dtype for parameter in network.parameters()), None)
        was_training = network.training
        network.eval()
        try:
            with no_grad():
                yield lambda X: network(tensor(X, dtype=dtype))
        finally:
            network.train(was_training)
    elif hasattr(subject, "predict"):
        yield subject.predict
    elif callable(subject):
        yield subject
    else:
        raise ArgumentError("plots.subject", where, got=type(subject).__name__)


def _is_module(subject: object) -> bool:
    return hasattr(subject, "training") and hasattr(subject, "named_modules") and callable(subject)


def threshold_of(subject: object) -> float:
    """Where one output turns from the first class to the second: 0 for logits, 0.5 for probabilities.

    A Trainer says it by its loss; a Module by its last layer: after a sigmoid its
    outputs are probabilities, else logits. Anything else is taken to answer probabilities.
    """
    loss = getattr(subject, "loss", None)
    while isinstance(loss, partial):
        loss = loss.func
    if loss is not None:
        return 0.0 if getattr(loss, "__name__", type(loss).__name__) in _TAKES_LOGITS else 0.5
    if _is_module(subject):
        network: Any = subject
        leaves = [module for module in network.modules() if not list(module.children())]
        return 0.5 if leaves and type(leaves[-1]).__name__ in ("Sigmoid", "Hardsigmoid") else 0.0
    return 0.5


def class_numbers(y: object, width: int, where: str) -> tuple[NDArray[np.int64], list[object]]:
    """The class of every row as 0 … K-1, and what the K classes are called in y.

    Args:
        y: (n,) or (n, 1) labels of any kind, two classes as 0/1 or as probabilities, or (n, K)
            one column a class.
        width: how many outputs the network has a row; more than 1 is one a class.
        where: for errors.

    Returns:
        (n,) class numbers, and the K labels in their order.

    Raises:
        ShapeError: for more than two axes.
        DataError: for broken numbers that are no probabilities, or more classes than outputs.
    """
    found = array(y)
    if found.ndim == 2 and found.shape[1] > 1:
        return found.argmax(axis=1).astype(np.int64), list(range(found.shape[1]))
    found = found[:, 0] if found.ndim == 2 else found
    if found.ndim != 1:
        raise ShapeError("plots.labels", where, got=found.shape)
    if found.dtype.kind == "f":
        broken = found[found != np.round(found)]
        if broken.size and not ((found >= 0) & (found <= 1)).all():
            raise DataError("plots.classes", where, got=broken[0])
        found = found > 0.5 if broken.size else found
    counted = max(2, width)
    if found.dtype.kind in "fbiu":
        found = found.astype(np.int64)
        if ((found >= 0) & (found < counted)).all():
            return found, list(range(counted))
    labels, index = np.unique(found, return_inverse=True)
    if width > 1 and len(labels) != width:
        raise DataError("plots.more_classes", where, got=labels.tolist(), outputs=width)
    return index.astype(np.int64), labels.tolist()


def decide(
    answers: NDArray[Any], labels: list[object], threshold: float, where: str
) -> tuple[NDArray[np.int64], Numbers]:
    """Classes, and for each border its margin: positive on one side, negative on the other, 0 upon it.

    Args:
        answers: (n, K) one output a class; (n, 1) or (n,) floats, one output for two classes; or
            (n,) labels.
        labels: what the classes are called in y.
        threshold: of one output; above it the answer is the second class.
        where: for errors.

    Returns:
        (n,) class numbers, and (borders, n) margins.

    Raises:
        ShapeError: for outputs of another shape.
        DataError: for labels that y does not have.
    """
    if answers.ndim == 2 and answers.shape[1] > 1:
        chosen = answers.argmax(axis=1)
        return chosen.astype(np.int64), _margins(answers.astype(np.float64))
    if answers.ndim > 2:
        raise ShapeError("plots.outputs", where, got=answers.shape)
    single = answers.reshape(len(answers))
    if single.dtype.kind == "f" and len(labels) <= 2:
        above = single > threshold
        return above.astype(np.int64), (single.astype(np.float64) - threshold)[np.newaxis]
    places = {label: number for number, label in enumerate(labels)}
    unknown = set(single.tolist()) - set(places)
    if unknown:
        raise DataError("plots.unknown_class", where, got=min(unknown, key=str), known=labels)
    chosen = np.array([places[label] for label in single.tolist()])
    return chosen.astype(np.int64), _margins(np.eye(len(labels))[chosen])


def _margins(scores: Numbers) -> Numbers:
    """By how much each class leads the best of the others (for two classes, only the second)."""
    margins = []
    for number in range(scores.shape[1]):
        others = np.delete(scores, number, axis=1).max(axis=1)
        margins.append(scores[:, number] - others)
    return np.array(margins[1:] if len(margins) == 2 else margins)  # (borders, n)
