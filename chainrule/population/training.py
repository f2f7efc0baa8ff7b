"""Trains many Trainers on the same rows: the one place through which every seed of `cr.odds` goes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array, Ints
from chainrule.errors import ShapeError
from chainrule.language import say
from chainrule.population.side_by_side import side_by_side
from chainrule.population.stand_in import Cast
from chainrule.train.feed import ArrayFeed
from chainrule.train.history import History
from chainrule.train.measures import Measures
from chainrule.train.one_blas_thread import one_blas_thread
from chainrule.train.opening import opened
from chainrule.train.prediction import FEW, answers
from chainrule.train.trainer import Trainer

POINTS = 501  # of a curve that are kept: as fine as a picture shows, and a thousand curves take 4 MB
NUMBERS = 1 << 24  # outputs that are kept of all Trainers together


@dataclass(frozen=True)
class Curves:
    """What came of training many Trainers, one row each, in their order; fewer rows than Trainers after Ctrl-C.

    Attributes:
        epochs: (points,) the numbers of the epochs that are kept, from 0.
        losses: (seeds, points) float64, the loss of each of these epochs, as `History["loss"]` has it; a training that
            was stopped earlier stays at its last one.
        ends: (seeds,) float64, the loss on the training rows after the last update, as `Trainer.evaluate` gives it.
        outputs: (seeds, n, …) what each network then answers to the training rows, as `Trainer.predict` gives it; None
            for more than 256 rows, and for loaders.
        interrupted: whether Ctrl-C ended it.
    """

    epochs: Ints
    losses: NDArray[np.float64]
    ends: NDArray[np.float64]
    outputs: Array | None
    interrupted: bool = False


def train_all(
    trainers: Sequence[Trainer], data: Any, epochs: int, batch_size: int, note: Callable[[float], None] | None = None,
    cast: Cast | None = None,
) -> Curves:
    """Train each Trainer as `trainer.fit(data, epochs=epochs, batch_size=batch_size)` does.

    Each is left as after that fit: weights, optimizer, noise, counters. Only its history is shorter: of many epochs it
    has those that `Curves` keeps, and the best one.

    Args:
        trainers: fresh ones, each with its own network and seed.
        data: as in `Trainer.fit`; readable as often as there are Trainers.
        epochs: of each, at least 1.
        batch_size: rows a batch.
        note: told how many are done so far, in numbers of Trainers.
        cast: who stands in for whom, if that is to be remembered from one call to the next.
    """
    note = note or (lambda done: None)
    kept = kept_epochs(epochs)
    together = side_by_side(trainers, data, epochs, batch_size, kept, note)
    if together is None:
        return _one_by_one(trainers, data, epochs, batch_size, note, cast or Cast())
    losses, ends, outputs, ran = together
    if ran < epochs:  # none of them has come to its end
        return Curves(kept, losses[:0], ends[:0], None, interrupted=True)
    return Curves(kept, losses, ends, stacked(list(outputs), len(trainers)))


def _one_by_one(
    trainers: Sequence[Trainer], data: Any, epochs: int, batch_size: int, note: Callable[[float], None], cast: Cast
) -> Curves:
    """The path that is right for everything."""

    def work(trainer: Trainer) -> tuple[History, float, Array | None]:
        history = trainer.fit(data, epochs=epochs, batch_size=batch_size, progress=False)
        return (history, np.nan, None) if history.interrupted else (history, *end_of(trainer, data))

    kept = kept_epochs(epochs)
    losses, ends, outputs = np.full((len(trainers), len(kept)), np.nan), np.full(len(trainers), np.nan), []
    done, interrupted = 0, False
    try:
        for place, trainer in enumerate(trainers):
            try:
                history, ends[place], answered = cast.run(trainer, work)
                if history.interrupted:
                    interrupted = True
                    break
                losses[place] = _held(history, epochs)[kept]
                trainer.history = thinned(history, kept)
            except Exception as error:
                error.add_note(say("population.of_seed", seed=trainer.seed))
                raise
            outputs.append(answered)
            done = place + 1
            note(done)
    except KeyboardInterrupt:
        interrupted = True
    return Curves(kept, losses[:done], ends[:done], stacked(outputs[:done], len(trainers)), interrupted)


def kept_epochs(epochs: int) -> Ints:
    """The numbers of the epochs whose losses are kept: all of few, of many the first, the last and evenly between."""
    if epochs <= POINTS:
        return np.arange(epochs)
    return np.round(np.linspace(0, epochs - 1, POINTS)).astype(np.int64)


def thinned(history: History, kept: Ints) -> History:
    """The history with these rows only, and its best."""
    if len(history) <= len(kept):
        return history
    rows = sorted({int(row) for row in kept if row < len(history)} | {len(history) - 1})
    best = _best(history)
    if best is not None and best not in rows:
        rows = sorted([*rows, best])
    short = History(
        {name: [history[name][row] for row in rows] for name in history}, [history.epoch[row] for row in rows],
        history.floor, history.best_constant, history.interrupted, history.stopped, history.seconds,
    )
    short._monitor, short._best = history._monitor, None if best is None else history.epoch[best]
    return short


def _best(history: History) -> int | None:
    """The row of `history.best_epoch`, which looks at every epoch in Python: a thousand long histories would wait."""
    if history._best is not None:
        return history.epoch.index(history._best)
    name, mode = history._monitor or ("val_loss" if "val_loss" in history else "loss", "min")
    numbers = np.array(history.history.get(name, ()), dtype=np.float64)
    if np.isnan(numbers).all():
        return None
    return int(np.nanargmin(numbers if mode == "min" else -numbers))


def end_of(trainer: Trainer, data: Any) -> tuple[float, Array | None]:
    """Where a Trainer ended: its loss on the training rows, and its answers to them where they are few."""
    where = "odds, data"
    feed = trainer._by_class(opened(trainer, data, where, batch_size=FEW), where)
    with one_blas_thread(), np.errstate(all="ignore"):
        loss = trainer._judge(feed, Measures((), trainer.objective))["loss"]
        if not isinstance(feed, ArrayFeed) or feed.rows > FEW:
            return loss, None
        try:
            with trainer._judging():
                return loss, answers(trainer.model, feed.inputs, None, trainer._answered, where)
        except ShapeError:  # a network that answers something else than one row a row
            return loss, None


def stacked(outputs: Sequence[Array | None], count: int) -> Array | None:
    """The answers of all Trainers as one array; None where one has none, or `count` of them are too many numbers."""
    if not outputs or any(found is None for found in outputs):
        return None
    first = outputs[0]
    assert first is not None
    return np.stack([found for found in outputs if found is not None]) if count * first.size <= NUMBERS else None


def _held(history: History, epochs: int) -> NDArray[np.float64]:
    """The losses of all epochs; after an early end the last one stays."""
    found = np.array(history["loss"], dtype=np.float64)
    return np.concatenate([found, np.full(epochs - len(found), found[-1])])
