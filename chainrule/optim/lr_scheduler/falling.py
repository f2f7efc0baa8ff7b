"""Schedulers that change the rate in steps, by a share, along a power, or by a function of the user's."""

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.optim.lr_scheduler.scheduler import EpochScheduler
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.schedules.falling import constant, exponential, multi_step, polynomial, step


class StepLR(EpochScheduler):
    """The rate falls to a share of itself every so many epochs.

    lr · γ^⌊epoch / step_size⌋

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        step_size: epochs between two falls, at least 1.
        gamma: γ, at least 0.
        last_epoch: number of the last epoch that is over, from 0, to go on; -1 to begin.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
        >>> for _ in range(4):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> scheduler.get_last_lr()
        [0.025]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        return step(self.base_lrs[index], self.step_size, self.gamma)(epoch)


class MultiStepLR(EpochScheduler):
    """The rate falls to a share of itself at given epochs.

    lr · γ^(number of milestones ≤ epoch)

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        milestones: epochs, in any order.
        gamma: γ, at least 0.
        last_epoch: number of the last epoch that is over, from 0, to go on; -1 to begin.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> scheduler = optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 3], gamma=0.5)
        >>> for _ in range(3):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> scheduler.get_last_lr()
        [0.025]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = list(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        return multi_step(self.base_lrs[index], self.milestones, self.gamma)(epoch)


class ExponentialLR(EpochScheduler):
    """The rate falls by the same share in every epoch.

    lr · γ^epoch

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        gamma: γ, at least 0.
        last_epoch: number of the last epoch that is over, from 0, to go on; -1 to begin.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.05]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        return exponential(self.base_lrs[index], self.gamma)(epoch)


class ConstantLR(EpochScheduler):
    """A smaller rate for the first epochs, the group's own from then on.

    lr · factor  for epoch < total_iters,  then  lr

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        factor: at least 0.
        total_iters: epochs with the smaller rate, at least 0.
        last_epoch: number of the last epoch that is over, from 0, to go on; -1 to begin.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> scheduler = optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=1)
        >>> rates = scheduler.get_last_lr()
        >>> scheduler.step()
        >>> rates, scheduler.get_last_lr()
        ([0.05], [0.1])
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        return constant(self.base_lrs[index] * (self.factor if epoch < self.total_iters else 1.0))(epoch)


class LinearLR(EpochScheduler):
    """The rate moves along a line, from one share of the group's own to another.

    lr · (start + (end - start) · min(epoch / total_iters, 1))

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        start_factor: share at the beginning, at least 0.
        end_factor: share at the end, at least 0.
        total_iters: epochs until the end, at least 1.
        last_epoch: number of the last epoch that is over, from 0, to go on; -1 to begin.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> scheduler = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=10)
        >>> for _ in range(5):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> [round(rate, 6) for rate in scheduler.get_last_lr()]
        [0.075]
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        base = self.base_lrs[index]
        return polynomial(base * self.start_factor, self.total_iters, end=base * self.end_factor)(epoch)


class PolynomialLR(EpochScheduler):
    """The rate falls to zero along a power of the epochs that are left.

    lr · (1 - min(epoch / total_iters, 1))^power

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        total_iters: epochs until zero, at least 1.
        power: at least 0; 1 is a line.
        last_epoch: number of the last epoch that is over, from 0, to go on; -1 to begin.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> scheduler = optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4, power=2)
        >>> scheduler.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.025]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        return polynomial(self.base_lrs[index], self.total_iters, self.power)(epoch)


class LambdaLR(EpochScheduler):
    """The rate is the group's own times a function of the epoch.

    lr · λ(epoch)

    Args:
        optimizer: the optimizer whose groups get their rates from it.
        lr_lambda: λ, from the epoch (0 at first) to a factor; or a list with one for each group.
        last_epoch: number of the last epoch that is over, from 0, to go on; -1 to begin.

    Raises:
        ArgumentError: a list with more or fewer functions than groups.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> optimizer = optim.SGD([nn.Parameter(cr.zeros(1))], lr=0.1)
        >>> scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (epoch + 1))
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.05]
    """

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        groups = len(getattr(optimizer, "param_groups", ()))
        self.lr_lambdas: list[Any] = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != groups:
            where = "LambdaLR, argument lr_lambda"
            raise ArgumentError("optim.one_each", where, got=len(self.lr_lambdas), groups=groups)
        super().__init__(optimizer, last_epoch)

    def rate(self, index: int, epoch: int) -> float:
        """What group `index` would have at an epoch if this scheduler were the only one."""
        function = self.lr_lambdas[min(index, len(self.lr_lambdas) - 1)]
        return self.base_lrs[index] * float(function(epoch))
