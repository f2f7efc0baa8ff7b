"""The rows of a training as a network takes them, and what is needed to judge it by rows it has not seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.tables.columns import Column
from chainrule.tables.fields import Inputs
from chainrule.tables.schema import Schema, Task
from chainrule.tables.stream import Stream
from chainrule.tables.typed import Typed


@dataclass(frozen=True)
class Part:
    """Rows as a network takes them.

    Attributes:
        X: (n, inputs) float32.
        y: (n, 1) float32 of 0 and 1 for two classes, (n,) int64 for more, (n, 1) float32, scaled, for numbers.
    """

    X: Inputs
    y: Array


@dataclass(frozen=True)
class Mixed:
    """Rows by their types, for a model that takes words and gaps as they are.

    Attributes:
        columns: what they are.
        known: rows to learn from.
        judging: rows to judge by.
    """

    columns: list[Column]
    known: Typed
    judging: Typed


@dataclass(frozen=True)
class Parts:
    """A training's rows.

    Attributes:
        name: of the data.
        schema: how rows became inputs, and what is predicted.
        learning: rows to learn from; piece by piece where they do not fit into memory.
        watching: rows that early stopping watches.
        judging: rows to judge by.
        truth: their targets in their own units: (n, 1) numbers or 0 and 1, (n,) classes.
        known: (n,) targets of learning and watching rows in their own units; of a sample of very many.
        plain: the known rows as a linear model takes them, and the rows to judge by.
        counts: rows to learn from, to watch, to judge by.
        mixed: the same rows by their types; None for tables of numbers.
        image_shape: of a row that is a picture.
    """

    name: str
    schema: Schema
    learning: Part | Stream
    watching: Part
    judging: Part
    truth: Array
    known: NDArray[np.float64]
    plain: tuple[Part, Inputs]
    counts: tuple[int, int, int]
    mixed: Mixed | None = None
    image_shape: tuple[int, ...] | None = None

    @property
    def task(self) -> Task:
        """What is predicted."""
        return self.schema.target.task

    @property
    def outputs(self) -> int:
        """How many outputs a network has."""
        return self.schema.target.outputs

    @property
    def classes(self) -> int:
        """How many classes there are; 0 for numbers."""
        return len(self.schema.target.classes)
