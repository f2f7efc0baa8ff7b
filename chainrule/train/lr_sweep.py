"""A few learning rates, each from the same weights, watched to the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from chainrule.data.arrays import real, whole
from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.train.fitting import Fitting, Plan
from chainrule.train.history import History
from chainrule.train.lr_range_test import LEAST, NEAR, opened_for_tests, set_rate, untouched
from chainrule.train.measures import Measures
from chainrule.train.plain import plain
from chainrule.train.progress.display import Display
from chainrule.train.rates import Rates

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

State = Literal["good", "slow", "unstable", "diverged", "flat"]
ABOVE = 1.05  # of the loss at the beginning: a run that ends above it has diverged


@dataclass(frozen=True)
class LRSweep:
    """What a sweep over learning rates found; `print` it.

    Attributes:
        rates: as given.
        histories: one a rate.
        losses: the loss after the last update of each run.
        initial: the loss before any step.
        states: `"good"` (wins nine tenths of what the best one wins), `"slow"` (below the best rate, and behind it),
            `"unstable"` (above it, and behind it), `"diverged"` (not finite, or ends above where it began), or
            `"flat"` for all that did not diverge, when nothing was learnt at any rate.
        best: the rate with the lowest loss; None when nothing was learnt.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> X, y = cr.data.moons(100, noise=0.1, seed=0)
        >>> _ = cr.manual_seed(0)
        >>> trainer = cr.Trainer(nn.MLP([2, 16, 1]), loss=nn.BCEWithLogitsLoss(), seed=0)
        >>> trainer.lr_sweep((X, y), rates=(0.01, 0.00001), epochs=30).states
        ('good', 'slow')
    """

    rates: tuple[float, ...]
    histories: tuple[History, ...]
    losses: tuple[float, ...]
    initial: float
    states: tuple[State, ...]
    best: float | None

    @property
    def curves(self) -> dict[str, list[float]]:
        """The losses of every run, epoch by epoch, by its rate in words: what a figure draws."""
        return {f"lr {rate:g}": history["loss"] for rate, history in zip(self.rates, self.histories, strict=True)}

    def __str__(self) -> str:
        lines = [
            f"lr {rate:<10g} {plain(loss):>12}  {say(f'train.sweep_{state}')}"
            for rate, loss, state in zip(self.rates, self.losses, self.states, strict=True)
        ]
        end = say("train.sweep_nothing") if self.best is None else say("train.sweep_best", rate=f"{self.best:g}")
        return "\n".join([say("train.sweep_start", loss=plain(self.initial)), *lines, end])


def sweep(trainer: "Trainer", data: Any, rates: Sequence[float], epochs: int, batch_size: int) -> LRSweep:
    """See `Trainer.lr_sweep`."""
    where = "Trainer.lr_sweep"
    tried = tuple(real(rate, f"{where}, argument rates", least=1e-300) for rate in rates)
    if not tried:
        raise ArgumentError("train.no_rates", f"{where}, argument rates")
    count = whole(epochs, f"{where}, argument epochs", least=1)
    plan = Plan(count, None, whole(batch_size, f"{where}, argument batch_size", least=1), shuffle=True)
    feed = opened_for_tests(trainer, data, f"{where}, data", plan.batch_size)
    nothing = Measures((), trainer.objective)
    histories, losses = [], []
    own = trainer.rates
    with untouched(trainer) as start:
        initial = trainer._judge(feed, nothing)["loss"]
        try:
            for rate in tried:
                start.restore(trainer)
                set_rate(trainer, rate)
                trainer.rates = Rates(None, trainer.optimizer)
                histories.append(Fitting(trainer, feed, None, plan, nothing, [], Display()).run())
                losses.append(trainer._judge(feed, nothing)["loss"])
        finally:
            trainer.rates = own
    states, best = verdicts(tried, losses, initial)
    return LRSweep(tried, tuple(histories), tuple(losses), initial, states, best)


def verdicts(rates: Sequence[float], losses: Sequence[float], initial: float) -> tuple[tuple[State, ...], float | None]:
    """The state of every run, and the best rate."""
    wild = [not np.isfinite(loss) or loss > initial + (ABOVE - 1) * abs(initial) for loss in losses]
    tame = [(loss, rate) for loss, rate, bad in zip(losses, rates, wild, strict=True) if not bad]
    if not tame or not initial - min(tame)[0] > LEAST * abs(initial):
        return tuple("diverged" if bad else "flat" for bad in wild), None
    least, best = min(tame)
    limit = least + NEAR * (initial - least)

    def state(rate: float, loss: float, *, bad: bool) -> State:
        if bad:
            return "diverged"
        if loss <= limit:
            return "good"
        return "slow" if rate < best else "unstable"

    return tuple(state(rate, loss, bad=bad) for rate, loss, bad in zip(rates, losses, wild, strict=True)), best
