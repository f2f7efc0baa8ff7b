"""Probabilities that mean what they say: one temperature for all outputs, found on rows that were held back."""

from collections.abc import Callable
from math import exp

import numpy as np

from chainrule.data.arrays import Array

COLDEST, HOTTEST = -4.0, 4.0  # logarithms of the temperature
GOLDEN = (5**0.5 - 1) / 2
STEPS = 40  # each leaves 0.618 of the interval: 8 · 0.618⁴⁰ is below 1e-7


def temperature(outputs: Array, targets: Array, weights: Array | None, log_proba: Callable[[Array], Array]) -> float:
    """The T for which log_proba(outputs / T) is least surprised by the targets.

    The surprise has a single minimum over 1/T, so a golden section finds it.

    Args:
        outputs: (n, K) what the network gives for rows it has not learnt from.
        targets: (n,) class numbers, or (n, K) 0 and 1.
        weights: (n,) of the rows, or None.
        log_proba: (n, K) logarithms of probabilities for outputs; for yes or no (n, 2 K), first of all noes.

    Returns:
        T, above 1 for a network that is too sure of itself.

    Source:
        J. Platt, Probabilistic outputs for support vector machines (1999), section 2.2, for the softened targets;
        C. Guo, G. Pleiss, Y. Sun, K. Weinberger, On calibration of modern neural networks (2017), section 4.2.
    """
    wanted = _softened(targets, outputs.shape[1])

    def surprise(log_t: float) -> float:
        found = wanted * log_proba(outputs / exp(log_t))
        return -float(np.average(found.sum(axis=1), weights=weights))

    low, high = COLDEST, HOTTEST
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = surprise(left), surprise(right)
    for _ in range(STEPS):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = surprise(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = surprise(right)
    return exp((low + high) / 2)


def _softened(targets: Array, outputs: int) -> Array:
    """What is wanted of the probabilities: n rows, all of them right, do not make an n+1st certain.

    As if each of K classes had been seen once more: 1 - (K - 1) / (n + K) for what is true, 1 / (n + K) for the rest.
    """
    n = len(targets)
    if targets.ndim == 1:
        wanted = np.full((n, outputs), 1 / (n + outputs))
        wanted[np.arange(n), targets] = 1 - (outputs - 1) / (n + outputs)
        return wanted
    yes = np.where(targets > 0.5, 1 - 1 / (n + 2), 1 / (n + 2))
    return np.concatenate([1 - yes, yes], axis=1)
