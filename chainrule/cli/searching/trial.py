"""One design, trained: what it is worth on the rows to watch, or that it was hopeless."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from chainrule.cli.run.options import Options
from chainrule.cli.run.wishes import wishes
from chainrule.cli.searching.space import widths
from chainrule.tables.design import Design
from chainrule.tables.fitting import Fit, fit
from chainrule.tables.parts import Parts
from chainrule.tables.stream import Stream
from chainrule.tables.training import planned
from chainrule.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

RUNGS = 10  # times in a training at which it is compared with others


@dataclass(frozen=True)
class Outcome:
    """What came of a training.

    Attributes:
        loss: the least on the rows to watch; infinite where it diverged.
        metric: accuracy or R² on them, of the same epoch.
        epochs: that it took.
        seconds: that it took.
    """

    loss: float
    metric: float
    epochs: int
    seconds: float


class Hopeless(Callback):
    """End a training that is far behind: asked ten times, at equal parts of its epochs.

    Args:
        epochs: of the training.
        ask: whether to end it, by its best loss so far and the tenths that are done.
    """

    reads = "history"

    def __init__(self, epochs: int, ask: Callable[[float, int], bool]) -> None:
        self.epochs = epochs
        self.ask = ask
        self.ended = False
        self._best = inf
        self._rung = 0

    def on_epoch_end(self, trainer: "Trainer") -> None:
        row = trainer.history.last
        self._best = min(self._best, row["val_loss"])
        rung = (trainer.epoch + 1) * RUNGS // self.epochs
        if rung > self._rung and isfinite(self._best):
            self._rung = rung
            if rung < RUNGS and self.ask(self._best, rung):
                self.ended = True
                trainer.stop("hopeless")


def designed(settings: dict[str, Any], options: Options, parts: Parts) -> Design:
    """The design with these settings; for the rest what was asked for, or suits the rows."""
    asked = dict(settings)
    if "width" in asked:
        asked["hidden"] = widths(asked.pop("width"), asked.pop("depth"))
    return planned(replace(wishes(options), **asked), parts)


def trained(plan: Design, parts: Parts, seed: int, ask: Hopeless | None = None, *, progress: bool = False) -> Fit:
    """Train a design, always on the same rows in an order by the seed alone."""
    if isinstance(parts.learning, Stream):
        parts.learning.epoch, parts.learning.batch_size = 0, plan.batch_size
    return fit(plan, parts, seed, progress=progress, callbacks=[] if ask is None else [ask])


def outcome(done: Fit) -> Outcome:
    """What a training is worth on the rows to watch."""
    history = done.history
    best = history.best_epoch
    if done.diverged is not None or best is None:
        return Outcome(inf, inf, len(history), round(history.seconds, 3))
    metric = next(name for name in history.keys() if name in ("val_accuracy", "val_r2"))  # noqa: SIM118 - no dict
    loss, found = float(history["val_loss"][best]), float(history[metric][best])
    return Outcome(loss, found, len(history), round(history.seconds, 3))
