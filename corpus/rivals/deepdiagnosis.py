"""DeepDiagnosis's eight symptoms and what it maps them to (ICSE 2022): https://github.com/DeepDiagnosis/ICSE2022."""

import numpy as np

from corpus.rivals.trace import Seen, Trace
from corpus.setup import Array

STEEP = 5.0  # |z| from which tanh and sigmoid count as saturated
FLAT = 0.5  # share of a layer
DEAD = 0.7  # share of answers at or below 0, in the last epoch
VANISHED = 1e-7  # mean |gradient|
NARROW, WIDE = 1e-5, 10.0  # variance of weights that are begun well
USUAL, TIMES = 1e-3, 100.0  # learning rate, and how far from it is too far
EVERY, ACCURACY = 5, 20  # epochs in which loss, and accuracy, must move
TENFOLD = 10.0  # spread of the answers to that of the targets
REACH = {"Sigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0), "ReLU": (0.0, np.inf), "ELU": (-1.0, np.inf)}


def said(trace: Trace) -> list[str]:
    """The first symptom that it meets, with the cause that its map leads to."""
    if trace.broke and not trace.looks:
        return ["does_not_run"]
    first = trace.looks[0]
    if first and _out_of_range(trace, first[-1]):
        return ["target_out_of_range", "output_activation"]
    for layers in trace.looks:
        for layer in layers:
            mean = float(np.mean(layer.gives))
            if not np.isfinite(mean) or mean == 0:
                return ["nonfinite_data" if np.isnan(trace.inputs).any() else "exploding_gradient", *_cause(trace)]
            if layer.activation in ("Tanh", "Sigmoid") and (np.abs(layer.gives) >= STEEP).mean() > FLAT:
                return ["saturated_units", *_cause(trace)]
            if layer.gradient.size and np.abs(layer.gradient).mean() < VANISHED:
                return ["vanishing_gradient", *_cause(trace)]
    for layer in trace.looks[-1]:
        if layer.activation == "ReLU" and (layer.after <= 0).mean() >= DEAD:
            return ["dead_units", *_cause(trace)]
    loss = trace.curve("loss")
    if not np.isfinite(loss).all():
        return ["learning_rate_too_high"]
    if _stands(loss, EVERY) or (trace.task != "numbers" and _stands(trace.curve("score"), ACCURACY)):
        return _cause(trace) or ["learning_rate_too_low"]
    return []


def _out_of_range(trace: Trace, last: Seen) -> bool:
    if trace.task == "classes" or last.activation == "Softmax":
        return False
    if last.activation == "":
        targets, answers = np.ptp(trace.targets), np.ptp(last.gives)
        return trace.task == "numbers" and bool(abs(answers) > TENFOLD * abs(targets))
    low, high = REACH.get(last.activation, (-np.inf, np.inf))
    return bool(trace.targets.min() < low or trace.targets.max() > high)


def _cause(trace: Trace) -> list[str]:
    """Weights that begin badly, then inputs that are not scaled, then the rate."""
    for layer in trace.looks[-1]:
        variance = float(np.var(layer.weights)) if layer.weights.size > 1 else 1.0
        if variance < NARROW:
            return ["weights_too_small"]
        if variance > WIDE:
            return ["weights_too_large"]
    if trace.inputs.min() < -1 or trace.inputs.max() > 1:
        return ["features_unscaled"]
    if trace.lr > USUAL * TIMES:
        return ["learning_rate_too_high"]
    return ["learning_rate_too_low"] if trace.lr < USUAL / TIMES else []


def _stands(curve: Array, every: int) -> bool:
    """Whether a curve is the same over any of its windows."""
    windows = [curve[at : at + every] for at in range(0, len(curve) - every + 1, every)]
    return any(np.ptp(window) == 0 for window in windows)
