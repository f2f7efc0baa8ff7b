"""What batch norm is praised for, measured: beside no norm, and beside layer norm, which sees one row at a time."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.data.plane import moons
from chainrule.data.samples import Samples
from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.mlp import MLP
from chainrule.optim.adam import Adam
from chainrule.optim.sgd import SGD
from chainrule.tensors.random import Generator, drawing_from
from chainrule.train.trainer import Trainer

NORMS = (None, "batch", "layer")
SEEDS = 3


@dataclass(frozen=True)
class Norm:
    """The loss that the same training ends with: median over the seeds.

    Attributes:
        none: without a norm.
        batch: with batch norm before every hidden activation.
        layer: with layer norm there.
    """

    none: float
    batch: float
    layer: float


def by_norm() -> dict[str, Norm]:
    """Four trainings, each without a norm and with either.

    Returns:
        dict: "rate": seven layers of tanh at the rate 3, which is too high; "init": the same from weights N(0, 0.01²);
        "small": loss on new rows after learning 80 noisy ones in batches of 16; "whole": the same in one batch.
    """
    easy, noisy, unseen = moons(256, noise=0.1, seed=0), moons(80, noise=0.3, seed=0), moons(2_000, noise=0.3, seed=1)
    return {
        "rate": Norm(*(_deep(easy, norm, rate=3.0) for norm in NORMS)),
        "init": Norm(*(_deep(easy, norm, rate=0.1, init=0.01) for norm in NORMS)),
        "small": Norm(*(_overfitted(noisy, unseen, norm, batch_size=16) for norm in NORMS)),
        "whole": Norm(*(_overfitted(noisy, unseen, norm, batch_size=80) for norm in NORMS)),
    }


def _deep(known: Samples, norm: str | None, rate: float, init: float | None = None) -> float:
    def end(seed: int) -> float:
        with drawing_from(Generator(seed)):
            network = MLP([2, *[16] * 6, 1], activation="tanh", norm=norm, init=init)
        trainer = _trainer(network, SGD(network.parameters(), lr=rate), seed)
        trainer.fit(known, steps=300, batch_size=64, progress=False)
        return trainer.evaluate(known)["loss"]

    return _median(end)


def _overfitted(known: Samples, unseen: Samples, norm: str | None, batch_size: int) -> float:
    def end(seed: int) -> float:
        with drawing_from(Generator(seed)):
            network = MLP([2, 32, 32, 1], activation="relu", norm=norm)
        trainer = _trainer(network, Adam(network.parameters(), lr=0.01), seed)
        trainer.fit(known, steps=600, batch_size=batch_size, progress=False)
        return trainer.evaluate(unseen)["loss"]

    return _median(end)


def _trainer(network: MLP, optimizer: Any, seed: int) -> Trainer:
    return Trainer(network, BCEWithLogitsLoss(), optimizer, seed=seed)


def _median(end: Any) -> float:
    return float(np.median([end(seed) for seed in range(SEEDS)]))
