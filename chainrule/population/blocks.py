"""Trains the seeds of one configuration, as many at once as memory should hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.data.arrays import Ints
from chainrule.population.building import Builder, refuse_equal, refuse_shared
from chainrule.population.success import Success, asked_of
from chainrule.population.training import Curves, kept_epochs, stacked, train_all
from chainrule.train.opening import Feed, opened
from chainrule.train.trainer import Trainer

AT_ONCE = 1 << 24  # numbers that all networks in memory may have, with gradients and moments


@dataclass(frozen=True)
class Trained:
    """All seeds of one configuration.

    Attributes:
        first: the Trainer of the first seed.
        feed: the rows that all of them learnt from.
        curves: what came of it.
        passed: what the user's function said of each Trainer, where there is one.
    """

    first: Trainer
    feed: Feed
    curves: Curves
    passed: list[bool]


def trained(
    builder: Builder, data: Any, epochs: int, batch_size: int, seeds: Ints, success: Success,
    note: Callable[[float], None],
) -> Trained:
    """Train all seeds, as many at once as memory should hold."""
    ahead = [builder(int(seed)) for seed in seeds[:2]]
    refuse_shared(ahead)
    refuse_equal(ahead)
    first, where = ahead[0], "odds, argument data"
    feed = first._by_class(opened(first, data, where), where, learn=True)
    room = max(1, AT_ONCE // (4 * max(1, sum(p.numel() for p in first.model.parameters()))))
    pieces: list[Curves] = []
    passed: list[bool] = []
    done, interrupted = 0, False
    try:
        while done < len(seeds) and not interrupted:
            block = ahead[:room] + [builder(int(seed)) for seed in seeds[done + len(ahead[:room]) : done + room]]
            refuse_shared(block if block[0] is first else [first, *block])
            piece = train_all(block, data, epochs, batch_size, _from(done, note))
            if callable(success):
                passed += [asked_of(success, trainer) for trainer in block[: len(piece.ends)]]
            pieces.append(piece)
            done += len(piece.ends)
            interrupted = piece.interrupted
            ahead = []
    except KeyboardInterrupt:
        interrupted = True
    return Trained(first, feed, _joined(pieces, epochs, len(seeds), interrupted=interrupted), passed)


def _joined(pieces: Sequence[Curves], epochs: int, count: int, *, interrupted: bool) -> Curves:
    """The curves of all blocks as one."""
    if not pieces:
        kept = kept_epochs(epochs)
        return Curves(kept, np.zeros((0, len(kept))), np.zeros(0), None, interrupted)
    outputs = [row for piece in pieces for row in (piece.outputs if piece.outputs is not None else [None])]
    return Curves(
        pieces[0].epochs, np.concatenate([piece.losses for piece in pieces]),
        np.concatenate([piece.ends for piece in pieces]), stacked(outputs, count), interrupted,
    )


def _from(done: int, note: Callable[[float], None]) -> Callable[[float], None]:
    return lambda more: note(done + more)
