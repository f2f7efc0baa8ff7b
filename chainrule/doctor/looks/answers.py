"""What a network answers to a few rows, asked in passing: nothing is compiled for that, and nothing is kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.nn.module import Module
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.train.modes import modes
from chainrule.train.one_blas_thread import one_blas_thread
from chainrule.train.trainer import Trainer


def asked(trainer: Trainer, inputs: Sequence[NDArray[Any]], *, training: bool = False) -> NDArray[np.float64]:
    """The outputs in a mode for rows (n, ...), one array for each argument; draws are the caller's."""
    with in_passing(trainer.model, training=training):
        return np.asarray(trainer.model(*[wrap(part) for part in inputs]).numpy(), dtype=np.float64)


@contextmanager
def in_passing(model: Module, *, training: bool) -> Iterator[None]:
    """Inside the block a network is in a mode, without gradients; what it counts stays as it was."""
    before = [(buffer, np.array(buffer.numpy())) for buffer in model.buffers()] if training else []
    with no_grad(), modes(model, training=training), np.errstate(all="ignore"), one_blas_thread():
        try:
            yield
        finally:
            for buffer, array in before:
                buffer.copy_(wrap(array))
