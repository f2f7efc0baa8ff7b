"""What the size of a batch does: the time of an epoch, and where training ends by epochs and by steps."""

from dataclasses import dataclass

import numpy as np

from chainrule.data.plane import moons
from chainrule.data.samples import Samples
from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.mlp import MLP
from chainrule.optim.adam import Adam
from chainrule.tensors.random import Generator, drawing_from
from chainrule.train.trainer import Trainer

SIZES = (8, 32, 128, 520, 1_000)
ROWS, EPOCHS, STEPS, SEEDS = 1_000, 10, 1_000, 3


@dataclass(frozen=True)
class BatchSize:
    """Medians over the seeds of training with one size of batch.

    Attributes:
        size: rows in a batch; the last one may be shorter.
        milliseconds: of one epoch.
        by_epochs: loss of all rows after `EPOCHS` epochs.
        by_steps: loss of all rows after `STEPS` updates, whatever epochs they take.
        accuracy: on as many new rows, after those updates.
    """

    size: int
    milliseconds: float
    by_epochs: float
    by_steps: float
    accuracy: float


def by_batch_size(sizes: tuple[int, ...] = SIZES) -> list[BatchSize]:
    """Train the same network on two half moons, with batches of each of the sizes."""
    known, unseen = moons(ROWS, noise=0.25, seed=0), moons(ROWS, noise=0.25, seed=1)
    return [_measured(size, known, unseen) for size in sizes]


def _measured(size: int, known: Samples, unseen: Samples) -> BatchSize:
    rows = []
    for seed in range(SEEDS):
        first = _trainer(seed)
        time = first.fit(known, epochs=EPOCHS, batch_size=size, progress=False).seconds / EPOCHS * 1_000
        second = _trainer(seed)
        second.fit(known, steps=STEPS, batch_size=size, progress=False)
        ends = [first.evaluate(known)["loss"], second.evaluate(known)["loss"], second.evaluate(unseen)["accuracy"]]
        rows.append([time, *ends])
    return BatchSize(size, *(float(number) for number in np.median(rows, axis=0)))


def _trainer(seed: int) -> Trainer:
    with drawing_from(Generator(seed)):
        network = MLP([2, 16, 1], activation="tanh")
    adam = Adam(network.parameters(), lr=0.01)
    # time without compiling
    return Trainer(network, BCEWithLogitsLoss(), adam, ["accuracy"], seed=seed, engine="numpy")
