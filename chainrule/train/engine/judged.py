"""The validation of every epoch, run by the engine right behind the epoch itself."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.language import say
from chainrule.tape.tracked import wrap
from chainrule.train.batch import Batch
from chainrule.train.engine.indices import Indices
from chainrule.train.engine.objections import object_to
from chainrule.train.engine.placed import Placed
from chainrule.train.engine.refused import Refused
from chainrule.train.engine.rehearsal import Rehearsed, rehearsed_forward, tensors_of
from chainrule.train.feed import ArrayFeed
from chainrule.train.measures import Measures
from chainrule.train.prediction import FEW

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


class Judged:
    """The forward passes of a validation.

    Args:
        trainer: whose network and loss are asked.
        feed: the rows that it is judged by.
        outputs: whether metrics want the outputs.

    Raises:
        Refused: it must stay between two calls.
    """

    def __init__(self, trainer: "Trainer", feed: ArrayFeed, outputs: bool) -> None:
        self.trainer = trainer
        self._batches = list(feed.epoch(0, FEW))
        self._rehearsed: dict[int, Rehearsed] = {}
        self.parts: list[Placed] = []
        beside: dict[int, Placed] = {}
        with trainer._judging():
            for batch in self._batches:
                rows = batch.rows
                data = [tensor._array for tensor in tensors_of(batch)]
                if rows not in self._rehearsed:
                    rehearsed = self._rehearsed[rows] = rehearsed_forward(trainer, batch, outputs)
                    if rehearsed.recording.program.writes:
                        raise Refused(say("train.engine_answer"))
                    self._indices = Indices(rehearsed.recording.program)
                    self._row_shape = rehearsed.row_shape
                made = Placed(self._rehearsed[rows].recording, data, rows, False, beside.get(rows))
                beside.setdefault(rows, made)
                self.parts.append(made)
                if not self._indices.inside(data):
                    raise Refused(say("train.engine_indices"))
                object_to(trainer, batch, self._row_shape)

    def changed(self) -> str | None:
        """What has changed of that which it relies on, in words."""
        with self.trainer._judging():
            return next(filter(None, (one.changed() for one in self._rehearsed.values())), None)

    @property
    def room(self) -> float:
        """Bytes that each epoch needs."""
        return sum(part.room for part in self.parts)

    @property
    def cost(self) -> float:
        """µs an epoch, roughly."""
        return sum(part.cost for part in self.parts)

    def prepare(self, epochs: int) -> list[Any]:
        """The codes of all batches, with room for so many epochs in a run."""
        return [part.prepare(epochs, ()) for part in self.parts]

    def result(self, place: int, measures: Measures) -> dict[str, float]:
        """Loss and metrics after epoch number `place` of a run, as `Trainer._judge` finds them."""
        measures.reset()
        total = size = 0.0
        sums = self.trainer.objective.sums
        for batch, part in zip(self._batches, self.parts, strict=True):
            loss = part.losses[place].item()
            total += loss if sums else loss * batch.size
            size += batch.size
            if part.outputs is not None:
                seen = Batch(batch.number, (), batch.targets, batch.weights, batch.size)
                seen.outputs = wrap(part.outputs[place])
                measures.update(seen)
        loss = total if sums else total / size if size else float(np.nan)
        return {"loss": loss, **measures.result()}
