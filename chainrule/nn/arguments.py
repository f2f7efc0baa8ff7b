"""What the constructors of modules ask of their arguments."""

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError


def whole(value: Any, where: str, least: int = 1) -> int:
    """A whole number of at least `least`, as an int."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise ArgumentError("layers.size", where, got=repr(value), least=least)
    return int(value)


def wholes(value: Any, where: str) -> tuple[int, ...]:
    """One whole number above 0, or a sequence of them, as a tuple."""
    several = value if isinstance(value, (tuple, list)) else (value,)
    if not several:
        raise ArgumentError("layers.size", where, got=repr(value), least=1)
    return tuple(whole(size, where) for size in several)
