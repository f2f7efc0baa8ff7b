"""One fit: epochs of steps, and what happens around them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import inf, nan
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from chainrule.language import say
from chainrule.nn.batch_norm import BatchNorm
from chainrule.nn.functional._loss_checks import trusting
from chainrule.tensors.random import drawing_from
from chainrule.train.batch import Batch
from chainrule.train.callbacks.callback import Callback
from chainrule.train.callbacks.events import Events
from chainrule.train.engine.refused import HandOver, Refused
from chainrule.train.engine.starting import started, step_by_step
from chainrule.train.feed import ArrayFeed, LoaderFeed
from chainrule.train.history import History
from chainrule.train.interrupt import Interrupt
from chainrule.train.measures import Measures
from chainrule.train.modes import modes
from chainrule.train.one_blas_thread import one_blas_thread
from chainrule.train.progress.display import Display
from chainrule.train.progress.standing import Standing

if TYPE_CHECKING:
    from chainrule.train.engine.running import Running
    from chainrule.train.engine.stepwise import Stepwise
    from chainrule.train.engine.warming import Warming
    from chainrule.train.trainer import Trainer


@dataclass(frozen=True)
class Plan:
    """How long, and in what pieces.

    Attributes:
        epochs: of this fit; None for as many as the steps need.
        steps: optimizer steps of this fit, at most; None for as many as the epochs have.
        batch_size: rows a batch.
        shuffle: another order in each epoch.
    """

    epochs: int | None
    steps: int | None
    batch_size: int
    shuffle: bool


class _Interrupted(Exception):  # noqa: N818 - no error: Ctrl-C, noticed between two steps
    pass


class Fitting:
    """A fit while it runs.

    Args:
        trainer: who trains.
        feed: what it learns from.
        validation: what it is judged by after every epoch; None for nothing.
        plan: how long.
        measures: metrics of the training and of the validation.
        callbacks: all of them.
        display: shows how far it is.
    """

    def __init__(
        self, trainer: "Trainer", feed: ArrayFeed | LoaderFeed, validation: ArrayFeed | LoaderFeed | None, plan: Plan,
        measures: Measures, callbacks: Sequence[Callback], display: Display,
    ) -> None:
        self.trainer = trainer
        self.feed = feed
        self.validation = validation
        self.plan = plan
        self.measures = measures
        self.display = display
        self.events = Events(callbacks, lambda: drawing_from(None))
        self.interrupt = Interrupt()
        self.join_single = any(isinstance(module, BatchNorm) for module in trainer.model.modules())
        self.first_step = trainer.step
        self.last_step = inf if plan.steps is None else trainer.step + plan.steps
        self.shown = trainer.epoch + 1  # the number of the epoch, as people count
        self.rows = 0
        self.total, self.size = 0.0, 0.0  # of the losses of this epoch, and what divides it
        self.floor: float | None = None
        self.best_constant: float | None = None
        self.running: Running | None = None  # the engine's part: many steps in a call
        self.stepwise: Stepwise | None = None  # or one
        self.warming: Warming | None = None  # what compiles meanwhile
        self.begun = perf_counter()

    def run(self) -> History:
        """Train, and give back what it was like."""
        trainer = self.trainer
        history = trainer.history = History()
        history.floor, history.best_constant = self.floor, self.best_constant
        trainer.last_epoch = None if self.plan.epochs is None else trainer.epoch + self.plan.epochs
        trainer.stopped = None
        trainer.optimizer._habits.stepped = True  # compiled steps do not pass through it
        try:
            with (
                one_blas_thread(), np.errstate(all="ignore"),  # the history tells of infinity and NaN
                modes(trainer.model, training=True), drawing_from(trainer.noise), self.interrupt,
                trusting(trainer.guard != "refuse"),
            ):
                self._run(history)
        except BaseException as error:
            self._failed(error)
            raise
        finally:
            self._move_on(history)
            trainer.batch = None
            if self.running is not None:
                self.running.finish()
            if self.warming is not None and not self.warming.over:
                trainer._steps = None  # another fit begins anew
            history.seconds = perf_counter() - self.begun
            self.display.finish(self._standing())
        return history

    def _run(self, history: History) -> None:
        trainer = self.trainer
        self.display.start(self._standing())
        try:
            self.events.send("on_fit_start", trainer)
            self.running, self.stepwise = started(self)
            while trainer.stopped is None and trainer.step < self.last_step and trainer.epoch != trainer.last_epoch:
                if self.warming is not None and self.warming.ready:
                    self.running, self.stepwise = started(self, goes_on=True)
                if self.running is None:
                    self._epoch(history)
                else:
                    self._block(self.running, history)
        except (KeyboardInterrupt, _Interrupted):
            history.interrupted = True
            self._move_on(history)
        history.interrupted |= self.interrupt.asked
        history.stopped = trainer.stopped
        self.events.send("on_fit_end", trainer)

    def _move_on(self, history: History) -> None:
        """An epoch that has its row is over, even if somebody interrupted or failed after that."""
        if history.last_epoch == self.trainer.epoch:
            self.trainer.epoch += 1

    def _failed(self, error: BaseException) -> None:
        try:
            self.events.send("on_exception", self.trainer, error)
        except Exception as another:  # noqa: BLE001 - the first error is the one to be told
            error.add_note(str(another))

    def _block(self, running: "Running", history: History) -> None:
        """Some steps by the engine; if it cannot go on, the rest is NumPy's."""
        if self.interrupt.asked:
            raise _Interrupted
        try:
            running.advance(history)
        except Refused as error:  # something else is to be run from here on
            self.running, self.stepwise = started(self, str(error))
        except HandOver as rest:
            self.running, self.stepwise = None, step_by_step(self)
            self._epoch(history, rest.batch)

    def _epoch(self, history: History, begun: int = 0) -> None:
        """One epoch, batch by batch; of one that has begun what is left."""
        trainer, send, plan = self.trainer, self.events.send, self.plan
        self.shown = trainer.epoch + 1
        if not begun:
            if self.events.callbacks:
                trainer.model.train()  # a callback may have left another mode behind
            send("on_epoch_start", trainer)
            self.measures.reset()
            self.total = self.size = 0.0
        seed = trainer.seed if plan.shuffle else None
        begins, ends = self.events.listeners["on_batch_start"], self.events.listeners["on_batch_end"]
        batches = self.feed.epoch(trainer.epoch, plan.batch_size, seed, self.join_single)
        for batch in islice(batches, begun, None):
            if self.interrupt.asked:
                raise _Interrupted
            trainer.batch = batch
            if begins:
                send("on_batch_start", trainer)
            trainer.rates.before_step(trainer.step)
            self._learn(batch)
            if ends:
                send("on_batch_end", trainer)
            if perf_counter() >= self.display.due:
                self.display.show(self._standing())
            if trainer.stopped is not None or trainer.step >= self.last_step:
                break
        row = self._row()
        history.add(trainer.epoch, row)
        if trainer.rates.schedulers:
            trainer.rates.after_epoch(row, trainer.better)
        self.epoch_over()
        self._move_on(history)
        if self.display.every_epoch:
            self.display.epoch(self._standing())

    def epoch_over(self) -> None:
        """Tell the callbacks that an epoch is over; a rate that they set and the schedule takes back is said aloud."""
        trainer = self.trainer
        before = trainer.rates.now
        self.events.send("on_epoch_end", trainer)
        if trainer.rates.of_step is not None and trainer.rates.now != before and trainer.guard != "off":
            trainer.rates.say_taken_back()

    def _learn(self, batch: Batch) -> None:
        """Forward, backward, update; and count what came of it."""
        trainer, stepwise = self.trainer, self.stepwise
        if stepwise is not None:
            try:
                stepwise.learn(batch)
            except Refused as error:
                self.stepwise = stepwise = None
                trainer._report.give_up(error)
        if stepwise is None:
            trainer._take_gradients(batch)
        loss = batch.loss if batch.loss is not None else nan
        if self.events.listeners["on_before_step"]:
            self.events.send("on_before_step", trainer)
        if trainer.stopped is None:
            self._update(batch)
            trainer.step += 1
        self.rows += batch.rows
        self.total += loss if trainer.objective.sums else loss * batch.size
        self.size += batch.size
        if self.measures:
            self.measures.update(batch)

    def _update(self, batch: Batch) -> None:
        if self.stepwise is not None:
            try:
                self.stepwise.update()
            except Refused as error:
                self.stepwise = None
                self.trainer._report.give_up(error)
            else:
                return
        self.trainer._update(batch)

    def _row(self, judged: Callable[[], dict[str, float]] | None = None) -> dict[str, float]:
        """The numbers of the epoch; `judged` gives those of the validation, where somebody has them already."""
        trainer = self.trainer
        loss = self.total if trainer.objective.sums else self.total / self.size if self.size else nan
        row = {"loss": loss, **self.measures.result()}
        if self.validation is not None:
            found = trainer._judge(self.validation, self.measures) if judged is None else judged()
            row.update((f"val_{name}", value) for name, value in found.items())
        row["lr"] = trainer.rates.now
        return row

    def _standing(self) -> Standing:
        trainer, plan = self.trainer, self.plan
        history, last = trainer.history, trainer.last_epoch
        count = self.feed.count(plan.batch_size, self.join_single)
        steps = [plan.steps] if plan.steps is not None else []
        steps += [plan.epochs * count] if plan.epochs is not None and count is not None else []
        ended = say("train.interrupted") if history.interrupted else trainer.stopped
        return Standing(
            epoch=self.shown, last_epoch=last, steps=trainer.step - self.first_step,
            all_steps=min(steps, default=None), rows=self.rows, seconds=perf_counter() - self.begun,
            loss=self.total / self.size if self.size and not trainer.objective.sums else None,
            numbers=history.last, ended=ended,
        )
