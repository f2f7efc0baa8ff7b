"""What a network answers to a few rows, asked in passing: nothing is compiled for that, and nothing is kept."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.train.modes import modes
from chainrule.train.one_blas_thread import one_blas_thread
from chainrule.train.trainer import Trainer


def asked(trainer: Trainer, inputs: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """The outputs in evaluation mode for rows (n, ...), one array for each argument; draws are the caller's."""
    with no_grad(), modes(trainer.model, training=False), np.errstate(all="ignore"), one_blas_thread():
        return np.asarray(trainer.model(*[wrap(part) for part in inputs]).numpy(), dtype=np.float64)
