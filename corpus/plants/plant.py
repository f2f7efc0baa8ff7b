"""A fault that can be planted into a healthy training."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from corpus.setup import Setup

Apply = Callable[[Setup, np.random.Generator], Setup]
Fits = Callable[[Setup], bool]


def not_tiny(setup: Setup) -> bool:
    """Rows enough to keep some apart."""
    return len(setup.rows[0]) >= 100


@dataclass(frozen=True)
class Plant:
    """A fault of the catalogue.

    Attributes:
        number: there.
        name: the code that names it best.
        apply: plants it, at a strength that is drawn.
        fits: into which healthy trainings.
        twin: what makes of such a training the healthy twin; None for itself.
        certain: why it counts without hurting by loss: an invariant is broken, or a conclusion is wrong; "" where it
            counts only if it hurts.
    """

    number: int
    name: str
    apply: Apply
    fits: Fits = not_tiny
    twin: Apply | None = None
    certain: str = ""


def classifies(setup: Setup) -> bool:
    """Classes, and rows enough."""
    return setup.task != "numbers" and not_tiny(setup)


def is_binary(setup: Setup) -> bool:
    """Two classes, and rows enough."""
    return setup.task == "binary" and not_tiny(setup)


def has_classes(setup: Setup) -> bool:
    """Three classes and more."""
    return setup.task == "classes" and not_tiny(setup)


def is_numbers(setup: Setup) -> bool:
    """Numbers to predict."""
    return setup.task == "numbers"


def is_deep(setup: Setup) -> bool:
    """Two hidden layers and more."""
    return len(setup.hidden) > 1 and not_tiny(setup)
