"""Schedulers one after the other."""

from bisect import bisect_right
from collections.abc import Sequence

from chainrule.errors import ArgumentError
from chainrule.optim.lr_scheduler.scheduler import EpochScheduler
from chainrule.optim.optimizer import Optimizer


class SequentialLR(EpochScheduler):
    """Schedulers one after the other; each counts its own epochs from 0.

    Call `step()` of this one alone: it takes over from the schedulers it is given.

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        schedulers: at least one, all of this optimizer; ReduceLROnPlateau is not a function of the epoch.
        milestones: for each but the first the epoch at which it begins, rising.
        last_epoch: number of the last epoch that is over, from 0, to go on; -1 to begin.

    Raises:
        ArgumentError: when their numbers do not fit, or a scheduler cannot be one of them.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> warm = optim.lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=2)
        >>> then = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler = optim.lr_scheduler.SequentialLR(optimizer, [warm, then], milestones=[2])
        >>> rates = []
        >>> for _ in range(4):
        ...     rates += [round(rate, 6) for rate in scheduler.get_last_lr()]
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.01, 0.01, 0.1, 0.05]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[EpochScheduler], milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        parts, places = list(schedulers), list(milestones)
        if not parts or len(places) != len(parts) - 1 or places != sorted(set(places)):
            raise ArgumentError("optim.boundaries", "SequentialLR, argument milestones", count=len(parts), got=places)
        for place, part in enumerate(parts):
            where = f"SequentialLR, schedulers[{place}]"
            if not isinstance(part, EpochScheduler):
                raise ArgumentError("optim.not_in_sequence", where, got=type(part).__name__)
            if part.optimizer is not optimizer:
                raise ArgumentError("optim.other_optimizer", where)
        self._schedulers, self._milestones = parts, places
        if last_epoch < 0:
            for group, base in zip(optimizer.param_groups, parts[0].base_lrs, strict=True):
                group["lr"] = group["initial_lr"] = base
        super().__init__(optimizer, last_epoch)

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        part = bisect_right(self._milestones, epoch)
        return self._schedulers[part].rate(index, epoch - (self._milestones[part - 1] if part else 0))
