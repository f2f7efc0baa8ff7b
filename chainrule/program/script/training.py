"""A training as plain data: all that a script is made of."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.program.capture import Recording
from chainrule.program.script.rates import Mover
from chainrule.program.script.searching import Search

Array = np.ndarray[Any, Any]


@dataclass
class Variant:
    """The step on batches of one size.

    Args:
        rows: of the batch.
        recording: the step as a Program.
        names: value to what the function that made it called it.
        results: value to (region, place) where it is what a region gives.
    """

    rows: int
    recording: Recording
    names: dict[int, str]
    results: dict[int, tuple[str, int]]


@dataclass
class Training:
    """What a fit would do.

    Args:
        full: the step on full batches.
        other: on batches of another size: the short last one, or, where there is none, one that shows what in the step
            is the number of rows; None where nobody knows.
        has_tail: whether the last batch of an epoch is short.
        inputs: (n, ...) arrays, one an argument of the network.
        targets: (n, ...).
        weights: (n,) of the rows, as the loss takes them; None for none.
        counts: what each row counts in the mean over an epoch, (n, ...); None where each counts 1.
        sums: whether losses are added up over the batches instead of averaged.
        seed: of the order of the rows.
        stream: second word of the key that belongs to it.
        epoch: the first epoch, counted from 0.
        epochs: how many.
        batch_size: rows a batch.
        rates: control to its numbers, one an epoch or one a step, where they change.
        by_step: whether `rates` has one number a step.
        state: name in the state dict to its tensor.
        network: the network in one line.
        modules: dotted name of a layer to its own words: `Linear(...)`.
        loss: in one line.
        optimizer: in one line.
        search: the optimizer itself where it is L-BFGS; the step is then one that descends with the gradient alone.
        movers: what changes the rates after each epoch, where that depends on the losses; `rates` has the first ones.
    """

    full: Variant
    other: Variant | None
    has_tail: bool
    inputs: tuple[Array, ...]
    targets: Array
    weights: Array | None
    counts: Array | None
    sums: bool
    seed: int
    stream: int
    epoch: int
    epochs: int
    batch_size: int
    rates: dict[str, list[float]]
    by_step: bool
    state: dict[str, Any]
    network: str
    modules: dict[str, str] = field(default_factory=dict)
    loss: str = ""
    optimizer: str = ""
    search: Search | None = None
    movers: tuple[Mover, ...] = ()

    @property
    def rows(self) -> int:
        """Of the data."""
        return len(self.targets)
