"""One fit: epochs of steps, and what happens around them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, nan
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.language import say
from chainrule.nn.batch_norm import BatchNorm
from chainrule.nn.functional._loss_checks import trusting
from chainrule.tensors.random import drawing_from
from chainrule.train.batch import Batch
from chainrule.train.callbacks.callback import Callback
from chainrule.train.callbacks.events import Events, keeps, looks
from chainrule.train.engine.refused import HandOver, Refused
from chainrule.train.engine.starting import started, step_by_step
from chainrule.train.feed import ArrayFeed, LoaderFeed
from chainrule.train.history import History
from chainrule.train.interrupt import Interrupt
from chainrule.train.measures import Measures
from chainrule.train.modes import modes
from chainrule.train.one_blas_thread import one_blas_thread
from chainrule.train.place import batches_from, take_place
from chainrule.train.progress.display import Display
from chainrule.train.progress.standing import Standing

if TYPE_CHECKING:
    from chainrule.train.engine.running import Running
    from chainrule.train.engine.stepwise import Stepwise
    from chainrule.train.engine.warming import Warming
    from chainrule.train.state import State
    from chainrule.train.trainer import Trainer


@dataclass(frozen=True)
class Plan:
    """How long, and in what pieces.

    Attributes:
        epochs: of this fit; None for as many as the steps need.
        steps: optimizer steps of this fit, at most; None for as many as the epochs have.
        batch_size: rows a batch.
        shuffle: another order in each epoch.
        first_step: where the fit began, before anybody killed and resumed it; None for where the Trainer stands.
    """

    epochs: int | None
    steps: int | None
    batch_size: int
    shuffle: bool
    first_step: int | None = None


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
        resumed: what it goes on from; the Trainer has been made so.
    """

    def __init__(
        self, trainer: "Trainer", feed: ArrayFeed | LoaderFeed, validation: ArrayFeed | LoaderFeed | None, plan: Plan,
        measures: Measures, callbacks: Sequence[Callback], display: Display, resumed: "State | None" = None,
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
        self.resumed = resumed
        self.before: dict[str, Any] = {} if resumed is None else resumed.fit or {}
        self.first_epoch: int = self.before.get("first_epoch", trainer.epoch)
        self.first_step = trainer.step if plan.first_step is None else plan.first_step
        self.last_step = inf if plan.steps is None else self.first_step + plan.steps
        self.shown = trainer.epoch + 1  # the number of the epoch, as people count
        self.rows = 0
        self.total, self.size = 0.0, 0.0  # of the losses of this epoch, and what divides it
        self.floor: float | None = None
        self.best_constant: float | None = None
        self.running: Running | None = None  # the engine's part: many steps in a call
        self.stepwise: Stepwise | None = None  # or one
        self.warming: Warming | None = None  # what compiles meanwhile
        self.done: int | None = None  # batches of the epoch behind it, one by one; None between two epochs
        self.loading: dict[str, Any] | None = None  # where a loader's draws stood, at the start and before a batch
        self.rejoined: dict[str, Any] | None = None  # the epoch that is gone on with
        self.torn = False  # whether somebody interrupted in the middle of a step
        self.keepers: list[Any] = [callback for callback in callbacks if keeps(callback)]
        self.lookers: list[Any] = [callback for callback in callbacks if looks(callback)]
        self.begun = perf_counter() - self.before.get("seconds", 0.0)

    def run(self) -> History:
        """Train, and give back what it was like."""
        trainer = self.trainer
        history = trainer.history = self.resumed.history if self.resumed is not None and self.before else History()
        history.floor, history.best_constant, history.interrupted = self.floor, self.best_constant, False
        trainer.last_epoch = None if self.plan.epochs is None else self.first_epoch + self.plan.epochs
        trainer.stopped = self.before.get("stopped")
        trainer._fitting = self
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
            trainer.batch = trainer._fitting = None
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
            begun = self._started()
            while trainer.stopped is None and not self._over:
                if self.warming is not None and self.warming.ready:
                    self.running, self.stepwise = started(self, goes_on=True)
                if self.running is None:
                    self._epoch(history, begun)
                else:
                    self._block(self.running, history)
                begun = None
        except (KeyboardInterrupt, _Interrupted) as why:
            self.torn = isinstance(why, KeyboardInterrupt)
            history.interrupted = True
            self._move_on(history)
        history.interrupted |= self.interrupt.asked
        history.stopped = trainer.stopped
        self.events.send("on_fit_end", trainer)

    @property
    def _over(self) -> bool:
        """Whether all epochs or steps are made; a fit that is resumed may have more of them than it is to have."""
        trainer = self.trainer
        by_epochs = trainer.last_epoch is not None and trainer.epoch >= trainer.last_epoch
        return by_epochs or trainer.step >= self.last_step

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
        if self.lookers:
            self.look_in()
        try:
            running.advance(history)
        except Refused as error:  # something else is to be run from here on
            self.running, self.stepwise = started(self, str(error))
        except HandOver as rest:
            self.running, self.stepwise = None, step_by_step(self)
            self._epoch(history, rest.batch or None)
        else:
            self._look_at_clocks()

    def _epoch(self, history: History, begun: int | None = None) -> None:
        """One epoch, batch by batch; of one that has begun what is left."""
        trainer, send = self.trainer, self.events.send
        self.shown = trainer.epoch + 1
        if begun is None:
            if self.events.callbacks:
                trainer.model.train()  # a callback may have left another mode behind
            send("on_epoch_start", trainer)
            self.measures.reset()
            self.total = self.size = 0.0
        begins, ends = self.events.listeners["on_batch_start"], self.events.listeners["on_batch_end"]
        self.done = begun or 0
        for batch in batches_from(self, self.done):
            if self.interrupt.asked:
                raise _Interrupted
            if self.keepers:
                self._look_at_clocks()
            trainer.batch = batch
            if self.lookers:
                self.look_in()
            if begins:
                send("on_batch_start", trainer)
            trainer.rates.before_step(trainer.step)
            self._learn(batch)
            self.done += 1
            if ends:
                send("on_batch_end", trainer)
            if perf_counter() >= self.display.due:
                self.display.show(self._standing())
            if trainer.stopped is not None or trainer.step >= self.last_step:
                break
        row = self._row()
        history.add(trainer.epoch, row)
        self.done = None
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

    def _started(self) -> int | None:
        """Get the engine ready; how many batches of the epoch are behind it already, if it has begun."""
        resumed, trainer = self.resumed, self.trainer
        if resumed is not None and self.events.listeners["on_fit_start"]:
            resumed.put(trainer)  # callbacks may have changed anew what they changed when the fit began
        if trainer.stopped is None:
            self.running, self.stepwise = started(self)
        if resumed is None:
            return None
        try:
            return take_place(self, resumed)
        except Exception as error:
            resumed.tell(error)
            raise

    def _look_at_clocks(self) -> None:
        """Let what writes checkpoints by the clock write one, between two steps."""
        for keeper in self.keepers:
            if perf_counter() >= keeper._alarm:
                with self.events.outside():
                    keeper._ring(self.trainer)

    @property
    def due(self) -> float:
        """The next step before which somebody wants to look at the network."""
        return min((looker._due for looker in self.lookers), default=inf)

    def look_in(self) -> None:
        """Let those look at the network who wanted to before this step."""
        trainer = self.trainer
        for looker in self.lookers:
            if trainer.step >= looker._due:
                with self.events.outside():
                    looker._look(trainer)

    # --- one step -----------------------------------------------------------------------------------------------

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
