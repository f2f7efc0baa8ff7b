"""A configuration that odds can be asked of by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chainrule.train.trainer import Trainer


@dataclass(frozen=True)
class Configuration:
    """What to build, and what and how long to train it on.

    Attributes:
        build: gives a fresh Trainer.
        data: as in `Trainer.fit`.
        epochs: of a training.
        batch_size: rows a batch.
    """

    build: Callable[..., Trainer]
    data: Any
    epochs: int
    batch_size: int
