"""The rows as a network takes them: scaled by what is learnt from the learning rows alone, single precision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.cli.run.options import Task
from chainrule.cli.run.rows import Rows
from chainrule.data.arrays import Array
from chainrule.data.samples import Samples
from chainrule.data.scaling import Scaler, Standardizer

Inputs = NDArray[np.float32]


@dataclass(frozen=True)
class Part:
    """Rows as a network takes them.

    Attributes:
        X: (n, features) float32, scaled.
        y: (n, 1) float32 of 0 and 1 for two classes, (n,) int64 for more, (n, 1) float32, scaled, for numbers.
    """

    X: Inputs
    y: Array


@dataclass(frozen=True)
class Parts:
    """The three parts and what they were scaled by.

    Attributes:
        task: what the targets are.
        outputs: how many outputs the network has.
        inputs_by: scales features.
        targets_by: scales targets; None for classes.
        learning: rows to learn from.
        watching: rows that early stopping watches.
        judging: rows to judge by.
        known: learning and watching rows together, for models that need no watching.
    """

    task: Task
    outputs: int
    inputs_by: Scaler
    targets_by: Scaler | None
    learning: Part
    watching: Part
    judging: Part
    known: Part


def parts(rows: Rows) -> Parts:
    """Scale the rows."""
    found = rows.learning
    task: Task = "numbers" if found.kind == "numbers" else "binary" if found.classes == 2 else "classes"
    inputs_by = _pixels(found) if found.image_shape else Standardizer().fit(found.X)
    targets_by = Standardizer().fit(found.y) if task == "numbers" else None

    def part(samples: Samples) -> Part:
        X = inputs_by.transform(samples.X).astype(np.float32)
        if task == "classes":
            return Part(X, samples.y)
        y = samples.y if targets_by is None else targets_by.transform(samples.y)
        return Part(X, y.astype(np.float32))

    outputs = found.classes if task == "classes" else 1
    scaled = [part(samples) for samples in (rows.learning, rows.watching, rows.judging, rows.known)]
    return Parts(task, outputs, inputs_by, targets_by, *scaled)


def _pixels(found: Samples) -> Scaler:
    """All pixels divided by the brightest: a rare pixel must not become a large number."""
    brightest = float(found.X.max()) or 1.0
    count = found.X.shape[1]
    return Standardizer.from_dict({"center": [0.0] * count, "scale": [brightest] * count})
