"""What a network answers, and what the loss says of it, run by the engine: for predictions and validations."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import config
from chainrule.nn.module import changes
from chainrule.ops.layout import array_order
from chainrule.tape.tracked import wrap
from chainrule.train.batch import Batch
from chainrule.train.engine.indices import Indices
from chainrule.train.engine.objections import object_to
from chainrule.train.engine.refused import Refused
from chainrule.train.engine.rehearsal import Rehearsed, rehearsed_answer, rehearsed_forward, tensors_of
from chainrule.train.engine.row import Row, alike
from chainrule.train.engine.single import Single

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

Array = np.ndarray[Any, Any]
BLOCK = 8  # rows
OFTEN = 4  # calls with one row before it gets loops of its own
MOST = 32  # shapes that are remembered


class Forwards:
    """Recorded forward passes of a Trainer's network, by the shapes of what they are given.

    Args:
        trainer: whose network and loss they are.
    """

    def __init__(self, trainer: "Trainer") -> None:
        self.trainer = trainer
        self.row: Row | None = None  # the short way for one row
        self._known: dict[Any, tuple[Rehearsed, Single, Indices] | int] = {}
        self._rows = 0
        self._alike: tuple[Any, Any, bool] | None = None
        self._free = threading.RLock()  # their memory is one thread's at a time

    def judged(self, batch: Batch) -> bool:
        """Fill in outputs and loss of a batch; False where NumPy has to.

        Args:
            batch: of rows; the Trainer is judging.
        """
        if not self._wanted():
            return False
        with self._free:
            tensors = tensors_of(batch)
            found = self._find("loss", tensors, lambda: rehearsed_forward(self.trainer, batch, True))
            if found is None or not found[2].inside([tensor._array for tensor in tensors]):
                return False
            try:
                object_to(self.trainer, batch, found[0].row_shape)
            except Refused:
                return False
            loss, outputs = found[1](tensors)
            batch.loss, batch.outputs = loss.item(), wrap(outputs)
            return True

    def answered(self, tensors: Sequence[Any]) -> Array | None:
        """The outputs for some rows; None where NumPy has to find them."""
        if not self._wanted():
            return None
        with self._free:
            found = self._find("answer", tensors, lambda: rehearsed_answer(self.trainer, tuple(tensors)))
            if found is None or not found[2].inside([tensor._array for tensor in tensors]):
                return None
            outputs: Array = found[1](tensors)[0]
            return outputs

    def serve(self, tensors: Sequence[Any]) -> None:
        """Find the short way for rows like this one, which came alone; a block of them has been answered before.

        Args:
            tensors: one row of each input.
        """
        self._rows += 1
        if self._rows < OFTEN or not self._wanted() or len(tensors) != 1 or tensors[0].dtype != self.trainer.dtype:
            return
        with self._free:
            block = [wrap(np.repeat(tensor._array, BLOCK, axis=0)) for tensor in tensors]
            many = self._find("answer", block, lambda: rehearsed_answer(self.trainer, tuple(block)))
            if many is None or not many[0].own or many[0].recording.program.writes:
                return
            alone = self._find("answer", tensors, lambda: rehearsed_answer(self.trainer, tuple(tensors)))
            chosen = many
            if alone is not None:
                if self._alike is None or self._alike[0] is not alone[1] or self._alike[1] is not many[1]:
                    self._alike = alone[1], many[1], alike(alone[1], many[1])
                chosen = alone if self._alike[2] else many
            self.row = Row(chosen[1], self._free)

    def _wanted(self) -> bool:
        return (self.trainer.engine or config.engine()) == "numba"

    def _find(self, what: str, tensors: Sequence[Any], make: Any) -> tuple[Rehearsed, Single, Indices] | None:
        key = (what, *[(a.shape, a.dtype.str, array_order(a)) for a in (tensor._array for tensor in tensors)])
        found = self._known.get(key)
        if isinstance(found, int):
            if found == changes[0]:
                return None
        elif found is not None and found[0].changed() is None:
            return found
        if len(self._known) >= MOST:
            self._known.pop(next(iter(self._known)))
        try:
            rehearsed = make()
            made = rehearsed, Single(rehearsed.recording, gradients=False), Indices(rehearsed.recording.program)
        except Refused:
            self._known[key] = changes[0]
            return None
        self._known[key] = made
        return made
