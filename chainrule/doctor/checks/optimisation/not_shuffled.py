"""45: batches that come in the same order in every epoch, and each from one corner of the data."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.rows import own_order, shuffled
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError
from chainrule.train.callbacks.callback import Callback
from chainrule.train.opening import opened
from chainrule.train.trainer import Trainer

Batches = list[tuple[Any, Any]]
MOST = 4_000_000  # numbers of a loader that are held in memory
BETWEEN = 2.0  # times the scatter that means of batches drawn at random would have


def look(case: Case) -> Iterator[Suspicion]:
    """Two epochs of the same batches, whose targets differ more from batch to batch than those of random rows."""
    if not case.trouble:
        return
    found = _epochs(case)
    if found is None:
        return
    first, second = found
    if len(first) < 2 or not _same(first, second):
        return
    sizes = [len(y) for _, y in first]
    scatter = _scatter([y for _, y in first])
    evidence = Evidence("same_order", {"batches": len(first), "size": sizes[0], "scatter": scatter})
    if case.feed is None:
        parts = tuple(np.concatenate([batch[place] for batch in first]) for place in range(2))
        cure = shuffled(parts, sizes[0])
    else:
        cure = own_order()
    strength = 0.9 if scatter > BETWEEN else 0.4
    yield Suspicion("not_shuffled", "rerun", (evidence,), (cure,), strength)


def _epochs(case: Case) -> tuple[Batches, Batches] | None:
    """The batches of two epochs; None where they are the Trainer's own affair, which shuffles, or cannot be had."""
    if case.feed is not None:
        return None if type(case.first).fit is Trainer.fit else _listened(case)
    try:
        feed = opened(case.first, case.data, "diagnose, data", batch_size=case.batch_size)
        found = []
        for number in range(2):
            read = list(feed.epoch(number, 1))
            rows: Batches = [(batch.inputs[0].numpy(), batch.targets.numpy()) for batch in read]
            if any(len(batch.inputs) > 1 for batch in read) or sum(X.size for X, _ in rows) > MOST:
                return None
            found.append(rows)
    except (ChainruleError, TypeError, ValueError):
        return None
    return found[0], found[1]


class _Listener(Callback):
    """Keeps the batches of each epoch."""

    def __init__(self) -> None:
        self.epochs: list[Batches] = []

    def on_epoch_start(self, trainer: Trainer) -> None:
        self.epochs.append([])

    def on_batch_start(self, trainer: Trainer) -> None:
        batch = trainer.batch
        assert batch is not None
        self.epochs[-1].append((np.array(batch.inputs[0].numpy()), np.array(batch.targets.numpy())))


def _listened(case: Case) -> tuple[Batches, Batches] | None:
    """The batches of a `fit` that somebody wrote over the Trainer's own."""
    trainer, listener = case.trainer(0), _Listener()
    listeners: Any = trainer.callbacks
    listeners.append(listener)
    try:
        with np.errstate(all="ignore"):
            trainer.fit(case.rows, epochs=2, batch_size=case.batch_size, progress=False)
    except (ChainruleError, TypeError):
        return None
    return (listener.epochs[0], listener.epochs[1]) if len(listener.epochs) == 2 else None


def _same(first: Batches, second: Batches) -> bool:
    return len(first) == len(second) and all(
        np.array_equal(a, b) for one, other in zip(first, second, strict=True) for a, b in zip(one, other, strict=True)
    )


def _scatter(targets: list[Any]) -> float:
    """How far the means of batches lie apart, in deviations that those of random rows would have."""
    y = np.concatenate([part.reshape(len(part), -1) for part in targets]).astype(np.float64)
    if y.shape[1] == 1 and np.array_equal(y, np.round(y)) and len(np.unique(y)) <= 30:
        y = (y == np.unique(y)).astype(np.float64)
    whole, spread, places, total, count = y.mean(axis=0), y.var(axis=0).sum(), 0, 0.0, 0
    for part in targets:
        mean = y[places : places + len(part)].mean(axis=0)
        places += len(part)
        total += float(((mean - whole) ** 2).sum()) * len(part)
        count += 1
    return float(np.sqrt(total / count / spread)) if spread > 0 else 0.0


CHECK = Check(45, ("not_shuffled",), look)
