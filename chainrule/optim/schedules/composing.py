"""Schedules made of others: one after the other, or after a warm-up."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from chainrule.errors import ArgumentError
from chainrule.optim.schedules.schedule import not_negative, schedule, whole

Rule = Callable[[float], float]


@schedule
def warmup(rate: float | Rule, steps: int, start: float = 0.0) -> Rule:
    """The rate rises along a line; from there on it stays, or another schedule begins.

    start + (rate - start) · (t + 1) / steps  for t < steps

    Args:
        rate: the rate to rise to, or the schedule that follows: it is asked for its step 0 when the warm-up is over.
        steps: at least 1.
        start: what the line begins from, one step before the first; at least 0.

    Returns:
        Schedule: from the step to the rate.

    Example:
        >>> from chainrule.optim import schedules
        >>> rate = schedules.warmup(schedules.step(0.1, every=10), steps=5)
        >>> rate
        warmup(step(0.1, every=10), steps=5)
        >>> [round(rate(t), 6) for t in (0, 4, 14, 15)]
        [0.02, 0.1, 0.1, 0.01]

    Source:
        P. Goyal et al., Accurate, large minibatch SGD (2017), section 2.2.
    """
    not_negative("warmup", start=start)
    whole("warmup", 1, steps=steps)
    if callable(rate):
        then: Rule = rate
    else:
        not_negative("warmup", rate=rate)
        fixed = rate
        then = lambda t: fixed
    high = then(0)
    return lambda t: start + (high - start) * (t + 1) / steps if t < steps else then(t - steps)


@schedule
def join(schedules: Sequence[Rule], boundaries: Sequence[int]) -> Rule:
    """Schedules one after the other; each counts its own steps from 0.

    Args:
        schedules: at least one.
        boundaries: for each but the first the step at which it begins, rising.

    Returns:
        Schedule: from the step to the rate.

    Raises:
        ArgumentError: when their numbers do not fit, or the boundaries do not rise.

    Example:
        >>> from chainrule.optim import schedules
        >>> rate = schedules.join([schedules.constant(0.1), schedules.exponential(0.01, gamma=0.5)], [100])
        >>> [rate(t) for t in (99, 100, 101)]
        [0.1, 0.01, 0.005]
    """
    parts, places = list(schedules), list(boundaries)
    if not parts or len(places) != len(parts) - 1 or places != sorted(set(places)):
        raise ArgumentError("optim.boundaries", "join, argument boundaries", count=len(parts), got=places)
    for place in places:
        whole("join", 1, boundaries=place)

    def rule(t: float) -> float:
        part = bisect_right(places, t)
        return parts[part](t - (places[part - 1] if part else 0))

    return rule
