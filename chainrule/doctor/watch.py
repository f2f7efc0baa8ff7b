"""`Watch`: looks on while a network learns, and speaks only when something looks wrong."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from chainrule import language
from chainrule.doctor.symptoms.curves import AWAY, Curves, symptoms_of
from chainrule.doctor.symptoms.layers import grew_first, symptoms_of_layers
from chainrule.doctor.symptoms.symptom import Seen, Symptom
from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.train.callbacks.callback import Callback
from chainrule.train.callbacks.instruments import Instruments
from chainrule.train.callbacks.terminate_on_nan import TerminateOnNaN
from chainrule.train.instruments.health import Health

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

NEAR = 0.1  # of the way from the best constant to the floor, that a good training may leave
HALF = 0.5  # of it: what leaves more has not come far
LOOKS = 3  # in a row that must be bad before a loss counts as running away
SHARE = 0.1  # of the steps of the fit, that these looks must span: a spike heals sooner


class Watch(Callback):
    """Watch a training with instruments, and say when something looks wrong; a healthy training hears nothing.

    At once: the first number that is not finite, with its layer, and a loss that runs away, with the layer that grew
    first. At the end, in a few lines: what the curves and the layers look like, and how to find out whether that is so;
    for what is seen while a network learns raises suspicion, and `cr.doctor.diagnose` proves it.

    The weights come out with the same bytes as without it, and compiled steps stay compiled. `history.health` has what
    the instruments read.

    Args:
        stop: end the training when it has diverged, with the weights from before a number that is not finite; default
            False.
        every: steps between two looks at first, as in `train.Instruments`; default 10.
        file: where it speaks to; default what `print` writes to.
        lang: of the words: `"en"` or `"zh"`; default the language in force.

    Attributes:
        findings: what looked wrong in the latest fit, the worst first.
        notes: what healthy trainings often show too; never said aloud.

    Raises:
        ArgumentError: for an unknown language, or `every` below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> _ = cr.manual_seed(0)
        >>> net = nn.MLP([2, 16, 1])
        >>> watch = cr.doctor.Watch()
        >>> sgd = optim.SGD(net.parameters(), lr=1e-6)
        >>> trainer = cr.Trainer(net, nn.BCEWithLogitsLoss(), sgd, callbacks=[watch], seed=0)
        >>> history = trainer.fit(cr.data.moons(200, noise=0.1, seed=0), epochs=20)
        Watch: 1 suspected; nothing is proven.
          The loss never fell [flat]
          ...
        >>> [found.code for found in watch.findings]
        ['flat']
    """

    reads = "nonfinite"

    def __init__(
        self, stop: bool = False, every: int = 10, file: TextIO | None = None, lang: str | None = None
    ) -> None:
        if lang is not None and lang not in language.LANGUAGES:
            raise ArgumentError("doctor.lang", "Watch, argument lang", got=repr(lang))
        self.stop, self.file, self.lang = stop, file, lang
        self._instruments = Instruments(every, growth=1.5, share=1.0)  # a verdict is worth its looks
        self._nan = TerminateOnNaN()
        self._begin()

    def _begin(self) -> None:
        self.findings: tuple[Symptom, ...] = ()
        self.notes: tuple[Symptom, ...] = ()
        self._broken: Symptom | None = None  # the first number that was not finite
        self._away: Symptom | None = None  # a loss that ran away
        self._resumed = False

    @property
    def _due(self) -> float:
        """The step before which the instruments want to look."""
        return self._instruments._due

    @property
    def health(self) -> Health:
        """What the instruments read in the latest fit."""
        return self._instruments.health

    def on_fit_start(self, trainer: "Trainer") -> None:
        if not self._resumed:
            self._begin()
        self._resumed = False
        self._nan.on_fit_start(trainer)
        self._instruments.on_fit_start(trainer)

    def on_batch_start(self, trainer: "Trainer") -> None:
        if self._broken is None:
            self._nan.on_batch_start(trainer)

    def on_before_step(self, trainer: "Trainer") -> None:
        if self._broken is not None:
            return
        stopped, buffers = trainer.stopped, list(trainer.model.buffers())
        passed = [np.array(buffer.numpy()) for buffer in buffers]
        self._nan.on_before_step(trainer)
        found = self._nan.found
        if found is None:
            return
        values = {"layer": found.layer, "epoch": found.epoch, "batch": found.batch, "step": found.step}
        seen = [Seen(f"nan_{found.kind}", values), Seen("nan_when", values)]
        faults = ("nonfinite_data",) if found.kind == "input" else ("learning_rate_too_high", "features_unscaled")
        self._broken = Symptom("not_finite", "suspect", tuple(seen), faults, self.lang)
        if not self.stop:  # the batch is learnt from as if nobody had looked
            trainer.stopped = stopped
            with no_grad():
                for buffer, array in zip(buffers, passed, strict=True):
                    buffer.copy_(wrap(array))
        self._at_once(trainer, self._broken)

    def on_fit_end(self, trainer: "Trainer") -> None:
        self._instruments.on_fit_end(trainer)
        history = trainer.history
        floor, constant = history.floor, history.best_constant
        known = floor is not None and constant is not None and constant > floor
        good = floor + NEAR * (constant - floor) if known else None  # type: ignore[operator]  # both are known
        found = [symptom for symptom in (self._broken,) if symptom is not None]
        if not found and len(history):
            curves = Curves(
                np.array(history["loss"]), np.array(history["val_loss"]) if "val_loss" in history else None,
                np.array(history["lr"]) if "lr" in history else None, good, constant,
            )
            found = list(symptoms_of(curves))
            if self._away is not None and self.health.loss[-1] > AWAY * self._start(trainer):  # else it healed
                found = [self._away, *(symptom for symptom in found if symptom.code != "diverged")]
            bad = good is None or not curves.end <= good
            far = known and curves.end > floor + HALF * (constant - floor)  # type: ignore[operator]
            if bad and not any(symptom.code == "diverged" for symptom in found):
                found += symptoms_of_layers(self.health, far=far)
        found = [replace(symptom, lang=self.lang) for symptom in found]
        self.findings = tuple(symptom for symptom in found if symptom.level == "suspect")
        self.notes = tuple(symptom for symptom in found if symptom.level == "note")
        if self.findings:
            self._sum_up(trainer)

    def on_exception(self, trainer: "Trainer", error: BaseException) -> None:
        self._instruments.on_exception(trainer, error)

    def _start(self, trainer: "Trainer") -> float:
        """What a loss that runs away is measured by: the first one, or the best constant where that is worse."""
        constant = trainer.history.best_constant
        first = float(self.health.loss[0])
        return first if constant is None else max(first, constant)

    def _look(self, trainer: "Trainer") -> None:
        """Let the instruments look at `trainer`; say when the loss has run away."""
        self._instruments._look(trainer)
        health = self.health
        if self._away is not None or self._broken is not None or len(health) <= LOOKS:
            return
        losses, steps = health.loss, health.steps
        start = self._start(trainer)
        planned = trainer._fitting._standing().all_steps or 0
        if not start > 0 or not (losses[-LOOKS:] > AWAY * start).all() or steps[-1] - steps[-LOOKS] < SHARE * planned:
            return
        seen = [Seen("away", {"end": float(losses[-1]), "start": float(start), "times": AWAY})]
        first = grew_first(health)
        seen += [first] if first is not None else []
        self._away = Symptom(
            "diverged", "suspect", tuple(seen), ("learning_rate_too_high", "features_unscaled"), self.lang
        )
        self._at_once(trainer, self._away)
        if self.stop:
            trainer.stop(say("symptoms.stopped", self.lang))

    # --- words --------------------------------------------------------------------------------------------------

    def _at_once(self, trainer: "Trainer", symptom: Symptom) -> None:
        head = say("symptoms.at_once", self.lang, epoch=trainer.epoch, step=trainer.step, name=symptom.name)
        self._print([head, *(f"  {line}" for line in symptom.evidence)])

    def _sum_up(self, trainer: "Trainer") -> None:
        lines = [say("symptoms.at_the_end", self.lang, count=len(self.findings))]
        told = (self._broken, self._away)
        for symptom in self.findings:
            lines.append(f"  {symptom.name} [{symptom.code}]")
            if symptom not in told:  # its numbers were said when it happened
                lines += [f"    {line}" for line in symptom.evidence]
            if symptom.could_be:
                lines.append("    " + say("symptoms.could_be", self.lang, names=", ".join(symptom.candidates)))
        plan = trainer._fitting.plan
        epochs, size = len(trainer.history) or 1, plan.batch_size
        lines.append("  " + say("symptoms.prove", self.lang, epochs=epochs, batch_size=size))
        self._print(lines)

    def _print(self, lines: list[str]) -> None:
        print("\n".join(lines), file=self.file)

    # --- for checkpoints ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        return {"instruments": self._instruments.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._begin()
        self._instruments.load_state_dict(state["instruments"])
        self._resumed = True
