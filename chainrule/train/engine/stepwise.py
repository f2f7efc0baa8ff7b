"""The engine one batch at a time: where batches come from a loader, or callbacks look at each of them."""

from typing import TYPE_CHECKING, Any

from chainrule.language import say
from chainrule.ops.layout import array_order
from chainrule.tape.tracked import wrap
from chainrule.train.batch import Batch
from chainrule.train.engine.indices import Indices
from chainrule.train.engine.objections import object_to
from chainrule.train.engine.refused import Refused
from chainrule.train.engine.rehearsal import (
    Rehearsed,
    rehearsed_gradients,
    rehearsed_step,
    rehearsed_update,
    tensors_of,
)
from chainrule.train.engine.report import Row
from chainrule.train.engine.single import Single

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

MOST = 32  # kinds of batches that are recorded in one fit


class Stepwise:
    """Steps of a fit, each run by the engine when its batch is there.

    Args:
        trainer: in training mode, drawing from its noise.
        apart: whether gradients and update are run apart, because somebody looks between them.
        watched: whether callbacks run between the steps, so that what the steps rely on is looked at each time.

    Raises:
        Refused: by `learn` and `update`, when steps must be eager from now on.
    """

    def __init__(self, trainer: "Trainer", apart: bool, watched: bool) -> None:
        self.trainer = trainer
        self.apart = apart
        self.watched = watched
        self._known: dict[Any, tuple[Rehearsed, Single, Indices]] = {}
        self._update: tuple[Rehearsed, Single] | None = None
        self._recorded = 0

    def learn(self, batch: Batch) -> None:
        """Outputs and loss of a batch, and gradients or the whole update."""
        trainer = self.trainer
        batch.noise = trainer.noise.get_state()
        trainer.optimizer.zero_grad()
        tensors = tensors_of(batch)
        key = tuple((a.shape, a.dtype.str, array_order(a)) for a in (tensor._array for tensor in tensors))
        found = self._known.get(key)
        if found is not None and self.watched and found[0].changed() is not None:
            found = None
        if found is None:
            self._count()
            make = rehearsed_gradients if self.apart else rehearsed_step
            rehearsed = make(trainer, batch, outputs=True)
            single = Single(rehearsed.recording, gradients=self.apart)
            found = self._known[key] = rehearsed, single, Indices(rehearsed.recording.program)
            row = Row(batch.rows, len(rehearsed.recording.program.entries), single.kernels, single.seconds)
            trainer._report.rows.append(row)
        if not found[2].inside([tensor._array for tensor in tensors]):
            raise Refused(say("train.engine_indices"))
        object_to(trainer, batch, found[0].row_shape)
        loss, outputs = found[1](tensors)
        batch.outputs, batch.loss = wrap(outputs), loss.item()

    def update(self) -> None:
        """Let the optimizer change the parameters by their gradients; nothing, where `learn` did it."""
        if not self.apart:
            return
        found = self._update
        if found is None or (self.watched and found[0].changed() is not None):
            self._count()
            rehearsed = rehearsed_update(self.trainer)
            found = self._update = rehearsed, Single(rehearsed.recording, gradients=False)
        found[1]()

    def _count(self) -> None:
        self._recorded += 1
        if self._recorded > MOST:
            raise Refused(say("train.engine_restless", reason="-"))
