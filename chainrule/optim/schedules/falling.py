"""Schedules that stay, or fall: in steps, by a share, or along a power."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from math import sqrt

from chainrule.optim.schedules.schedule import not_negative, schedule, whole


@schedule
def constant(rate: float) -> Callable[[float], float]:
    """The same rate at every step.

    Args:
        rate: at least 0.

    Returns:
        Schedule: from the step to the rate.

    Example:
        >>> from chainrule.optim import schedules
        >>> schedules.constant(0.1)(1000)
        0.1
    """
    not_negative("constant", rate=rate)
    return lambda t: rate


@schedule
def step(rate: float, every: int, gamma: float = 0.1) -> Callable[[float], float]:
    """The rate falls to a share of itself at regular steps.

    rate · γ^⌊t / every⌋

    Args:
        rate: at the beginning, at least 0.
        every: steps between two falls, at least 1.
        gamma: γ, at least 0.

    Returns:
        Schedule: from the step to the rate.

    Example:
        >>> from chainrule.optim import schedules
        >>> rate = schedules.step(0.1, every=10, gamma=0.5)
        >>> [rate(t) for t in (0, 9, 10, 20)]
        [0.1, 0.1, 0.05, 0.025]
    """
    not_negative("step", rate=rate, gamma=gamma)
    whole("step", 1, every=every)
    return lambda t: rate * gamma ** (t // every)


@schedule
def multi_step(rate: float, milestones: Sequence[int], gamma: float = 0.1) -> Callable[[float], float]:
    """The rate falls to a share of itself at given steps.

    rate · γ^(number of milestones ≤ t)

    Args:
        rate: at the beginning, at least 0.
        milestones: steps, in any order.
        gamma: γ, at least 0.

    Returns:
        Schedule: from the step to the rate.

    Example:
        >>> from chainrule.optim import schedules
        >>> rate = schedules.multi_step(0.1, [10, 30], gamma=0.5)
        >>> [rate(t) for t in (9, 10, 30)]
        [0.1, 0.05, 0.025]
    """
    not_negative("multi_step", rate=rate, gamma=gamma)
    places = sorted(milestones)
    for place in places:
        whole("multi_step", 0, milestones=place)
    return lambda t: rate * gamma ** bisect_right(places, t)


@schedule
def exponential(rate: float, gamma: float, every: float = 1) -> Callable[[float], float]:
    """The rate falls by the same share in every step.

    rate · γ^(t / every)

    Args:
        rate: at the beginning, at least 0.
        gamma: γ, at least 0: the share that is left after `every` steps.
        every: at least 1.

    Returns:
        Schedule: from the step to the rate.

    Example:
        >>> from chainrule.optim import schedules
        >>> schedules.exponential(0.1, gamma=0.5, every=100)(200)
        0.025
    """
    not_negative("exponential", rate=rate, gamma=gamma)
    whole("exponential", 1, every=every)  # type: ignore[arg-type]  # a float that is whole will do
    return lambda t: rate * gamma ** (t / every)


@schedule
def polynomial(rate: float, steps: int, power: float = 1.0, end: float = 0.0) -> Callable[[float], float]:
    """The rate falls (or rises) along a power of the steps that are left; 1 is a straight line.

    end + (rate - end) · (1 - t / steps)^power, and `end` from there on

    Args:
        rate: at the beginning, at least 0.
        steps: when `end` is reached, at least 1.
        power: at least 0.
        end: at least 0.

    Returns:
        Schedule: from the step to the rate.

    Example:
        >>> from chainrule.optim import schedules
        >>> rate = schedules.polynomial(0.1, steps=100, power=2)
        >>> [rate(t) for t in (0, 50, 100, 200)]
        [0.1, 0.025, 0.0, 0.0]
    """
    not_negative("polynomial", rate=rate, power=power, end=end)
    whole("polynomial", 1, steps=steps)
    return lambda t: end + (rate - end) * (1 - t / steps) ** power if t < steps else end


@schedule
def inverse_sqrt(rate: float, warmup: int) -> Callable[[float], float]:
    """The rate rises along a line, then falls with the root of the number of steps.

    rate · min((t + 1) / warmup, √(warmup / (t + 1)))

    Args:
        rate: the highest rate, at least 0.
        warmup: the step that has it, at least 1.

    Returns:
        Schedule: from the step to the rate.

    Example:
        >>> from chainrule.optim import schedules
        >>> rate = schedules.inverse_sqrt(0.1, warmup=100)
        >>> [round(rate(t), 6) for t in (9, 99, 399)]
        [0.01, 0.1, 0.05]

    Source:
        A. Vaswani et al., Attention is all you need (2017), equation 3, with `rate` for what the width of the model
        and the number of steps give there.
    """
    not_negative("inverse_sqrt", rate=rate)
    whole("inverse_sqrt", 1, warmup=warmup)
    return lambda t: rate * min((t + 1) / warmup, sqrt(warmup / (t + 1)))
