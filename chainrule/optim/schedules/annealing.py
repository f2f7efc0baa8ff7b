"""Schedules along a cosine: to the end, again and again, or up and down once."""

from collections.abc import Callable
from math import cos, pi

from chainrule.errors import ArgumentError
from chainrule.optim.ranges import UP_TO_ONE, Range
from chainrule.optim.schedules.schedule import not_negative, schedule, whole, within

_SHAPES = ("cos", "linear")


def half_wave(high: float, low: float, share: float) -> float:
    """From `high` at 0 to `low` at 1 along half a cosine wave; beyond 1 it comes back."""
    return low + (high - low) * (1 + cos(pi * share)) / 2


def _along(high: float, low: float, share: float, shape: str) -> float:
    return half_wave(high, low, share) if shape == "cos" else high + (low - high) * share


@schedule
def cosine(rate: float, steps: int, warmup: int = 0, end: float = 0.0) -> Callable[[float], float]:
    """The rate rises along a line, then falls along half a cosine wave.

    rate · (t + 1) / warmup  for t < warmup,
    then  end + (rate - end) · (1 + cos π s) / 2  with  s = (t - warmup) / (steps - warmup)

    Args:
        rate: the highest rate, at least 0.
        steps: when `end` is reached, the steps of the warm-up counted in; at least 1.
        warmup: steps in which the rate rises, at least 0 and below `steps`. The first step has rate / warmup, not 0.
        end: the rate from `steps` on, at least 0.

    Returns:
        Schedule: from the step to the rate.

    Raises:
        ArgumentError: a number out of range.

    Example:
        >>> from chainrule.optim import schedules
        >>> rate = schedules.cosine(0.1, steps=100, warmup=10)
        >>> [round(rate(t), 6) for t in (0, 9, 10, 55, 100)]
        [0.01, 0.1, 0.1, 0.05, 0.0]

    Source:
        I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm restarts (2017), equation 5; P. Goyal et
        al., Accurate, large minibatch SGD (2017), section 2.2, for the warm-up.
    """
    not_negative("cosine", rate=rate, end=end)
    whole("cosine", 1, steps=steps)
    whole("cosine", 0, warmup=warmup)
    if warmup >= steps:
        raise ArgumentError("optim.warmup", "cosine, argument warmup", got=warmup, steps=steps)

    def rule(t: float) -> float:
        if t < warmup:
            return rate * (t + 1) / warmup
        return half_wave(rate, end, (t - warmup) / (steps - warmup)) if t < steps else end

    return rule


@schedule
def cosine_restarts(rate: float, period: int, factor: float = 1, end: float = 0.0) -> Callable[[float], float]:
    """The rate falls along half a cosine wave, jumps back, and falls again.

    end + (rate - end) · (1 + cos π s) / 2,  s from 0 to 1 within each period

    Args:
        rate: at the beginning of each period, at least 0.
        period: steps of the first period, at least 1.
        factor: how many times longer each period is than the one before; at least 1.
        end: where each period leads, at least 0.

    Returns:
        Schedule: from the step to the rate.

    Example:
        >>> from chainrule.optim import schedules
        >>> rate = schedules.cosine_restarts(0.1, period=10, factor=2)
        >>> [round(rate(t), 6) for t in (0, 5, 10, 20, 30)]
        [0.1, 0.05, 0.1, 0.05, 0.1]

    Source:
        I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm restarts (2017), equation 5.
    """
    not_negative("cosine_restarts", rate=rate, end=end)
    whole("cosine_restarts", 1, period=period)
    within(Range(1.0), "cosine_restarts", factor=factor)

    def rule(t: float) -> float:
        if factor == 1:
            return half_wave(rate, end, t % period / period)
        left, length = t, float(period)
        while left >= length:
            left, length = left - length, length * factor
        return half_wave(rate, end, left / length)

    return rule


@schedule
def one_cycle(
    rate: float, steps: int, rise: float = 0.3, start: float = 25.0, end: float = 1e4, shape: str = "cos",
    three_phase: bool = False,
) -> Callable[[float], float]:
    """The rate rises to its highest value, then falls far below where it began.

    rate / start  →  rate  →  rate / (start · end)

    Args:
        rate: the highest rate, at least 0.
        steps: all of them, at least 2; the rate stays at its last value from there on.
        rise: share of the steps in which the rate rises, in [0, 1].
        start: how many times smaller the first rate is; above 0.
        end: how many times smaller than the first the last one is; above 0.
        shape: "cos" or "linear": the way between these values.
        three_phase: fall back to the first rate in as many steps as it took to rise, then to the last.

    Returns:
        Schedule: from the step to the rate.

    Raises:
        ArgumentError: a number out of range, an unknown shape.

    Example:
        >>> from chainrule.optim import schedules
        >>> rate = schedules.one_cycle(1.0, steps=101, rise=0.5)
        >>> [round(rate(t), 4) for t in (0, 50, 100)]
        [0.04, 0.9998, 0.0]

    Source:
        L. Smith, N. Topin, Super-convergence: very fast training of neural networks using large learning rates (2018).
    """
    not_negative("one_cycle", rate=rate)
    whole("one_cycle", 2, steps=steps)
    within(UP_TO_ONE, "one_cycle", rise=rise)
    within(Range(5e-324), "one_cycle", start=start, end=end)
    if shape not in _SHAPES:
        raise ArgumentError("optim.choice", "one_cycle, argument shape", got=repr(shape), known=", ".join(_SHAPES))
    low = rate / start
    values = (low, rate, low, low / end) if three_phase else (low, rate, low / end)
    turns = cycle_turns(steps, rise, three_phase)
    return lambda t: on_cycle(min(t, steps - 1), values, turns, shape)


def cycle_turns(steps: int, rise: float, three_phase: bool) -> tuple[float, ...]:
    """The steps at which a cycle changes its direction, its last step included."""
    first = rise * steps - 1
    return (first, 2 * rise * steps - 2, steps - 1) if three_phase else (first, steps - 1)


def on_cycle(t: float, values: tuple[float, ...], turns: tuple[float, ...], shape: str) -> float:
    """Where a cycle is at step t, on its way from one value to the next."""
    begin = 0.0
    for place, turn in enumerate(turns):
        if t <= turn or place == len(turns) - 1:
            share = (t - begin) / (turn - begin) if turn != begin else 1.0
            return _along(values[place], values[place + 1], share, shape)
        begin = turn
    raise AssertionError("the last phase has no end")
