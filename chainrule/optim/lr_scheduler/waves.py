"""Schedulers along a cosine: down, again and again, or up and down once."""

from typing import Any

from chainrule.errors import ArgumentError, StateError
from chainrule.optim.lr_scheduler.scheduler import EpochScheduler
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.schedules.annealing import cosine_restarts, cycle_turns, half_wave, on_cycle, one_cycle
from chainrule.optim.schedules.schedule import not_negative, whole


class CosineAnnealingLR(EpochScheduler):
    """The rate falls along half a cosine wave in `T_max` epochs, and rises again in the next `T_max`.

    eta_min + (lr - eta_min) · (1 + cos(π epoch / T_max)) / 2

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        T_max: epochs of half a wave, at least 1.
        eta_min: the lowest rate, at least 0.
        last_epoch: number of the last epoch that is over, from 0, to go on; -1 to begin.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
        >>> scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.05]

    Source:
        I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm restarts (2017), equation 5.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        whole("CosineAnnealingLR", 1, T_max=T_max)
        not_negative("CosineAnnealingLR", eta_min=eta_min)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        return half_wave(self.base_lrs[index], self.eta_min, epoch / self.T_max)


class CosineAnnealingWarmRestarts(EpochScheduler):
    """The rate falls along half a cosine wave, jumps back, and falls again.

    eta_min + (lr - eta_min) · (1 + cos π s) / 2,  s from 0 to 1 within each period

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        T_0: epochs of the first period, at least 1.
        T_mult: how many times longer each period is than the one before; at least 1.
        eta_min: where each period leads, at least 0.
        last_epoch: number of the last epoch that is over, from 0, to go on; -1 to begin.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> scheduler = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
        >>> scheduler.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.1]

    Source:
        I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm restarts (2017), equation 5.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        return cosine_restarts(self.base_lrs[index], self.T_0, self.T_mult, self.eta_min)(epoch)


class OneCycleLR(EpochScheduler):
    """The rate rises to `max_lr`, then falls far below where it began, while the momentum goes the other way.

    max_lr / div_factor  →  max_lr  →  max_lr / (div_factor · final_div_factor)

    It is meant to be stepped after every batch. The rates the optimizer was given are not used.

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        max_lr: the highest rate, at least 0; or a list with one for each group.
        total_steps: all steps; or give the next two.
        epochs: epochs in all, at least 1.
        steps_per_epoch: steps in each, at least 1.
        pct_start: share of the steps in which the rate rises, in [0, 1].
        anneal_strategy: "cos" or "linear": the way between these values.
        cycle_momentum: move momentum (or β₁) too, from `max_momentum` to `base_momentum` and back.
        base_momentum: the lowest momentum, or a list.
        max_momentum: the highest momentum, or a list.
        div_factor: how many times smaller the first rate is; above 0.
        final_div_factor: how many times smaller than the first the last one is; above 0.
        three_phase: fall back to the first rate in as many steps as it took to rise, then to the last.
        last_epoch: number of the last step that is over, from 0, to go on; -1 to begin.

    Raises:
        ArgumentError: neither `total_steps` nor `epochs` with `steps_per_epoch`; an optimizer without momentum while
            `cycle_momentum` is on; a list that is not as long as there are groups.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1, momentum=0.9)
        >>> scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
        >>> for _ in range(2):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> scheduler.get_last_lr()
        [1.0]

    Source:
        L. Smith, N. Topin, Super-convergence: very fast training of neural networks using large learning rates (2018).
    """

    def __init__(
        self, optimizer: Optimizer, max_lr: float | list[float], total_steps: int | None = None,
        epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
        anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4,
        three_phase: bool = False, last_epoch: int = -1,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ArgumentError("optim.total_steps", "OneCycleLR, argument total_steps")
            total_steps = epochs * steps_per_epoch
        defaults = getattr(optimizer, "defaults", {})
        if cycle_momentum and not {"momentum", "betas"} & defaults.keys():
            where = "OneCycleLR, argument cycle_momentum"
            raise ArgumentError("optim.no_momentum", where, name=type(optimizer).__name__)
        groups = getattr(optimizer, "param_groups", [])
        self.total_steps, self.pct_start, self.three_phase = total_steps, pct_start, three_phase
        self.anneal_strategy, self.cycle_momentum = anneal_strategy, cycle_momentum
        self.div_factor, self.final_div_factor = div_factor, final_div_factor
        self.max_lrs = _for_each(max_lr, groups, "max_lr")
        self.max_momentums = _for_each(max_momentum, groups, "max_momentum")
        self.base_momentums = _for_each(base_momentum, groups, "base_momentum")
        for rate, group in zip(self.max_lrs, groups, strict=True):
            # It refuses what is wrong.
            one_cycle(rate, total_steps, pct_start, div_factor, final_div_factor, anneal_strategy)
            if last_epoch < 0:
                group["lr"] = group["initial_lr"] = rate / div_factor
        super().__init__(optimizer, last_epoch)
        self._turn_momentum()

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        high = self.max_lrs[min(index, len(self.max_lrs) - 1)]
        low = high / self.div_factor
        last = low / self.final_div_factor
        return self._on(epoch, low, high, *([low] if self.three_phase else []), last)

    def step(self, metric: Any = None) -> None:
        """One step is over: change the rates, and the momentum. A `metric` is not looked at.

        Raises:
            StateError: after more than `total_steps`.
        """
        if self.last_epoch >= self.total_steps:
            raise StateError("optim.cycle_over", "OneCycleLR.step", steps=self.total_steps)
        super().step()
        self._turn_momentum()

    def _on(self, epoch: int, *values: float) -> float:
        turns = cycle_turns(self.total_steps, self.pct_start, self.three_phase)
        return on_cycle(epoch, values, turns, self.anneal_strategy)

    def _turn_momentum(self) -> None:
        for group, high, low in zip(self.optimizer.param_groups, self.max_momentums, self.base_momentums, strict=False):
            if not self.cycle_momentum:
                return
            momentum = self._on(self.last_epoch, high, low, high, *([high] if self.three_phase else []))
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum


def _for_each(value: float | list[float], groups: list[Any], name: str) -> list[float]:
    if not isinstance(value, (list, tuple)):
        return [value] * len(groups)
    if len(value) != len(groups):
        raise ArgumentError("optim.one_each", f"OneCycleLR, argument {name}", got=len(value), groups=len(groups))
    return list(value)
