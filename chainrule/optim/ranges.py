"""What the numbers of an optimizer may be."""

from collections.abc import Mapping
from inspect import signature
from math import inf
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import ArgumentError, DtypeError
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


ANY = Range(-inf)
NOT_NEGATIVE = Range(0.0)
BELOW_ONE = Range(0.0, 1.0)
UP_TO_ONE = Range(0.0, 1.0, half_open=False)


def as_number(value: Any, where: str) -> float:
    """A hyper-parameter as a Python float; words, lists and None are refused."""
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, (np.generic, np.ndarray, Tensor)) and value.dtype.kind in "biuf":
        array = np.asarray(value)
        if array.size == 1:
            return float(array.item())
    raise DtypeError("optim.not_number", where, got=repr(value))


def check_numbers(values: Mapping[str, Any], ranges: Mapping[str, Range], maker: type, where: str) -> None:
    """Refuse the first value outside its range; of `betas`, both count. `maker` is the class, which has defaults."""
    for name, allowed in ranges.items():
        parts = {name: values[name]}
        if name == "betas":
            if not isinstance(values[name], (tuple, list)) or len(values[name]) != 2:
                default = _default(maker, name)
                raise DtypeError("optim.not_pair", f"{where}, argument {name}", got=repr(values[name]), default=default)
            parts = {f"{name}[{place}]": part for place, part in enumerate(values[name])}
        for label, part in parts.items():
            number = as_number(part, f"{where}, argument {label}")
            if number not in allowed:
                raise ArgumentError(
                    "optim.range", f"{where}, argument {label}",
                    got=number, allowed=allowed, name=name, default=_default(maker, name),
                )


def _default(maker: type, name: str) -> Any:
    return signature(maker).parameters[name].default
