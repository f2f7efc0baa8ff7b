"""Whether two Trainers are the same but for their numbers: what one has recorded then serves the other too."""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.ops.layout import array_order
from chainrule.optim.optimizer import Optimizer
from chainrule.tape.tracked import Tracked
from chainrule.tensors.tensor import Tensor

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

SETTINGS = ("clip_norm", "clip_value", "engine", "guard", "warm_start", "metrics", "model", "loss", "schedule")
"""Of a Trainer: all that its steps depend on, beside its optimizer."""
PLAIN = (int, float, complex, str, bytes, type(None), np.generic, np.dtype, type, range)
LISTS, TABLES = (list, tuple), (dict, OrderedDict, defaultdict)
APART = ("state", "param_groups", "defaults", "_owned", "_habits")
"""Of an optimizer: numbers that may differ, and what no step depends on."""


class Unlike(Exception):  # noqa: N818 - no error: each records its own steps
    """The two differ in more than numbers."""


def pairs(first: "Trainer", second: "Trainer") -> list[tuple[Tensor, Tensor]]:
    """The tensors of two Trainers that stand for each other: weights, buffers, moments.

    Numbers in the groups of the optimizers may differ too. All else is equal: classes, attributes, the code and the
    closures of functions, which tensors are shared, and how they lie in memory.

    Raises:
        Unlike: they differ in something else.
    """
    for trainer in (first, second):
        if trainer.callbacks or trainer.rates.schedulers or trainer._needs_closure:
            raise Unlike
    walk = _Walk()
    for name in SETTINGS:
        walk.both(getattr(first, name), getattr(second, name))
    if (first.class_weights is None) != (second.class_weights is None):
        raise Unlike
    if first.class_weights is not None and second.class_weights is not None:
        walk.contents(vars(first.class_weights), vars(second.class_weights), ("known",))
    walk.optimizers(first.optimizer, second.optimizer)
    return walk.found


class _Walk:
    """Two graphs of objects, walked side by side."""

    def __init__(self) -> None:
        self.found: list[tuple[Tensor, Tensor]] = []
        self._there: dict[int, int] = {}
        self._back: dict[int, int] = {}
        self._alive: list[Any] = []  # so that no address is used twice

    def both(self, a: Any, b: Any) -> None:
        """Two objects in the same place."""
        kind = type(a)
        if kind is not type(b):
            raise Unlike
        if issubclass(kind, PLAIN):
            if a is not b and a != b and not (a != a and b != b):  # noqa: PLR0124 - NaN is like NaN
                raise Unlike
        elif self._new(a, b):
            self._inside(kind, a, b)

    def _new(self, a: Any, b: Any) -> bool:
        """Whether these two have not been met yet; those that have must have met each other."""
        known, back = self._there.get(id(a)), self._back.get(id(b))
        if known is not None or back is not None:
            if known != id(b) or back != id(a):
                raise Unlike
            return False
        self._there[id(a)], self._back[id(b)] = id(b), id(a)
        self._alive += (a, b)
        return True

    def _inside(self, kind: type, a: Any, b: Any) -> None:
        if isinstance(a, Tracked):
            self._tensors(a, b)
        elif kind in LISTS:
            self._row(a, b)
        elif kind in TABLES:
            self.contents(a, b)
        elif kind in (set, frozenset):
            if not all(isinstance(part, PLAIN) for part in a) or a != b:
                raise Unlike
        elif kind is np.ndarray:
            if a.dtype != b.dtype or a.dtype.hasobject or not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
                raise Unlike
        elif kind is FunctionType:
            self._functions(a, b)
        elif kind is MethodType:
            self.both(a.__func__, b.__func__)
            self.both(a.__self__, b.__self__)
        elif kind is partial:
            self._row((a.func, a.args, a.keywords), (b.func, b.args, b.keywords))
        elif a is not b:
            if not hasattr(a, "__dict__") or _has_slots(kind):
                raise Unlike
            self.contents(vars(a), vars(b))

    def _row(self, a: Any, b: Any) -> None:
        if len(a) != len(b):
            raise Unlike
        for one, other in zip(a, b, strict=True):
            self.both(one, other)

    def contents(self, a: Mapping[Any, Any], b: Mapping[Any, Any], free: tuple[str, ...] = ()) -> None:
        """Two tables with the same names in the same order; those that are `free` may differ."""
        if list(a) != list(b):
            raise Unlike
        for name in a:
            if name not in free:
                self.both(a[name], b[name])

    def _tensors(self, a: Any, b: Any) -> None:
        one, other = a._array, b._array
        if not isinstance(one, np.ndarray) or not isinstance(other, np.ndarray):
            raise Unlike
        if a._node is not None or b._node is not None or a.requires_grad != b.requires_grad:
            raise Unlike
        if one.shape != other.shape or one.dtype != other.dtype or array_order(one) != array_order(other):
            raise Unlike
        self.found.append((a, b))

    def _functions(self, a: FunctionType, b: FunctionType) -> None:
        if a is b:
            return
        if a.__code__ is not b.__code__ or a.__globals__ is not b.__globals__:
            raise Unlike
        self.both(a.__defaults__, b.__defaults__)
        self.both(a.__kwdefaults__, b.__kwdefaults__)
        self.contents(vars(a), vars(b))
        try:
            cells = [[cell.cell_contents for cell in function.__closure__ or ()] for function in (a, b)]
        except ValueError:  # an empty cell
            raise Unlike from None
        self._row(*cells)

    def optimizers(self, a: Optimizer, b: Optimizer) -> None:
        """Two optimizers over the tensors that have been met, each with the state that it has now."""
        if type(a) is not type(b) or list(a.defaults) != list(b.defaults) or len(a.param_groups) != len(b.param_groups):
            raise Unlike
        self.contents(vars(a), vars(b), APART)
        for one, other in zip(a.param_groups, b.param_groups, strict=True):
            free = tuple(name for name, value in one.items() if type(value) in (int, float))
            if any(type(other.get(name)) not in (int, float) for name in free):
                raise Unlike
            self.contents(one, other, free)
        if len(a.state) != len(b.state):
            raise Unlike
        for parameter, kept in a.state.items():
            there = next((other for other in b.state if id(other) == self._there.get(id(parameter))), None)
            if there is None:
                raise Unlike
            self.contents(kept, b.state[there])


def _has_slots(kind: type) -> bool:
    """Whether an object of this class keeps something elsewhere than in its `__dict__`."""
    return any(vars(part).get("__slots__") for part in kind.__mro__)
