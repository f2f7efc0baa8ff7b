"""From what the last layer gives to probabilities, and to their logarithms."""

import numpy as np

from chainrule.data.arrays import Array


def log_softmax(outputs: Array) -> Array:
    """(n, K) logarithms of the probabilities of classes, for logits (n, K)."""
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def softmax(outputs: Array) -> Array:
    """(n, K) probabilities of classes, for logits (n, K)."""
    e = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def log_sigmoids(outputs: Array) -> Array:
    """(n, 2 K) logarithms of the probabilities of no, then of yes, for logits (n, K)."""
    return np.asarray(-np.logaddexp(0, np.concatenate([outputs, -outputs], axis=1)))


def sigmoid(outputs: Array) -> Array:
    """Probabilities of yes, in the shape of the logits."""
    e = np.exp(-np.abs(outputs))
    return np.asarray(np.where(outputs >= 0, 1 / (1 + e), e / (1 + e)))
