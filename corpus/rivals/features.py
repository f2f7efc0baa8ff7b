"""A training as a row of numbers, for a forest."""

import numpy as np

from corpus.rivals.trace import Seen, Trace
from corpus.setup import Array

PLACES = (0, -1)  # looks that count: the first and the last
MOST = 1e6


def features(trace: Trace) -> list[float]:
    """Logarithms of scales, shares, and how the curves went; what is missing is 0, what is no number a large one."""
    loss, held = trace.curve("loss"), trace.curve("val_loss")
    score, judged = trace.curve("score"), trace.curve("val_score")
    X, y = trace.inputs, np.asarray(trace.targets, dtype=np.float64)
    deviation = X.std(axis=0)
    found = [
        float(trace.broke), float(len(X)), float(X.shape[1]), float(trace.outputs), trace.dropout, _log(trace.lr),
        float(trace.task == "numbers"), _log(deviation.max()), _log(deviation.min()),
        _log(np.abs(X.mean(axis=0)).max()), float(X.min()), float(X.max()), _log(y.std()), float(y.min()),
        float(y.max()),
        float(np.unique(y, return_counts=True)[1].min() / len(y)),
    ]
    for curve in (loss, held, score, judged):
        found += _curve(curve)
    for place in PLACES:
        layers = trace.looks[place] if trace.looks else []
        found += _layers(layers)
    layers = trace.looks[0] if trace.looks else []
    found += [float(any(layer.activation == "" for layer in layers[:-1]))]
    found += [float(bool(layers) and layers[-1].activation != "")]
    numbers = np.nan_to_num(np.array(found), nan=MOST, posinf=MOST, neginf=-MOST)
    return [float(number) for number in np.clip(numbers, -MOST, MOST)]


def _log(number: float) -> float:
    return float(np.log10(np.abs(number) + 1e-12))


def _curve(curve: Array) -> list[float]:
    if not len(curve):
        return [0.0] * 6
    steps = np.diff(curve) if len(curve) > 1 else np.zeros(1)
    tail = curve[-max(1, len(curve) // 5) :]
    return [
        float(curve[0]), float(curve[-1]), float(curve.min()), float(curve.max()), float((steps > 0).mean()),
        float(tail.std()),
    ]


def _layers(layers: list[Seen]) -> list[float]:
    """Extremes over the layers."""
    if not layers:
        return [0.0] * 11
    weights = [_log(layer.weights.std()) for layer in layers]
    given = [_log(layer.gives.std()) for layer in layers]
    gradients = [_log(np.abs(layer.gradient).mean()) if layer.gradient.size else -12.0 for layer in layers]
    zero = [float((layer.after == 0).mean()) for layer in layers]
    steep = [float((np.abs(layer.gives) > 5).mean()) for layer in layers]
    same = [float(np.ptp(layer.weights) == 0) for layer in layers]
    return [
        min(weights), max(weights), min(given), max(given), gradients[0], gradients[-1], gradients[0] - gradients[-1],
        max(zero), max(steep), max(same), float(len(layers)),
    ]
