"""TheDeepChecker's properties (TOSEM 2022) with its own settings.yaml: https://github.com/thedeepchecker/thedeepchecker.

Left out: what needs trainings of its own (one batch by heart, corrupted labels, augmentation, modes).
"""

import numpy as np

from corpus.rivals.trace import Seen, Trace
from corpus.setup import Array

LOW, HIGH = (0.0, -1.0), (1.0,)  # normalized_data_mins, normalized_data_maxs
PERPLEXITY = 0.5  # labels_perp_min_thresh
COLD = 1.0  # Initial_Loss dev_ratio
DEAD, MOST = 1e-5, 0.5  # Activation Dead: 95th percentile, share of neurons
SATURATED = 0.85  # ro_max_thresh, of half of the neurons
SPREAD = (0.5, 2.0)  # std_acts
WEIGHTS = (1e-5, 0.95)  # Weight Dead
DIVERGED = 1e8  # mav_max_thresh of weights
VANISHED, FADES = 1e-6, 0.5  # Gradient Vanishing
EXPLODED, GROWS = 1e6, 2.0  # Gradient Exploding
QUICK, SLOW = -1.0, -4.0  # log10 of update to weight
FALLS, TIMES, SMOOTH = 0.05, 2.0, 0.5  # Loss: NonDecreasing, Diverging, Fluctuating
WINDOW = PATIENCE = 5


def said(trace: Trace) -> list[str]:
    """Before training, then what it meets while it trains."""
    if trace.broke and not trace.looks:
        return ["does_not_run"]
    found = [*_data(trace), *_begun(trace)]
    for layers in trace.looks:
        found += [code for layer in layers for code in _layer(layer)]
    found += [*_gradients(trace), *_updates(trace), *_loss(trace)]
    return list(dict.fromkeys(found))


def _data(trace: Trace) -> list[str]:
    X, found = trace.inputs, []
    if not np.isfinite(X).all():
        return ["nonfinite_data"]
    deviation = X.std(axis=0)
    if (deviation == 0).any():
        found.append("constant_feature")
    in_range = X.min() in LOW and X.max() in HIGH
    scaled = np.allclose(X.mean(axis=0), 0, atol=0.1) and np.allclose(deviation[deviation > 0], 1, atol=0.1)
    if not in_range and not scaled:
        found.append("features_unscaled")
    if trace.task == "numbers":
        y = trace.targets
        ranged = y.min() in LOW and y.max() in HIGH
        if not ranged and not (abs(y.mean()) < 0.1 and abs(y.std() - 1) < 0.1):
            found.append("target_unscaled")
        return found
    counts = np.unique(trace.targets, return_counts=True)[1]
    shares = counts / counts.sum()
    if len(shares) > 1:
        perplexity = float(np.exp(-(shares * np.log(shares)).sum()))
        if (perplexity - 1) / (len(shares) - 1) < PERPLEXITY:
            found.append("imbalance")
    return found


def _begun(trace: Trace) -> list[str]:
    """Equal weights, and a first loss far from that of answers without knowledge."""
    found = []
    layers = trace.looks[0]
    if any(np.ptp(layer.weights) == 0 for layer in layers if layer.weights.size > 1):
        found.append("symmetric_weights")
    loss = trace.curve("loss")
    if trace.task != "numbers" and trace.loss in ("CrossEntropyLoss", "BCEWithLogitsLoss") and len(loss):
        blind = np.log(max(trace.outputs, 2))
        if abs(loss[0] - blind) / blind > COLD:
            found.append("weights_too_large")
    return found


def _layer(layer: Seen) -> list[str]:
    if not np.isfinite(layer.gives).all():
        return ["exploding_gradient"]
    found = []
    if layer.activation == "ReLU" and (np.percentile(np.abs(layer.after), 95, axis=0) < DEAD).mean() > MOST:
        found.append("dead_units")
    if layer.activation in ("Tanh", "Sigmoid"):
        reach = layer.after if layer.activation == "Tanh" else 2 * layer.after - 1
        if (np.abs(reach).mean(axis=0) > SATURATED).mean() > MOST:
            found.append("saturated_units")
    if layer.activation == "ReLU" and not SPREAD[0] <= float(layer.after.std()) <= SPREAD[1]:
        found.append("weights_unfit_for_depth")
    if (np.abs(layer.weights) < WEIGHTS[0]).mean() > WEIGHTS[1]:
        found.append("weights_too_small")
    if np.abs(layer.weights).mean() > DIVERGED:
        found.append("learning_rate_too_high")
    return found


def _means(trace: Trace) -> Array:
    """(looks, layers) mean |gradient|."""
    rows = [[float(np.abs(layer.gradient).mean()) if layer.gradient.size else 0.0 for layer in layers]
            for layers in trace.looks]
    return np.array([row for row in rows if len(row) == len(rows[0])])


def _gradients(trace: Trace) -> list[str]:
    means = _means(trace)
    if not means.size:
        return []
    found = []
    ratios = means[1:] / np.maximum(means[:-1], 1e-300)
    steady = [ratios[at : at + WINDOW] for at in range(len(ratios) - WINDOW + 1)]
    if (means < VANISHED).any() or any((window < FADES).all(axis=0).any() for window in steady):
        found.append("vanishing_gradient")
    if (means > EXPLODED).any() or any((window > GROWS).all(axis=0).any() for window in steady):
        found.append("exploding_gradient")
    return found


def _updates(trace: Trace) -> list[str]:
    """Changes of weights, to the weights, in powers of ten: the mean over the steps from look to look."""
    found = []
    for before, after, steps in zip(trace.looks, trace.looks[1:], trace.steps, strict=False):
        for one, other in zip(before, after, strict=False):
            if one.weights.shape != other.weights.shape:
                continue
            change = float(np.abs(other.weights - one.weights).mean()) / steps
            if change == 0:
                found.append("no_gradient")
                continue
            power = np.log10(change / max(float(np.abs(one.weights).mean()), 1e-300))
            if power > QUICK:
                found.append("learning_rate_too_high")
            elif power < SLOW:
                found.append("learning_rate_too_low")
    return found


def _loss(trace: Trace) -> list[str]:
    loss = trace.curve("loss")
    if not np.isfinite(loss).all():
        return ["learning_rate_too_high"]
    if len(loss) < WINDOW + 1:
        return []
    found = []
    if (np.abs(loss) >= TIMES * np.minimum.accumulate(np.abs(loss)) + 1e-12).any():
        found.append("learning_rate_too_high")
    signs = np.sign(np.diff(loss))
    if (signs[1:] != signs[:-1]).mean() > SMOOTH:
        found.append("learning_rate_too_high")
    flat = (loss[:-WINDOW] - loss[WINDOW:]) < FALLS * np.abs(loss[:-WINDOW])
    if np.convolve(flat, np.ones(PATIENCE), "valid").max(initial=0) >= PATIENCE:
        found.append("learning_rate_too_low")
    return found
