"""What `chainrule cache --warm` compiles: the engine's own loops, and the kernels of ordinary networks.

A network is warmed by training it for two epochs on made-up rows: that compiles what its user will need.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from chainrule.nn.containers import Sequential
from chainrule.nn.conv import Conv2d
from chainrule.nn.linear import Linear
from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.losses.classes import CrossEntropyLoss
from chainrule.nn.losses.regression import MSELoss
from chainrule.nn.module import Module
from chainrule.nn.pooling import MaxPool2d
from chainrule.nn.rectifiers import ReLU
from chainrule.nn.reshaping import Flatten
from chainrule.nn.squashing import Tanh
from chainrule.optim.adam import Adam
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.sgd import SGD
from chainrule.program.loops import helper, leader, objects, tile
from chainrule.program.loops.objects import Statistics
from chainrule.program.loops.tile_block import EPILOGUES
from chainrule.train.trainer import Trainer


class Ordinary(NamedTuple):
    """A network that many people train.

    Attributes:
        network: makes it.
        loss: with which.
        optimizer: makes its optimizer.
        row: shape of a row.
        classes: number of classes; 0 for one number a row, 1 for yes and no.
        batch: rows a step.
    """

    network: Callable[[], Module]
    loss: Callable[[], Module]
    optimizer: Callable[[Any], Optimizer]
    row: tuple[int, ...]
    classes: int
    batch: int


def _dense(*sizes: int) -> Sequential:
    layers: list[Module] = []
    for one, two in pairwise(sizes):
        layers += [Linear(one, two), ReLU()]
    return Sequential(*layers[:-1])


def _images() -> Sequential:
    first = Conv2d(1, 8, 3, padding=1), ReLU(), MaxPool2d(2)
    second = Conv2d(8, 16, 3, padding=1), ReLU(), MaxPool2d(2)
    return Sequential(*first, *second, Flatten(), Linear(784, 10))


NETWORKS = (
    Ordinary(lambda: Sequential(Linear(2, 2), Tanh(), Linear(2, 1)), BCEWithLogitsLoss, SGD, (2,), 1, 4),
    Ordinary(lambda: _dense(20, 64, 64, 3), CrossEntropyLoss, Adam, (20,), 3, 32),
    Ordinary(lambda: _dense(8, 64, 64, 1), MSELoss, Adam, (8,), 0, 32),
    Ordinary(lambda: _dense(784, 128, 10), CrossEntropyLoss, Adam, (784,), 10, 64),
    Ordinary(_images, CrossEntropyLoss, Adam, (1, 28, 28), 10, 64),
)


def warmed() -> Statistics:
    """Compile the engine's own loops and what `NETWORKS` need, as far as it is not kept already.

    Returns:
        What that took.
    """
    before = objects.statistics()
    leader.leader()
    helper.helper()
    for dtype in ("float32", "float64"):
        for epilogue in EPILOGUES:
            tile.address(dtype, epilogue)
    for entry in NETWORKS:
        _train(entry)
    after = objects.statistics()
    return Statistics(
        after.compiled - before.compiled, after.loaded - before.loaded,
        after.seconds - before.seconds, after.nbytes - before.nbytes,
    )  # fmt: skip


def _train(entry: Ordinary) -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2 * entry.batch, *entry.row), np.float32)
    y: Any = rng.integers(0, max(entry.classes, 2), 2 * entry.batch)
    if entry.classes < 2:
        y = y.astype(np.float32)[:, None]
    model = entry.network()
    trainer = Trainer(model, entry.loss(), entry.optimizer(model.parameters()), seed=0, engine="numba")
    trainer.fit((X, y), epochs=2, batch_size=entry.batch, progress=False)
