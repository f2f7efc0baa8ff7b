"""What a training was like, epoch by epoch."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape
from math import isnan, nan
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.train.instruments.health import Health
from chainrule.train.plain import duration, plain, table

ROWS = 11  # what `print` shows of a long history: the first, each tenth part, the last


class _Rows(NamedTuple):
    """`size` epochs from `epoch` on."""

    epoch: int
    size: int
    curves: Mapping[str, NDArray[np.float64]]


class History:
    """The numbers of a training, one row an epoch; `print` it, or read `history["loss"]`.

    `"loss"` is the very objective that was descended, with its weights; other metrics stand under their own names.
    Numbers of the training are means over the batches of the epoch, each batch taken before the update it led to;
    `"val_..."` are taken after the last update of the epoch; `"lr"` is the rate of that update (of the first group).

    Attributes:
        history: name to numbers, one an epoch.
        epoch: the numbers of the epochs, from 0; a second fit goes on counting.
        floor: the least loss that any network can have on the training targets; None where it is not known.
        best_constant: the loss of the best answer that is the same for every row; None where it is not known.
        interrupted: whether Ctrl-C ended the fit; the epoch in which it came has no row.
        stopped: why the fit ended before its last epoch, in words; None when it did not.
        seconds: how long the fit took.
        health: what `Instruments` read of the layers; None without them.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> trainer = cr.Trainer(nn.Linear(2, 1), loss=nn.MSELoss(), seed=0)
        >>> history = trainer.fit((cr.zeros(4, 2), cr.ones(4, 1)), epochs=3)
        >>> len(history["loss"]), history.epoch, history.best_epoch
        (3, [0, 1, 2], 2)
    """

    def __init__(
        self, history: dict[str, list[float]] | None = None, epoch: list[int] | None = None, floor: float | None = None,
        best_constant: float | None = None, interrupted: bool = False, stopped: str | None = None, seconds: float = 0.0,
        health: Health | None = None,
    ) -> None:
        self._curves = {} if history is None else history
        self._epochs = [] if epoch is None else epoch
        self.floor, self.best_constant = floor, best_constant
        self.interrupted, self.stopped, self.seconds = interrupted, stopped, seconds
        self._monitor: tuple[str, Literal["min", "max"]] | None = None
        self._best: int | None = None
        self.health = health
        self._waiting: list[_Rows] = []  # all of them with the same names
        self._before = 0  # rows before those

    @property
    def history(self) -> dict[str, list[float]]:
        """Name to numbers, written into lists at the first look."""
        for name in self._names():
            self._write(name)
        return self._curves

    def _names(self) -> Collection[str]:
        return self._waiting[0].curves.keys() if self._waiting else self._curves.keys()

    @property
    def epoch(self) -> list[int]:
        """The numbers of the epochs, written into a list at the first look."""
        for epoch, size, _ in self._unwritten(self._epochs):
            self._epochs.extend(range(epoch, epoch + size))
        return self._epochs

    def add(self, epoch: int, row: Mapping[str, float]) -> None:
        """Append the numbers of `epoch`; a name that was not in earlier rows, or is not in this `row`, gets NaN."""
        self._settle()
        curves, epochs = self._curves, self._epochs
        for name in row:
            if name not in curves:
                curves[name] = [nan] * len(epochs)
        for name, numbers in curves.items():
            numbers.append(float(row.get(name, nan)))
        epochs.append(epoch)

    def extend(self, epoch: int, count: int, rows: Mapping[str, NDArray[np.float64]]) -> None:
        """Append the numbers of `count` epochs from `epoch` on, `rows` being one array a curve; otherwise as `add`.

        A curve becomes a list when somebody looks at it: a million epochs of a tiny network take less time than that.
        """
        curves = {**{name: np.full(count, nan) for name in self._curves if name not in rows}, **rows}
        if not self._waiting or self._waiting[0].curves.keys() != curves.keys():
            self._settle()
        self._waiting.append(_Rows(epoch, count, curves))

    def _settle(self) -> None:
        """Write all that waits."""
        for name in self._names():
            self._write(name)
        self._before = len(self.epoch)
        self._waiting = []

    def _write(self, name: str) -> None:
        numbers = self._curves.get(name)
        if numbers is None:
            numbers = self._curves[name] = [nan] * self._before
        for _, _, curves in self._unwritten(numbers):
            numbers.extend(curves[name].tolist())

    def _unwritten(self, written: Sequence[object]) -> Iterator["_Rows"]:
        """What waits, and is not in a list yet."""
        row = self._before
        for rows in self._waiting:
            if row >= len(written):
                yield rows
            row += rows.size

    @property
    def last_epoch(self) -> int | None:
        """The number of the last epoch; None before the first."""
        if self._waiting:
            rows = self._waiting[-1]
            return rows.epoch + rows.size - 1
        return self._epochs[-1] if self._epochs else None

    def __getitem__(self, name: str) -> list[float]:
        if name not in self._names():
            raise ArgumentError("train.no_curve", f"history[{name!r}]", known=", ".join(self._names()) or "-")
        self._write(name)
        return self._curves[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return self._before + sum(rows.size for rows in self._waiting) if self._waiting else len(self._epochs)

    def keys(self) -> list[str]:
        """The names of the curves."""
        return list(self._names())

    @property
    def last(self) -> dict[str, float]:
        """The numbers of the last epoch; empty before the first."""
        if self._waiting:
            return {name: float(numbers[-1]) for name, numbers in self._waiting[-1].curves.items()}
        return {name: numbers[-1] for name, numbers in self.history.items()} if self.epoch else {}

    @property
    def best(self) -> dict[str, float]:
        """The numbers of the best epoch; empty before the first."""
        if self.best_epoch is None:
            return {}
        row = self.epoch.index(self.best_epoch)
        return {name: numbers[row] for name, numbers in self.history.items()}

    @property
    def best_epoch(self) -> int | None:
        """The number of the epoch with the best monitored quantity; None when there is none.

        That is what EarlyStopping watched, else the validation loss, else the loss; of equals the first.
        """
        if self._best is not None:
            return self._best
        name, mode = self._monitor or ("val_loss" if "val_loss" in self.history else "loss", "min")
        numbers = [
            (value if mode == "min" else -value, epoch)
            for value, epoch in zip(self.history.get(name, ()), self.epoch, strict=False)
            if not isnan(value)
        ]
        return min(numbers)[1] if numbers else None

    def watch(self, monitor: str, mode: Literal["min", "max"], best_epoch: int | None = None) -> None:
        """Let `best_epoch` be that of the best `monitor`.

        Args:
            monitor: name of the curve.
            mode: `"max"` when its best is the largest number, `"min"` when it is the least.
            best_epoch: the epoch that somebody kept the weights of, if it is known already.
        """
        self._monitor, self._best = (monitor, mode), best_epoch

    def when(self, name: str) -> str:
        """When the numbers of a curve were taken, in words; `name` as in `history[name]`."""
        kind = "lr" if name == "lr" else "validation" if name.startswith("val_") else "training"
        return say(f"train.taken_{kind}")

    def to_frame(self) -> Any:
        """A pandas frame with one row an epoch, indexed by epoch; without pandas a dict of lists with `"epoch"`."""
        try:
            import pandas as pd
        except ImportError:
            return {"epoch": list(self.epoch), **{name: list(numbers) for name, numbers in self.history.items()}}
        return pd.DataFrame(self.history, index=pd.Index(self.epoch, name="epoch"))

    # --- words --------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        if not self.epoch:
            return say("train.no_epochs")
        head, rows = self._table()
        return "\n".join([self._title(), *table([head, *rows]), *self._notes()])

    def _repr_html_(self) -> str:
        if not self.epoch:
            return f"<p>{escape(say('train.no_epochs'))}</p>"
        head, rows = self._table()
        cells = "".join(f"<th>{escape(name)}</th>" for name in head)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        notes = "".join(f"<br>{escape(note)}" for note in self._notes())
        title = f"<p><b>{escape(self._title())}</b></p>"
        return f"{title}<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table><p>{notes[4:]}</p>"

    def _table(self) -> tuple[list[str], list[list[str]]]:
        count = len(self.epoch)
        shown = set(range(count)) if count <= ROWS else {round(i * (count - 1) / (ROWS - 1)) for i in range(ROWS)}
        best = self.best_epoch
        if best is not None:
            shown.add(self.epoch.index(best))
        rows = [
            [f"{self.epoch[i]}{'*' if self.epoch[i] == best else ' '}", *(plain(v[i]) for v in self.history.values())]
            for i in sorted(shown)
        ]
        return [say("train.epoch") + " ", *self.history], rows

    def _title(self) -> str:
        words = [say("train.epochs", count=len(self.epoch)), duration(self.seconds)]
        if self.interrupted:
            words.append(say("train.interrupted"))
        if self.stopped:
            words.append(self.stopped)
        return ", ".join(words)

    def _notes(self) -> list[str]:
        notes = []
        if self.best_epoch is not None:
            notes.append("* " + say("train.best_row"))
        if self.floor is not None and self.best_constant is not None:
            notes.append(say("train.yardsticks", floor=plain(self.floor), constant=plain(self.best_constant)))
        judged = [name for name in self.history if name.startswith("val_")]
        learnt = [name for name in self.history if name not in (*judged, "lr")]
        notes += [f"{', '.join(names)}: {self.when(names[0])}" for names in (learnt, judged) if names]
        return notes
