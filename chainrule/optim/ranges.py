"""What the numbers of an optimizer may be."""

from collections.abc import Mapping
from math import inf
from typing import Any, NamedTuple

from chainrule.errors import ArgumentError, DtypeError
from chainrule.tape.tracked import is_number
from chainrule.tensors.tensor import Tensor


class Range(NamedTuple):
    """An interval of numbers that begins with `low`; `half_open` leaves `high` itself out."""

    low: float
    high: float = inf
    half_open: bool = True

    def __contains__(self, number: object) -> bool:
        assert isinstance(number, float)
        return self.low <= number and (number < self.high if self.half_open else number <= self.high)

    def __str__(self) -> str:
        return f"[{self.low:g}, {self.high:g}{')' if self.half_open else ']'}"


NOT_NEGATIVE = Range(0.0)
BELOW_ONE = Range(0.0, 1.0)
UP_TO_ONE = Range(0.0, 1.0, half_open=False)


def as_number(value: Any, where: str) -> float:
    """A hyper-parameter as a Python float; words, lists and None are refused."""
    if is_number(value) or (isinstance(value, Tensor) and value.numel() == 1):
        return float(value)
    raise DtypeError("optim.not_number", where, got=repr(value))


def check_numbers(
    values: Mapping[str, Any], ranges: Mapping[str, Range], defaults: Mapping[str, Any], where: str
) -> None:
    """Refuse the first value outside its range; of a pair such as `betas`, each number counts."""
    for name, allowed in ranges.items():
        value, default = values[name], defaults[name]
        if isinstance(default, tuple):
            if not isinstance(value, (tuple, list)) or len(value) != len(default):
                at = f"{where}, argument {name}"
                raise DtypeError("optim.not_pair", at, got=repr(value), name=name, default=default)
            parts = [(f"{name}[{place}]", part) for place, part in enumerate(value)]
        else:
            parts = [(name, value)]
        for label, part in parts:
            number = as_number(part, f"{where}, argument {label}")
            if number not in allowed:
                raise ArgumentError(
                    "optim.range", f"{where}, argument {label}", got=number, allowed=allowed, name=name, default=default
                )
