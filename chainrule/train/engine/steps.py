"""The steps of a fit in the engine: full batches, the short last one, their order, their numbers, their losses."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.language import say
from chainrule.program.loops.runtime import Schedule
from chainrule.tape.tracked import wrap
from chainrule.train.batch import Batch
from chainrule.train.engine.indices import Indices
from chainrule.train.engine.objections import object_to
from chainrule.train.engine.orders import Orders
from chainrule.train.engine.placed import Placed
from chainrule.train.engine.refused import Refused
from chainrule.train.engine.rehearsal import Rehearsed, rehearsed_step, tensors_of
from chainrule.train.engine.span import Span
from chainrule.train.feed import ArrayFeed

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

Array = np.ndarray[Any, Any]


class Steps:
    """All steps of a fit.

    Args:
        trainer: in training mode, drawing from its noise.
        feed: what it learns from.
        batch_size: rows a batch.
        join_single: whether a last batch of one row joins the one before it.
        outputs: whether the outputs of the network are wanted.

    Attributes:
        count: batches of an epoch.
        full: the full batches.
        tail: the short last one; None where there is none.
        whole: how many full batches an epoch has.

    Raises:
        Refused: they must stay eager.
    """

    def __init__(self, trainer: "Trainer", feed: ArrayFeed, batch_size: int, join_single: bool, outputs: bool) -> None:
        self.trainer = trainer
        self.feed = feed
        self.shape = (batch_size, join_single, outputs)
        rows, rest = feed.rows, feed.rows % batch_size
        self.alone = batch_size >= rows or (join_single and batch_size == rows - 1)
        self.count = feed.count(batch_size, join_single)
        self.size = rows if self.alone else batch_size
        joined = join_single and rest == 1 and not self.alone
        self.whole = 1 if self.alone else rows // batch_size - joined
        self.rest = 0 if self.alone else rows - self.whole * batch_size
        self.rehearsed: list[Rehearsed] = []
        self.indices: list[Indices] = []
        self.full: Placed
        self.tail: Placed | None = None
        self._rehearse(self.size, 0, outputs)
        if self.rest:
            self._rehearse(self.rest, self.whole, outputs)
        self._schedule: tuple[Any, Schedule] | None = None
        self._codes: list[Any] = []
        self._orders = Orders()
        self._order = np.arange(rows, dtype=np.int64)

    def _rehearse(self, rows: int, number: int, outputs: bool) -> None:
        start = number * self.size
        batch = self.feed._batch(number, slice(start, start + rows), rows)
        rehearsed = rehearsed_step(self.trainer, batch, outputs)
        self.rehearsed.append(rehearsed)
        self.indices.append(Indices(rehearsed.recording.program))

    def build(self) -> None:
        """Plan and compile all steps; the network may learn in another thread meanwhile.

        Raises:
            Refused: the engine has no loops for something in them.
        """
        data = [tensor._array for tensor in tensors_of(everything(self.feed))]
        made = []
        for rehearsed, rows in zip(self.rehearsed, (self.size, self.rest), strict=False):
            made.append(Placed(rehearsed.recording, data, rows, shuffled=not self.alone))
            made[-1].compile()
        self.full, self.tail = made[0], made[1] if len(made) > 1 else None

    def check(self) -> None:
        """Look at all rows as each batch of them would be looked at.

        Raises:
            Refused: for rows at which NumPy takes offence.
        """
        batch = everything(self.feed)
        data = [tensor._array for tensor in tensors_of(batch)]
        if not all(indices.inside(data) for indices in self.indices):
            raise Refused(say("train.engine_indices"))
        object_to(self.trainer, batch, self.rehearsed[0].row_shape)

    @property
    def kinds(self) -> list[Placed]:
        """Full batches, and the short one."""
        return [self.full] if self.tail is None else [self.full, self.tail]

    def fits(self, feed: ArrayFeed, batch_size: int, join_single: bool, outputs: bool) -> bool:
        """Whether these are the steps of another fit too."""
        mine, other = (tensors_of(everything(one)) for one in (self.feed, feed))
        return self.shape == (batch_size, join_single, outputs) and len(mine) == len(other) and all(
            a._array.shape == b._array.shape and a._array.dtype == b._array.dtype
            and a._array.strides == b._array.strides
            for a, b in zip(mine, other, strict=True)
        )

    def feed_from(self, feed: ArrayFeed) -> None:
        """Learn from other rows of the same kind."""
        self.feed = feed
        data = [tensor._array for tensor in tensors_of(everything(feed))]
        for kind in self.kinds:
            kind.learn_from(data)

    def changed(self) -> str | None:
        """What has changed of that which the steps rely on, in words."""
        return next(filter(None, (one.changed() for one in self.rehearsed)), None)

    # --- memory -------------------------------------------------------------------------------------------------

    @property
    def room(self) -> float:
        """Bytes that a step needs, on average."""
        parts = self.full.room * self.whole + (self.tail.room if self.tail is not None else 0)
        return parts / self.count

    @property
    def cost(self) -> float:
        """µs a step, roughly, on average."""
        parts = self.full.cost * self.whole + (self.tail.cost if self.tail is not None else 0)
        return parts / self.count

    def prepare(self, steps: int, moving: tuple[str, ...]) -> None:
        """Room for so many steps in a run, and addresses as they are now."""
        epochs = -(-steps // self.count)
        self._codes = [self.full.prepare(min(epochs * self.whole, steps), moving)]
        if self.tail is not None:
            self._codes.append(self.tail.prepare(epochs, moving))
        if self._schedule is not None and self._schedule[0][1 : 1 + len(self._codes)] != tuple(map(id, self._codes)):
            self._schedule = None

    @property
    def nbytes(self) -> int:
        """Bytes that are held for losses, outputs and orders."""
        return sum(int(kind.room * kind.steps) for kind in self.kinds)

    def release(self) -> None:
        """Give the memory of long runs back."""
        self._schedule, self._codes = None, []
        for kind in self.kinds:
            kind.release()

    # --- a run --------------------------------------------------------------------------------------------------

    def shares(self, span: Span) -> tuple[int, int]:
        """Of each epoch of a span: full batches, short ones."""
        full = min(span.last, self.whole) - min(span.first, self.whole)
        return full, span.last - span.first - full

    def arrange(self, span: Span, shuffle: bool) -> None:
        """Say in which order the rows of a span are read."""
        if self.alone:
            return
        full, short = self.shares(span)
        begin = span.first * self.size
        for place in range(span.epochs):
            order = self._order
            if shuffle:
                order = self._orders.of(span.epoch + place, self.feed.rows, self.trainer.seed)
            if full:
                there = self.full.order[place * full : (place + 1) * full]
                there[:] = order[begin : begin + full * self.size].reshape(full, self.size)
            if short and self.tail is not None:
                self.tail.order[place] = order[self.whole * self.size :]

    def number(self, name: str, span: Span, numbers: Array) -> None:
        """Give a control its (epochs, batches) numbers, or the one that it has throughout."""
        full, _ = self.shares(span)
        for kind, part in ((self.full, numbers[:, :full]), (self.tail, numbers[:, full:])):
            if kind is not None and name in kind.numbers:
                kind.numbers[name][: part.size] = part.reshape(-1)

    def run(self, span: Span, behind: Sequence[Any] = ()) -> None:
        """Run the steps of a span; `behind` are codes that run once after each epoch."""
        full, short = self.shares(span)
        key = ((span.epochs, full, short), *map(id, self._codes), *map(id, behind))
        if self._schedule is None or self._schedule[0] != key:
            if not short and not behind:
                segments = [(self._codes[0], 0, span.epochs * full)]
            else:
                segments = []
                for place in range(span.epochs):
                    segments.append((self._codes[0], place * full, (place + 1) * full))
                    once = [*self._codes[1 : 1 + short], *behind]
                    segments += [(code, place, place + 1) for code in once]
            self._schedule = key, Schedule(segments)
        self._schedule[1].run()

    def run_some(self, span: Span, steps: int) -> None:
        """Run only the first so many steps of a span."""
        full, short = self.shares(span)
        segments = []
        for place in range(span.epochs):
            here = min(steps - place * (full + short), full + short)
            if here > 0:
                segments.append((self._codes[0], place * full, place * full + min(here, full)))
            if here > full:
                segments.append((self._codes[1], place, place + 1))
        Schedule(segments).run()

    def losses(self, span: Span) -> Array:
        """(epochs, batches) float64: the losses of a span that was run."""
        full, short = self.shares(span)
        parts = [self.full.losses[: span.epochs * full].reshape(span.epochs, full)]
        if short and self.tail is not None:
            parts.append(self.tail.losses[: span.epochs].reshape(span.epochs, 1))
        return np.concatenate(parts, axis=1, dtype=np.float64)

    def sizes(self, span: Span) -> Array:
        """(epochs, batches) or (1, batches) float64: what each batch counts in means."""
        feed = self.feed
        if self.alone:
            return np.array([[feed._size]])
        full, short = self.shares(span)
        if feed.weights is None and feed.mass is None:
            return np.array([[float(self.size)] * full + [float(self.rest)] * short])
        found = []
        for place in range(span.epochs):
            batches = [*self.full.order[place * full : (place + 1) * full]]
            if short and self.tail is not None:
                batches.append(self.tail.order[place])
            row = []
            for rows in batches:
                weights = None if feed.weights is None else feed.weights[rows]
                row.append(feed._counts(feed.targets[rows], weights))
            found.append(row)
        return np.array(found)

    def batch(self, kind: Placed, place: int, number: int, copied: bool = True, count: int = 1) -> Batch:
        """`count` batches that follow each other as one, with the outputs that there are: for metrics."""
        rows: Any = slice(None) if self.alone else kind.order[place : place + count].reshape(-1)
        made = self.feed.judged(number, rows)
        if kind.outputs is not None:
            outputs = kind.outputs[place : place + count]
            joined = outputs[0] if count == 1 else outputs.reshape(-1, *outputs.shape[2:])
            made.outputs = wrap(joined.copy() if copied else joined)
        return made

    def learnt(self, kind: Placed, place: int, number: int) -> Batch:
        """A batch as it was learnt from, for callbacks."""
        made = everything(self.feed) if self.alone else self.feed._batch(number, kind.order[place].copy(), kind.rows)
        if kind.outputs is not None:
            made.outputs = wrap(kind.outputs[place].copy())
        return made


def everything(feed: ArrayFeed) -> Batch:
    """All rows as one batch."""
    return feed._batch(0, slice(0, feed.rows), feed.rows)


def lr_control(recording: Any, group: Any) -> str:
    """The control that is the learning rate of a group.

    Raises:
        Refused: where the step does not read it from there.
    """
    for name, (held, key, _) in recording.sources.items():
        if held is group and key == "lr":
            return str(name)
    raise Refused(say("train.engine_rate"))
