"""From the outputs of a network, or of a linear model, to answers in the units of the targets."""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.tables.schema import Target

Answers = NDArray[np.float64]


def answers(outputs: Array, target: Target) -> Answers:
    """Probabilities (n, classes) of classes, numbers (n, 1) in the units of the targets.

    Args:
        outputs: (n, outputs) logits, or scaled numbers.
        target: the task, and what targets were scaled by.
    """
    values = outputs.reshape(len(outputs), -1).astype(np.float64)
    if target.task == "numbers":
        return np.asarray(values * target.scale + target.center)
    if target.task == "binary":
        values = np.concatenate([np.zeros_like(values), values], axis=1)  # the sigmoid is a softmax beside a 0
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
