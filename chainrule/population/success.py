"""What counts as learnt: which seeds succeed, and from which loss on."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import real
from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.train.plain import plain
from chainrule.train.trainer import Trainer

Success = Callable[[Trainer], bool] | float | None
NEAR = 0.1  # of the way from the best constant to the floor that may be left


@dataclass(frozen=True)
class Rule:
    """What counted as success.

    Attributes:
        code: `"rows"` (every training row right), `"loss"` (the number given), `"floor"` or `"best"` (near the floor,
            or near the best of the seeds), `"own"` (the function given).
        level: the loss at which a curve counts as having arrived; None where only the end can tell.
    """

    code: str
    level: float | None = field(default=None)

    def __str__(self) -> str:
        return say(f"population.rule_{self.code}", level="" if self.level is None else plain(self.level))


def checked(success: object) -> Success:
    """A success that can be used.

    Raises:
        ArgumentError: for anything but None, a function or a finite number.
    """
    if success is None or (callable(success) and not isinstance(success, type)):
        return success
    if isinstance(success, int | float | np.integer | np.floating) and not isinstance(success, bool):
        return real(success, "odds, argument success", least=-np.inf)
    raise ArgumentError("population.success", "odds, argument success", got=repr(success))


def judged_by_loss(
    ends: NDArray[np.float64], starts: NDArray[np.float64], floor: float | None, best_constant: float | None
) -> tuple[Rule, NDArray[np.bool_]]:
    """Losses within a tenth of the way from the best constant to the floor, or to the best seed.

    Args:
        ends: (seeds,) losses after the training.
        starts: (seeds,) losses at its beginning: what is left to measure from where no best constant is known.
        floor: the least loss there can be; None where it is not known.
        best_constant: the loss of the best constant answer; None where it is not known.
    """
    finite = ends[np.isfinite(ends)]
    least = floor if floor is not None else float(finite.min(initial=np.inf))
    above = best_constant
    if above is None:
        begun = starts[np.isfinite(starts)]
        above = float(np.median(begun)) if begun.size else least
    if not np.isfinite(least):
        return Rule("best"), np.zeros(len(ends), np.bool_)
    level = least + NEAR * max(0.0, above - least)
    return Rule("best" if floor is None else "floor", level), np.asarray(ends <= level)


def asked_of(success: Callable[[Trainer], bool], trainer: Trainer) -> bool:
    """What the user's function says of a trained Trainer.

    Raises:
        ArgumentError: when it says neither yes nor no.
    """
    said = success(trainer)
    if not isinstance(said, bool | np.bool_):
        raise ArgumentError("population.success_result", "odds, argument success", got=repr(said))
    return bool(said)


def needed(losses: NDArray[np.float64], epochs: NDArray[np.int64], level: float, total: int) -> NDArray[np.float64]:
    """(seeds,) epochs until the loss was at most `level`; `total` where only the end of the training was.

    Args:
        losses: (seeds, points) of the kept epochs, each taken before the updates of its epoch.
        epochs: (points,) their numbers.
        level: what has to be reached.
        total: how many epochs there were.
    """
    under = losses <= level
    return np.where(under.any(axis=1), epochs[under.argmax(axis=1)], total).astype(np.float64)
