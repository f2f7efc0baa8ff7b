"""From the outputs of a network, or of a linear model, to answers in the units of the targets."""

import numpy as np
from numpy.typing import NDArray

from chainrule.cli.run.parts import Parts
from chainrule.data.arrays import Array

Answers = NDArray[np.float64]


def answers(outputs: Array, parts: Parts) -> Answers:
    """Probabilities (n, classes) of classes, numbers (n, 1) in the units of the targets.

    Args:
        outputs: (n, outputs) logits, or scaled numbers.
        parts: the task, and what targets were scaled by.
    """
    values = outputs.reshape(len(outputs), -1).astype(np.float64)
    if parts.targets_by is not None:
        return parts.targets_by.inverse(values).astype(np.float64)
    if parts.task == "binary":
        values = np.concatenate([np.zeros_like(values), values], axis=1)  # the sigmoid is a softmax beside a 0
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
