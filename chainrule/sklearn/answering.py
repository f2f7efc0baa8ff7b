"""What a trained network answers to rows that have been looked at."""

from typing import Any

from chainrule.data.arrays import Array
from chainrule.train.trainer import Trainer

FEW, BLOCK = 32, 256  # rows: up to the first the Trainer's own blocks, which are of 8


def answers(trainer: Trainer, inputs: Any) -> Array:
    """(n, outputs) for inputs as in `Rows`.

    Args:
        trainer: whose network is asked.
        inputs: rows of numbers, categories, or both.
    """
    rows = len(inputs[0]) if isinstance(inputs, tuple) else len(inputs)
    return trainer.predict(inputs, None if rows <= FEW else BLOCK)
