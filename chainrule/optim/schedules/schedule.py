"""What a schedule is: a function from the step to the rate, that can be printed, compared, and sent elsewhere."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec

from chainrule.errors import ArgumentError
from chainrule.optim.ranges import NOT_NEGATIVE, Range, as_number

P = ParamSpec("P")


class Schedule:
    """A learning rate as a function of the step; made by the functions beside it.

    Any other function from a step to a rate will do as well where a schedule is asked for.

    Args:
        maker: the public function that makes it.
        make: the function behind, which gives back a rule from the step to the rate.
        args: its arguments by position.
        kwargs: its arguments by name.

    Example:
        >>> from chainrule.optim import schedules
        >>> rate = schedules.cosine(0.01, steps=100, warmup=10)
        >>> rate
        cosine(0.01, steps=100, warmup=10)
        >>> [round(rate(step), 6) for step in (0, 9, 55, 100)]
        [0.001, 0.01, 0.005, 0.0]
    """

    def __init__(
        self, maker: Callable[..., "Schedule"], make: Callable[..., Callable[[float], float]],
        args: tuple[Any, ...], kwargs: dict[str, Any],
    ) -> None:
        bound = signature(make).bind(*args, **kwargs)
        bound.apply_defaults()
        self._maker = maker
        self._name = make.__name__
        self._arguments = dict(bound.arguments)
        self._defaults = {name: parameter.default for name, parameter in signature(make).parameters.items()}
        self._rule = make(*args, **kwargs)

    def __call__(self, step: float) -> float:
        """The rate for the step that follows `step` others: the first one asks for `schedule(0)`."""
        if step < 0:
            raise ArgumentError("optim.step", f"{self!r}, argument step", got=step)
        return self._rule(step)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schedule):
            return NotImplemented
        return (self._name, self._arguments) == (other._name, other._arguments)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (self._maker, self._arguments)

    def __repr__(self) -> str:
        (_, first), *others = self._arguments.items()
        shown = [f"{name}={value!r}" for name, value in others if value != self._defaults[name]]
        return f"{self._name}({', '.join([repr(first), *shown])})"


def schedule(make: Callable[P, Callable[[float], float]]) -> Callable[P, Schedule]:
    """Let a function of numbers that gives back a rule give a Schedule with that rule instead."""

    @wraps(make)
    def inner(*args: P.args, **kwargs: P.kwargs) -> Schedule:
        return Schedule(inner, make, args, kwargs)

    return inner


def _made_again(maker: Callable[..., Schedule], arguments: dict[str, Any]) -> Schedule:
    return maker(**arguments)


def within(allowed: Range, where: str, **values: float) -> None:
    """Refuse a number outside its range."""
    for name, value in values.items():
        number = as_number(value, f"{where}, argument {name}")
        if number not in allowed:
            raise ArgumentError("optim.schedule_range", f"{where}, argument {name}", got=value, allowed=allowed)


def not_negative(where: str, **values: float) -> None:
    """Refuse a number below zero."""
    within(NOT_NEGATIVE, where, **values)


def whole(where: str, least: int, **values: int) -> None:
    """Refuse what is no whole number of at least `least`."""
    for name, value in values.items():
        if as_number(value, f"{where}, argument {name}") != int(value) or value < least:
            raise ArgumentError("optim.whole", f"{where}, argument {name}", got=value, least=least)
