"""Known mistakes in the derivative of the cross-entropy of classes."""

from collections.abc import Iterator

import numpy as np

from chainrule.glass.examining.derivation import Array, Derivation
from chainrule.glass.examining.suspicion import Suspicion


def from_classes(of: Derivation, start: str) -> Iterator[Suspicion]:
    """Every known wrong slope of a loss whose targets are class numbers."""
    z, numbers = of[of.answer], of["y"]
    if z.ndim != 2 or numbers.dtype.kind not in "iu":
        return
    classes = z.shape[1]
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    hard = (numbers[:, None] == np.arange(classes)) * 1.0
    smoothing = of.setting("label_smoothing")
    y = (1 - smoothing) * hard + smoothing / classes
    share = _share(of[start], p - y)
    words = {"function": of.loss.function}
    for finding, slope in _forms(z, p, hard, y):
        yield Suspicion(finding, "loss", {start: slope * share}, words)
    if smoothing:
        others = (
            hard, (1 - smoothing) * hard, hard + smoothing / classes,
            (1 - smoothing) * hard + smoothing / max(1, classes - 1) * (1 - hard),
            (1 - smoothing) * hard + smoothing / max(1, classes - 1),
        )
        for soft in others:
            yield Suspicion("label_smoothing_wrong", "loss", {start: (p - soft) * share}, {"smoothing": smoothing})
    if np.ptp(share) > 1e-6 * float(share.max()):
        mean = of.divided_by is not None
        yield Suspicion("weights_missing", "loss", {start: (p - y) / (of.rows if mean else 1)})
    for turned in (np.roll(y, 1, axis=0), np.roll(y, -1, axis=0), y[::-1]):
        yield Suspicion("targets_of_other_rows", "loss", {start: (p - turned) * share})


def _forms(z: Array, p: Array, hard: Array, y: Array) -> Iterator[tuple[str, Array]]:
    """Wrong slopes for one row of weight 1."""
    down = np.exp(z - z.max(0))
    whole = np.exp(z - z.max())
    weighted = (p - y) * p
    yield "mse_slope_under_cross_entropy", weighted - p * weighted.sum(1, keepdims=True)
    yield "mse_slope_under_cross_entropy", 2 * (weighted - p * weighted.sum(1, keepdims=True))
    yield "mse_slope_under_cross_entropy", weighted * (1 - p)
    yield "mse_slope_under_cross_entropy", 2 * weighted * (1 - p)
    yield "raw_output_instead_of_probability", z - y
    yield "rounded_prediction", (p == p.max(1, keepdims=True)) - y
    yield "rounded_prediction", np.round(p) - y
    yield "half_of_cross_entropy", -y * (1 - p)
    yield "softmax_derivative_missing", -y / np.maximum(p, 1e-300)
    yield "squared_error_as_slope", (p - y) ** 2
    yield "one_hot_missing", p
    yield "probability_missing", -y
    for step in (1, -1):
        yield "one_hot_off_by_one", p - np.roll(y, step, axis=1)
    numbers = hard.argmax(1)[:, None]
    yield "class_numbers_as_targets", p - numbers
    yield "class_numbers_as_targets", p - np.arange(p.shape[1])
    yield "softmax_over_the_rows", down / down.sum(0) - y
    yield "softmax_over_everything", whole / whole.sum() - y
    yield "softmax_not_normalized", np.exp(z) - y
    yield "softmax_not_normalized", np.exp(z - z.max(1, keepdims=True)) - y
    yield "sigmoid_instead_of_softmax", 1 / (1 + np.exp(-z)) - y


def _share(right: Array, plain: Array) -> Array:
    """The weight of each row, (rows, 1)."""
    size = np.abs(plain).sum(1, keepdims=True)
    return np.asarray(np.abs(right).sum(1, keepdims=True) / np.where(size == 0, 1.0, size))
