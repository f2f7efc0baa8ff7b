"""Checkpoints: what a training needs to go on after a crash, written while it runs."""

import os
from math import inf, isnan
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from chainrule.data.arrays import real, whole
from chainrule.errors import ArgumentError, FileError, StateError
from chainrule.files.describing import Making, notes_of_trainer
from chainrule.files.folder import BEST, Folder, verify
from chainrule.train.callbacks.callback import Callback
from chainrule.train.state import captured

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


class Checkpoint(Callback):
    """Write down a training while it runs, so that it can be gone on with after a crash: `fit(..., resume=FOLDER)`.

    A checkpoint holds weights, moments, schedule, counters of callbacks, streams of random numbers, history and the
    place in the epoch: what is resumed ends with the same bytes as a fit that nobody disturbed. Each is written under
    another name, brought to the disk, and only then renamed; the ones before it are kept. A fit that ends or is
    interrupted leaves a last one.

    Args:
        folder: of this run, made if need be. One that holds checkpoints of another run is refused.
        every_epochs: write after each epoch whose number, counted from 1, is a multiple of it; default not.
        every_minutes: write when so many minutes have gone by, within an epoch too; default not.
        keep: how many of the last ones stay, at least 2; default 3.
        best: name of the curve whose best epoch is kept as `best.safetensors`, such as `"val_loss"`; default not.
        mode: `"min"` or `"max"`: which way `best` is better; default by the metric.

    Raises:
        ArgumentError: when nothing says how often, or for numbers out of range.
        FileError: the folder holds another run, or the disk is full or broken: the fit ends, the last one stays.

    Example:
        >>> import tempfile
        >>> import chainrule as cr
        >>> from chainrule import nn, train
        >>> X, y = cr.data.xor()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for epochs in (3, 8):  # the second one goes on with what the first one left
        ...         _ = cr.manual_seed(0)
        ...         keep = train.Checkpoint(folder, every_epochs=2)
        ...         trainer = cr.Trainer(nn.MLP([2, 4, 1]), nn.BCEWithLogitsLoss(), callbacks=[keep], seed=0)
        ...         history = trainer.fit((X, y), epochs=epochs, resume=folder)
        >>> len(history), trainer.step
        (8, 8)
    """

    _keeps = True  # what all others have become

    def __init__(
        self, folder: str | os.PathLike[str], every_epochs: int | None = None, every_minutes: float | None = None,
        keep: int = 3, best: str | None = None, mode: Literal["min", "max"] | None = None,
    ) -> None:
        if every_epochs is None and every_minutes is None and best is None:
            raise ArgumentError("files.never", "Checkpoint")
        self.folder = Path(folder).expanduser()
        where = "Checkpoint, argument"
        self.every_epochs = None if every_epochs is None else whole(every_epochs, f"{where} every_epochs", least=1)
        self.every_minutes = None if every_minutes is None else real(every_minutes, f"{where} every_minutes", least=0.0)
        self.keep = whole(keep, f"{where} keep", least=2)
        if mode not in (None, "min", "max"):
            raise ArgumentError("train.mode", f"{where} mode", got=repr(mode))
        self.best, self.mode = best, mode
        self.reads = "history" if best is None else "weights"
        self._alarm = inf  # when the clock asks for the next one
        self._best: float | None = None
        self._written: tuple[int, str | None] | None = None  # step and end that stand in the last one
        self._taken = False  # whether it has the state of another one
        self._late = False
        self._making: Making | None = None

    def on_fit_start(self, trainer: "Trainer") -> None:
        folder = Folder(self.folder)
        folder.prepare()
        steps, resumed = folder.steps(), trainer._fitting.resumed
        mine = self._written is not None or self._taken
        if resumed is not None and Path(resumed.where).resolve().parent == self.folder.resolve():
            mine = not any(_is_good(folder, step) for step in steps if step > trainer.step)
        if steps and not mine:
            names = ", ".join(folder.file(step).name for step in steps[:3])
            raise FileError("files.other_run", str(self.folder), names=names, folder=repr(str(self.folder)))
        self._making = None
        self._wind()

    def on_epoch_end(self, trainer: "Trainer") -> None:
        if self.best is not None:
            self._look(trainer, self.best)
        due = self.every_epochs is not None and (trainer.epoch + 1) % self.every_epochs == 0
        if due or self._late:
            self._write(trainer)

    def on_fit_end(self, trainer: "Trainer") -> None:
        self._alarm = inf
        if not trainer._fitting.torn and self._written != (trainer.step, trainer.stopped):
            self._write(trainer)

    def on_exception(self, trainer: "Trainer", error: BaseException) -> None:
        self._alarm = inf

    def _pause(self, trainer: "Trainer") -> float:
        """How many epochs `trainer` may run before this looks at its state again."""
        if self._late:
            return 1
        return inf if self.every_epochs is None else self.every_epochs - trainer.epoch % self.every_epochs

    def _ring(self, trainer: "Trainer") -> None:
        """Write, for it is time; at the end of the epoch of `trainer` where its metrics cannot be parted."""
        try:
            self._write(trainer)
        except StateError:
            self._late, self._alarm = True, inf

    def _wind(self) -> None:
        self._late = False
        self._alarm = inf if self.every_minutes is None else perf_counter() + 60 * self.every_minutes

    def _write(self, trainer: "Trainer", name: str | None = None) -> None:
        arrays, state = captured(trainer)
        if self._making is None:
            self._making = notes_of_trainer(trainer)
        notes, more = self._making
        folder = Folder(self.folder)
        folder.write(name or folder.file(trainer.step).name, {**arrays, **more}, {**notes, "state": state})
        if name is None:
            self._written = trainer.step, trainer.stopped
            folder.prune(trainer.step, self.keep)
            self._wind()

    def _look(self, trainer: "Trainer", monitor: str) -> None:
        row = trainer.history.last
        if monitor not in row:
            known = ", ".join(name for name in row if name != "lr")
            raise ArgumentError("train.monitor", "Checkpoint, argument best", got=repr(monitor), known=known)
        value, before = row[monitor], self._best
        less = (self.mode or trainer.better(monitor)) == "min"
        if isnan(value) or (before is not None and not (value < before if less else value > before)):
            return
        self._best = value
        self._write(trainer, BEST)

    def state_dict(self) -> dict[str, Any]:
        return {} if self._best is None else {"best": self._best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._best, self._taken = state.get("best"), True


def _is_good(folder: Folder, step: int) -> bool:
    try:
        verify(folder.file(step), step)
    except FileError:
        return False
    return True
