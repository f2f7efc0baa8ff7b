"""AutoTrainer's five symptoms (ICSE 2021) with the settings of its own runs: https://github.com/shiningrain/AUTOTRAINER.

Its accuracy means nothing for numbers; R² stands in its place there, which is kinder to it.
"""

import numpy as np

from corpus.rivals.trace import Trace
from corpus.setup import Array

VANISHED, SMALL = 1e-3, 1e-4  # beta_1, beta_2: first layer's gradient to the last's, and its norm
EXPLODED = 70.0  # beta_3
DEAD = 0.7  # gamma: share of gradients that are 0
SWING, OFTEN = 0.03, 0.2  # zeta, eta: swings of accuracy, and in what share of the epochs
STEP = 0.01  # delta: best gain of accuracy from one epoch to the next
ENOUGH = 0.7  # Theta: accuracy that satisfies it, of its demonstrations
LARGE = 1e3  # a loss that counts as none


def said(trace: Trace) -> list[str]:
    """Explosion, a dying ReLU, a vanishing gradient, slow convergence, oscillation."""
    loss, score, judged = trace.curve("loss"), trace.curve("score"), trace.curve("val_score")
    if trace.broke or not len(loss) or not np.isfinite(loss).all() or loss.max() >= LARGE:
        return ["exploding_gradient"]
    found = []
    slow = max(_steps(score), _steps(judged)) < STEP
    short = max(score.max(initial=0.0), judged.max(initial=0.0)) < ENOUGH
    if slow or short:
        symptom = _gradients(trace)
        if symptom:
            found.append(symptom)
        elif slow and short:
            found.append("learning_rate_too_low")  # "slow convergence"
    if _swings(score) >= OFTEN * max(len(score), 1):
        found.append("learning_rate_too_high")  # "oscillating loss"
    return found


def _gradients(trace: Trace) -> str:
    """What the gradients of any look say."""
    for layers in trace.looks:
        gradients = [layer.gradient for layer in layers if layer.gradient.size]
        if not gradients:
            continue
        norms = [float(np.linalg.norm(gradient)) for gradient in gradients]
        zero = sum(int((g == 0).sum()) for g in gradients) / sum(g.size for g in gradients)
        ratio = norms[0] / max(norms[-1], 1e-300)
        if zero >= DEAD:
            return "dead_units"
        if ratio > EXPLODED:
            return "exploding_gradient"
        if ratio < VANISHED and norms[0] < SMALL:
            return "vanishing_gradient"
    return ""


def _steps(curve: Array) -> float:
    return float(np.diff(curve).max(initial=0.0))


def _swings(curve: Array) -> int:
    """Peaks that stand above the next dip by the swing that counts."""
    inner = curve[1:-1]
    peaks = inner[(inner >= curve[:-2]) & (inner >= curve[2:])]
    dips = inner[(inner <= curve[:-2]) & (inner <= curve[2:])]
    both = min(len(peaks), len(dips))
    return int((peaks[:both] - dips[:both] >= SWING).sum())
