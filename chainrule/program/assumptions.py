"""What a recording relies on, as conditions that are checked before every replay by one compiled expression."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from chainrule.ops.layout import array_order

Holds = Callable[[tuple[Any, ...], dict[str, Any]], bool]


class Check(NamedTuple):
    """One condition.

    Args:
        words: what the user calls the thing: `"model.0.p"`, `"argument x"`.
        read: an expression of it, of `args`, `kwargs` and constants of the `Space`.
        test: an expression that is true while nothing has changed.
        was: its value when the step was recorded, for words.
        source: the dict and key it stands in, for numbers that may turn out to be controls.
        moves: the step itself may change it: a gradient that appears.
        seldom: too slow for every call, and looked at only around a recording: the state of a generator.
    """

    words: str
    read: str
    test: str
    was: Any = None
    source: tuple[Any, str] | None = None
    moves: bool = False
    seldom: bool = False


class Space:
    """The constants that conditions name: k0, k1, ..."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"same": same, "fits": fits, "order": array_order, "state": random_state}
        self._known: dict[int, str] = {}

    def constant(self, value: Any) -> str:
        """The name of a constant; one that is kept alive."""
        name = self._known.get(id(value))
        if name is None:
            name = self._known[id(value)] = f"k{len(self._known)}"
            self.names[name] = value
        return name

    def value(self, expression: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What an expression gives now."""
        return eval(expression, {**self.names, "args": args, "kwargs": kwargs})  # noqa: S307 - our own text


class Broken(NamedTuple):
    """A condition that holds no more: what, its old and its new value."""

    words: str
    old: str
    new: str


def compiled(checks: Iterable[Check], space: Space) -> Holds:
    """All conditions as one function of the arguments of a call."""
    tests = "\n            and ".join(check.test for check in checks if not check.seldom)
    text = f"""\
def holds(args, kwargs):
    try:
        return bool({tests})
    except (KeyError, AttributeError, IndexError, TypeError, ValueError):
        return False
"""
    names = dict(space.names)
    exec(compile(text, "<chainrule assumptions>", "exec"), names)  # noqa: S102 - our own text
    holds: Holds = names["holds"]
    return holds


def broken(checks: Iterable[Check], space: Space, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Broken | None:
    """The first condition that does not hold now."""
    for check in checks:
        try:
            if space.value(check.test, args, kwargs):
                continue
            now = shown(space.value(check.read, args, kwargs))
        except (KeyError, AttributeError, IndexError, TypeError, ValueError):
            now = "-"
        return Broken(check.words, shown(check.was), now)
    return None


def shown(value: Any) -> str:
    """A value in a few words."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{list(value.shape)}"
    array = getattr(value, "_array", None)
    if array is not None:
        return f"tensor {array.dtype}{list(array.shape)}"
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - the repr of a user's object may do anything
        text = type(value).__name__
    text = text.splitlines()[0] if text else text
    return text if len(text) <= 60 else text[:57] + "..."


def same(a: Any, b: Any) -> bool:
    """Whether two plain values are of the same types and equal, down to the sign of zero."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        alike = a.dtype == b.dtype and a.shape == b.shape and a.strides == b.strides
        return bool(alike and a.tobytes() == b.tobytes())
    if isinstance(a, dict):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True)) and all(
            same(a[key], b[key]) for key in a
        )
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, (float, complex, np.generic)):
        return repr(a) == repr(b)
    return bool(a == b)


def fits(tensor: Any, shape: tuple[int, ...], dtype: Any, order: tuple[int, ...]) -> bool:
    """Whether a tensor has an array of the same kind, though another one."""
    array = tensor._array
    return bool(array.shape == shape and array.dtype == dtype and array_order(array) == order)


def random_state(generator: Any) -> str:
    """Where a generator of NumPy's or Python's stands."""
    if isinstance(generator, np.random.Generator):
        return repr(generator.bit_generator.state)
    return repr(generator.get_state() if isinstance(generator, np.random.RandomState) else generator.getstate())
