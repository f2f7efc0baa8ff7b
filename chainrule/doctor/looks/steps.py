"""The first steps of a training, one by one: loss, and the norm of the gradient, before any clipping."""

import warnings
from dataclasses import dataclass
from math import sqrt

import numpy as np

from chainrule.doctor.case import Case
from chainrule.errors import ChainruleError
from chainrule.train.callbacks.callback import Callback
from chainrule.train.trainer import Trainer

MOST = 200


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        loss: of its batch.
        norm: of the gradient of all parameters together.
    """

    loss: float
    norm: float


def steps(case: Case) -> list[Step]:
    """The first two hundred steps of the first seed; fewer where it ends or fails earlier."""
    trainer, listener = case.trainer(0), _Listener()
    trainer.engine = "numpy"
    trainer.clip_norm = trainer.clip_value = None
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            trainer.fit(case.rows, epochs=case.epochs, batch_size=case.batch_size, callbacks=[listener], progress=False)
    except (ChainruleError, FloatingPointError, TypeError, ValueError):
        pass
    return listener.steps


class _Listener(Callback):
    def __init__(self) -> None:
        self.steps: list[Step] = []

    def on_before_step(self, trainer: Trainer) -> None:
        assert trainer.batch is not None
        square = sum(float(np.square(p.grad.numpy(), dtype=np.float64).sum())
                     for p in trainer.model.parameters() if p.grad is not None)
        loss = trainer.batch.loss
        self.steps.append(Step(float("nan") if loss is None else loss, sqrt(square)))
        if len(self.steps) == MOST:
            trainer.stop("enough")
