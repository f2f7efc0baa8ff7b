"""A fit whose steps are run by the engine: blocks of epochs, read by Python between two calls."""

from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.optim.lr_scheduler.plateau import ReduceLROnPlateau
from chainrule.train.batch import Batch
from chainrule.train.callbacks.events import callback_reads
from chainrule.train.engine.finite import finite_steps
from chainrule.train.engine.judged import Judged
from chainrule.train.engine.placed import numbers_now
from chainrule.train.engine.refused import HandOver, Refused
from chainrule.train.engine.span import Span
from chainrule.train.engine.steps import Steps, lr_control
from chainrule.train.measures import TOGETHER

if TYPE_CHECKING:
    from chainrule.train.fitting import Fitting
    from chainrule.train.history import History

Array = np.ndarray[Any, Any]
AT_ONCE = 0.04  # seconds in one call, about: so long Ctrl-C and the display have to wait
MOST = 1 << 25  # bytes for the losses, outputs and orders of one call
KEPT = 1 << 20  # bytes that a Trainer may hold between two fits
LOOKING = ("on_epoch_start", "on_epoch_end")


class Running:
    """The engine's part in a fit.

    Args:
        fitting: the fit.
        steps: what the engine runs.
        judged: the validation, where the engine runs it too.
    """

    most = 1 << 21  # steps in one call

    def __init__(self, fitting: "Fitting", steps: Steps, judged: Judged | None) -> None:
        self.fitting = fitting
        self.trainer = fitting.trainer
        self.steps = steps
        self.judged = judged
        self.batch = 0  # number of the next batch in its epoch
        self.listening = any(fitting.events.listeners[name] for name in LOOKING)
        reads = [callback_reads(callback) for callback in fitting.events.callbacks]
        self.reading = not {"state", "weights"} & set(reads)
        self.changing = "state" in reads  # somebody may change what the steps rely on
        self.guarded = "nonfinite" in reads  # somebody wants to see the first step that goes wrong
        schedulers = self.trainer.rates.schedulers
        ahead = all(_goes_by_epochs(part) for part in schedulers)
        self.single = (self.listening and not self.reading) or not ahead
        self.single = self.single or (fitting.validation is not None and judged is None)
        self.plain = not (
            self.listening or schedulers or fitting.measures or fitting.validation is not None
            or fitting.display.every_epoch
        )
        self.pauses = [keeper._pause for keeper in fitting.keepers]
        self.moving = self._moving()
        beside = (0.0, 0.0) if judged is None else (judged.cost / steps.count, judged.room / steps.count)
        self.pace = max(1.0, 1e6 * AT_ONCE / 8 / max(steps.cost + beside[0], 0.02))  # steps in one call
        self.room = int(max(1, MOST // max(steps.room + beside[1], 1.0)))
        self._before: list[tuple[Array, Array]] = []
        self._codes: list[Any] = []
        self._table: dict[str, Array] = {}
        self._base: Array = np.zeros((1, 1))
        self._limit = inf  # the step that goes wrong
        self._begun = -1
        self.looked = False
        self._prepare(1)

    def _moving(self) -> tuple[str, ...]:
        """The controls that may have another number in each step."""
        rates, found = self.trainer.rates, []
        if rates.of_step is None and not rates.schedulers:
            return ()
        for kind in self.steps.kinds:
            found += [lr_control(kind.recording, group) for group in self.trainer.optimizer.param_groups]
        if rates.schedulers:
            groups = {id(group) for group in self.trainer.optimizer.param_groups}
            for kind in self.steps.kinds:
                found += [name for name, (held, _, _) in kind.recording.sources.items() if id(held) in groups]
        return tuple(dict.fromkeys(found))

    # --- one call -----------------------------------------------------------------------------------------------

    def advance(self, history: "History") -> None:
        """Run some steps, whole epochs if they are short, and tell everybody who wants to know.

        Raises:
            Refused: something has changed, and the rest must be eager.
            HandOver: callbacks want to see the next step, which goes wrong.
        """
        fitting, trainer = self.fitting, self.trainer
        if trainer.step >= self._limit:
            raise HandOver(self.batch)
        span = self._span()
        if self.looked and span.first == 0:
            changed = self._changed()
            if changed is not None:
                raise Refused(changed)
        if span.first == 0:
            self._begin(span)
        self._controls(span)
        self._prepare(span.steps)
        self._fill(span)
        self.steps.arrange(span, fitting.plan.shuffle)
        cut = span.epochs > 1 and self.listening
        if cut or self.guarded:
            self._remember()
        begun = perf_counter()
        self.steps.run(span, self._behind(span))
        took = perf_counter() - begun
        report = trainer._report
        report.steps, report.calls, report.seconds = report.steps + span.steps, report.calls + 1, report.seconds + took
        self.pace = min(max(1.0, span.steps * AT_ONCE / max(took, 1e-9)), 8 * self.pace)
        self._stamp()
        if self.guarded and self._limit == inf:
            good = finite_steps(self, span)
            if good is not None:
                self.again(span, 0)
                self._limit = trainer.step + good
                return
        if self.plain:
            self._write(span, history)
        else:
            self._tell(span, history, cut)
        if perf_counter() >= fitting.display.due:
            fitting.display.show(fitting._standing())

    def _prepare(self, steps: int) -> None:
        """Room for so many steps, and for more if the next call is longer."""
        room = max(steps, min(self._capacity(), 4 * int(self.pace)))
        self.steps.prepare(room, self.moving)
        if self.judged is not None:
            self._codes = self.judged.prepare(-(-room // self.steps.count))

    def _behind(self, span: Span) -> list[Any]:
        """What runs after each epoch of a span; nothing where the span does not end its epoch."""
        ends = span.last == self.steps.count or self.trainer.step + span.steps >= self.fitting.last_step
        return self._codes if ends else []

    def _capacity(self) -> int:
        """The most steps that a call can ever have in this fit."""
        trainer, count = self.trainer, self.steps.count
        epochs = inf if trainer.last_epoch is None else trainer.last_epoch - trainer.epoch
        return int(max(1, min(self.room, epochs * count, self.fitting.last_step - trainer.step, self.most)))

    def _span(self) -> Span:
        """What comes next."""
        trainer, count = self.trainer, self.steps.count
        behind = min(self.fitting.last_step, self._limit, self.fitting.due) - trainer.step
        most = min(self.pace, self.room, self.most, behind)
        epochs = inf if trainer.last_epoch is None else trainer.last_epoch - trainer.epoch
        if self.batch == 0 and most >= count:
            asked = min((pause(trainer) for pause in self.pauses), default=inf)
            fitting = int(min(epochs, most // count, 1 if self.single else asked))
            return Span(trainer.epoch, fitting, 0, count)
        return Span(trainer.epoch, 1, self.batch, int(min(count, self.batch + max(1, most))))

    def go_on(self, batch: int) -> None:
        """Begin behind so many batches of the epoch."""
        self.batch, self._begun = batch, self.trainer.epoch

    def _begin(self, span: Span) -> None:
        fitting = self.fitting
        fitting.shown = span.epoch + 1
        if span.epochs == 1 and self._begun != span.epoch:
            self._begun = span.epoch
            if self.changing:
                self.trainer.model.train()
            fitting.events.send("on_epoch_start", self.trainer)
        fitting.measures.reset()
        fitting.total = fitting.size = 0.0

    def _changed(self) -> str | None:
        self.trainer.optimizer.zero_grad()
        changed = self.steps.changed()
        return changed if changed is not None or self.judged is None else self.judged.changed()

    def _stamp(self) -> None:
        for kind in self.steps.kinds:
            for tensor in kind.written():
                tensor.stamp()

    # --- numbers ------------------------------------------------------------------------------------------------

    def _controls(self, span: Span) -> None:
        """The number of every control in every step."""
        trainer, rates = self.trainer, self.trainer.rates
        shape = (span.epochs, span.last - span.first)
        sources = {name: source for kind in self.steps.kinds for name, source in kind.recording.sources.items()}
        table: dict[str, Array] = {}
        if rates.of_step is not None:
            base = np.array([float(rates.of_step(trainer.step + t)) for t in range(span.steps)]).reshape(shape)
            self._base = base
            for group, ratio in zip(trainer.optimizer.param_groups, rates.ratios, strict=False):
                for name, (held, key, _) in sources.items():
                    if held is group and key == "lr":
                        table[name] = base * ratio
        elif rates.schedulers:
            rows = self._ahead(span, {name: sources[name] for name in self.moving})
            for name in self.moving:
                table[name] = np.repeat(np.array([[row[name]] for row in rows]), shape[1], axis=1)
        self._table = table

    def _ahead(self, span: Span, sources: dict[str, Any]) -> list[dict[str, float]]:
        """The numbers in each epoch of a span, by letting the schedulers go ahead and back again."""
        trainer = self.trainer
        rows = [{name: _read(source) for name, source in sources.items()}]
        if span.epochs == 1:
            return rows
        states = [part.state_dict() for part in trainer.rates.schedulers]
        groups = [dict(group) for group in trainer.optimizer.param_groups]
        for _ in range(span.epochs - 1):
            for part in trainer.rates.schedulers:
                part.step()
            rows.append({name: _read(source) for name, source in sources.items()})
        for part, state in zip(trainer.rates.schedulers, states, strict=True):
            part.load_state_dict(state)
        for group, numbers in zip(trainer.optimizer.param_groups, groups, strict=True):
            group.update(numbers)
        return rows

    def _fill(self, span: Span) -> None:
        for kind in self.steps.kinds:
            numbers_now(kind.recording, kind.numbers, self.moving)
        for name, numbers in self._table.items():
            self.steps.number(name, span, numbers)

    # --- what became of it --------------------------------------------------------------------------------------

    def _write(self, span: Span, history: "History") -> None:
        """The rows of a span, when nobody looks at them one by one."""
        fitting, trainer = self.fitting, self.trainer
        totals, size = self._totals(span)
        last = float(totals[-1]), float(size[-1])
        trainer.step += span.steps
        fitting.rows += self._rows(span)
        self._set_rates(span, span.epochs - 1)
        if self._ends(span):
            losses = totals
            if not trainer.objective.sums:
                losses /= np.where(size == 0, np.nan, size)
            lr = self._last_rates(span)
            history.extend(span.epoch, span.epochs, {"loss": losses, "lr": lr})
            fitting.shown = span.epoch + span.epochs
            trainer.epoch += span.epochs - 1
            fitting._move_on(history)
            self.batch = 0
        fitting.total, fitting.size = last

    def _totals(self, span: Span) -> tuple[Array, Array]:
        """The sums of losses, and of what divides them, of each epoch: added as they came."""
        weighed, sizes = self.steps.losses(span), self.steps.sizes(span)
        if not self.trainer.objective.sums:
            weighed *= sizes
        totals, size = weighed[:, 0], sizes[:, 0] + self.fitting.size
        totals += self.fitting.total
        for place in range(1, weighed.shape[1]):
            totals += weighed[:, place]
            size += sizes[:, place]
        return totals, size

    def _rows(self, span: Span) -> int:
        full, short = self.steps.shares(span)
        return span.epochs * (full * self.steps.size + short * self.steps.rest)

    def _ends(self, span: Span) -> bool:
        """Whether the epoch ends with this span; else the next one goes on in it."""
        over = span.last == self.steps.count or self.trainer.step >= self.fitting.last_step
        self.batch = 0 if over else span.last
        return over

    def _last_rates(self, span: Span) -> Array:
        rates = self.trainer.rates
        if rates.of_step is None:
            return np.broadcast_to(np.float64(rates.now), span.epochs)
        return np.asarray(self._base[:, -1] * rates.ratios[0])

    def _set_rates(self, span: Span, epoch: int) -> None:
        """The optimizer's own rates, as the last step of an epoch had them."""
        rates = self.trainer.rates
        if rates.of_step is not None:
            for group, ratio in zip(self.trainer.optimizer.param_groups, rates.ratios, strict=False):
                group["lr"] = float(self._base[epoch, -1]) * ratio

    def _tell(self, span: Span, history: "History", cut: bool) -> None:
        """The rows of a span one by one, as if each epoch were over just now."""
        fitting, trainer = self.fitting, self.trainer
        totals, size = self._totals(span)
        each = span.last - span.first
        for place in range(span.epochs):
            if place or span.epochs > 1:
                fitting.shown = trainer.epoch + 1
                if span.epochs > 1:
                    fitting.events.send("on_epoch_start", trainer)
                fitting.measures.reset()
            trainer.step += each
            fitting.rows += self._rows(span) // span.epochs
            fitting.total, fitting.size = float(totals[place]), float(size[place % len(size)])
            self._set_rates(span, place)
            if fitting.measures:
                self._measure(span, place)
            if not self._ends(span):
                return
            try:
                self._row(span, place, history)
            except BaseException:
                self._settle(span, place + 1, cut)
                raise
            if trainer.stopped is not None:
                self._settle(span, place + 1, cut)
                return

    def _row(self, span: Span, place: int, history: "History") -> None:
        fitting, trainer, judged = self.fitting, self.trainer, self.judged
        row = fitting._row(None if judged is None else lambda: judged.result(place, fitting.measures))
        history.add(trainer.epoch, row)
        if trainer.rates.schedulers:
            trainer.rates.after_epoch(row, trainer.better)
        if self.listening:
            self.looked = self.changing
            trainer.batch = self._last_batch(span)
            fitting.epoch_over()
        fitting._move_on(history)
        if fitting.display.every_epoch:
            fitting.display.epoch(fitting._standing())

    def _last_batch(self, span: Span) -> Batch:
        """What the last step learnt from; its outputs where metrics wanted them."""
        steps = self.steps
        full, short = steps.shares(span)
        kind, place = steps.full, span.epochs * full - 1
        if short and steps.tail is not None:
            kind, place = steps.tail, span.epochs - 1
        made = steps.learnt(kind, place, span.last - 1)
        made.loss = kind.losses[place].item()
        return made

    def _measure(self, span: Span, place: int) -> None:
        steps, measures = self.steps, self.fitting.measures
        full, short = steps.shares(span)
        copied = span.last - span.first < steps.count  # metrics may hold them until another call has overwritten them
        outputs = steps.full.outputs
        size = 1 if outputs is None else outputs[:1].size
        together = 1 if outputs is None or steps.alone else TOGETHER // max(1, size) + 1  # as many as would be held
        for at in range(0, full, together):
            count = min(together, full - at)
            measures.update(steps.batch(steps.full, place * full + at, span.first + at, copied, count))
        if short and steps.tail is not None:
            measures.update(steps.batch(steps.tail, place, span.last - 1, copied))

    def finish(self) -> None:
        """Give back the memory of a long fit, and the gradients, which the engine does not keep."""
        for kind in self.steps.kinds:
            for tensor in kind.cleared():
                tensor.grad = None
        if self.steps.nbytes > KEPT:
            self.steps.release()

    # --- back ---------------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        """Keep what the steps are going to change."""
        arrays = {id(t._array): t._array for kind in self.steps.kinds for t in kind.written()}
        held = {id(array): copy for array, copy in self._before}
        self._before = [(a, held[key] if key in held else np.empty_like(a)) for key, a in arrays.items()]
        for array, copy in self._before:
            np.copyto(copy, array)

    @property
    def kept(self) -> list[Array]:
        """What the steps change."""
        return [array for array, _ in self._before]

    def again(self, span: Span, steps: int) -> None:
        """Go back to where a span began, and run its first so many steps."""
        for array, copy in self._before:
            np.copyto(array, copy)
        self.steps.run_some(span, steps)
        self._stamp()

    def _settle(self, span: Span, epochs: int, cut: bool) -> None:
        """Let the network be what it was after so many epochs of a span that was run to its end."""
        if not cut or epochs == span.epochs:
            return
        for array, copy in self._before:
            np.copyto(array, copy)
        self.steps.run(span._replace(epochs=epochs))
        self._stamp()


def _goes_by_epochs(scheduler: Any) -> bool:
    """Whether a scheduler asks nothing but how many epochs are over."""
    return type(scheduler).__module__.startswith("chainrule.") and not isinstance(scheduler, ReduceLROnPlateau)


def _read(source: Any) -> float:
    held, key, place = source
    return float(held[key] if place is None else held[key][place])
