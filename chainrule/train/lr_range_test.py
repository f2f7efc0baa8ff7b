"""Which learning rates a network can be trained with: many are tried, each from the same weights."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import real, whole
from chainrule.data.order import epoch_order
from chainrule.errors import ArgumentError, ChainruleWarning, warn
from chainrule.language import say
from chainrule.tensors.random import drawing_from
from chainrule.train.batch import Batch
from chainrule.train.feed import ArrayFeed
from chainrule.train.modes import modes
from chainrule.train.one_blas_thread import one_blas_thread
from chainrule.train.opening import Feed, opened
from chainrule.train.plain import plain
from chainrule.train.snapshot import Snapshot

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

Doubles = NDArray[np.float64]
Code = Literal["found", "flat", "noise", "edge_low", "edge_high", "diverged"]
JUDGES = 1024  # rows on which a rate is judged
LEAST = 0.01  # share of the loss that some rate must win
NEAR = 0.1  # share of the best gain that the suggestion may lack
APART = 30.0  # factor by which the best rates of the repeats may differ


@dataclass(frozen=True)
class LRRangeTest:
    """What a learning-rate range test found; `print` it.

    Attributes:
        rates: (points,) the rates, rising.
        losses: (points,) median loss after the same number of steps at each rate; infinite where it diverged.
        each: (repeats, points) the losses of the single runs.
        initial: the loss before any step.
        suggestion: the smallest rate that wins nine tenths of what the best one wins; None when it cannot be told.
        code: `"found"`, or why it cannot be told: `"flat"`, `"noise"`, `"edge_low"`, `"edge_high"`, `"diverged"`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> X, y = cr.data.moons(200, noise=0.1, seed=0)
        >>> _ = cr.manual_seed(0)
        >>> found = cr.Trainer(nn.MLP([2, 16, 1]), loss=nn.BCEWithLogitsLoss(), seed=0).lr_range_test((X, y))
        >>> found.code, bool(0.001 < found.suggestion < 1)
        ('found', True)
    """

    rates: Doubles
    losses: Doubles
    each: Doubles
    initial: float
    suggestion: float | None
    code: Code

    @property
    def verdict(self) -> str:
        """The result in a sentence."""
        rate = "-" if self.suggestion is None else _short(self.suggestion)
        return say(f"train.range_{self.code}", rate=rate, low=_short(self.rates[0]), high=_short(self.rates[-1]))

    def __str__(self) -> str:
        rows = [f"{_short(rate):>10}  {plain(loss):>12}" for rate, loss in zip(self.rates, self.losses, strict=True)]
        head = f"{say('train.rate'):>10}  {say('train.loss_after'):>12}"
        return "\n".join([head, f"{'-':>10}  {plain(self.initial):>12}", *rows, self.verdict])


def range_test(
    trainer: "Trainer", data: Any, low: float, high: float, points: int, steps: int, repeats: int, batch_size: int
) -> LRRangeTest:
    """See `Trainer.lr_range_test`."""
    where = "Trainer.lr_range_test"
    least = real(low, f"{where}, argument low", least=1e-300)
    most = real(high, f"{where}, argument high", least=1e-300)
    if least >= most:
        raise ArgumentError("train.range", where, low=low, high=high)
    count = whole(points, f"{where}, argument points", least=3)
    runs = whole(repeats, f"{where}, argument repeats", least=2)
    updates = whole(steps, f"{where}, argument steps", least=1)
    size = whole(batch_size, f"{where}, argument batch_size", least=1)
    rates = np.geomspace(least, most, count)
    feed = opened_for_tests(trainer, data, f"{where}, data", size)
    if trainer.guard != "off" and (trainer.step or trainer.optimizer.state):
        warn(ChainruleWarning("guard.used_network", where, steps=trainer.step))
    judges = _judges(feed, trainer.seed, size)
    each = np.empty((runs, count))
    with untouched(trainer) as start:
        initial = trainer._judge_batches(judges)
        for run, place in np.ndindex(each.shape):
            start.restore(trainer)
            set_rate(trainer, float(rates[place]))
            trainer.noise.set_state((trainer.seed, start.noise[1] + run * 1_000))
            learned = _train(trainer, feed, updates, size, trainer.seed + run, 10 * abs(initial) + 10)
            loss = trainer._judge_batches(judges) if learned else np.inf
            each[run, place] = loss if np.isfinite(loss) else np.inf
    losses = np.median(each, axis=0)
    suggestion, code = suggested(rates, losses, each, initial)
    return LRRangeTest(rates, losses, each, initial, suggestion, code)


def suggested(rates: Doubles, losses: Doubles, each: Doubles, initial: float) -> tuple[float | None, Code]:
    """The rate to begin with, or why it cannot be told."""
    finite = np.isfinite(losses)
    if not finite.any():
        return None, "diverged"
    best = int(np.argmin(losses))
    gain = initial - losses[best]
    spread = each[:, finite & np.isfinite(each).all(axis=0)]
    noise = float(np.median(spread.std(axis=0))) if spread.size else 0.0
    if not gain > LEAST * abs(initial):
        return None, "flat"
    bests = rates[np.argmin(each, axis=1)]
    if gain < 3 * noise or bests.max() > APART * bests.min():
        return None, "noise"
    if best in (0, len(rates) - 1):
        return None, "edge_high" if best else "edge_low"
    near = np.flatnonzero(losses[: best + 1] <= losses[best] + NEAR * gain)
    return float(rates[near[0]]), "found"


@contextmanager
def untouched(trainer: "Trainer") -> Iterator[Snapshot]:
    """Inside the block the Trainer may be trained; after it, it is what it was. Overflow is no news here."""
    start = Snapshot(trainer)
    try:
        with (
            one_blas_thread(), np.errstate(all="ignore"), modes(trainer.model, training=True),
            drawing_from(trainer.noise),
        ):
            yield start
    finally:
        start.restore(trainer)


def opened_for_tests(trainer: "Trainer", data: Any, where: str, batch_size: int) -> Feed:
    """The data of a test, with the weights of the classes."""
    return trainer._by_class(opened(trainer, data, where, batch_size=batch_size, shuffle=True), where, learn=True)


def set_rate(trainer: "Trainer", rate: float) -> None:
    """Give every group the rate, in the ratios they have."""
    groups = trainer.optimizer.param_groups
    first = groups[0]["lr"] or 1.0
    for group, ratio in [(group, group["lr"] / first if group["lr"] else 1.0) for group in groups]:
        group["lr"] = rate * ratio


def _judges(feed: Feed, seed: int, batch_size: int) -> Sequence[Batch]:
    if isinstance(feed, ArrayFeed):
        rows = np.sort(epoch_order(feed.rows, seed, 0)[:JUDGES])
        return list(feed.take(rows).epoch(0, JUDGES))
    return list(islice(feed.epoch(0, batch_size), max(1, JUDGES // batch_size)))


def _train(trainer: "Trainer", feed: Feed, steps: int, batch_size: int, seed: int, limit: float) -> bool:
    """Some steps; False when the loss runs away."""
    done = epoch = 0
    while done < steps:
        for batch in feed.epoch(epoch, batch_size, seed):
            trainer._take_gradients(batch)
            if batch.loss is None or not batch.loss < limit:
                return False
            trainer._update(batch)
            done += 1
            if done == steps:
                break
        epoch += 1
    return True


def _short(rate: float) -> str:
    return np.format_float_positional(rate, precision=3, unique=False, fractional=False, trim="-")
