"""What a function can see besides its arguments: modules, parameters, optimizers, globals, closures, attributes.

Everything found becomes a condition of the recording. Names that no code reached mentions are left out; what cannot be
watched is refused by name.
"""

import sys
from argparse import Namespace
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from chainrule.errors import CaptureError
from chainrule.nn.module import Module
from chainrule.ops.layout import array_order
from chainrule.optim.optimizer import Optimizer
from chainrule.program.assumptions import Check, Space
from chainrule.program.code import Names, is_library, names_in
from chainrule.tape.tracked import Tracked
from chainrule.tensors.random import Generator

MOST = 20_000
"""So many conditions are looked at before every replay at most."""
LARGEST = 1 << 20
"""Bytes of a NumPy array whose numbers are compared before every replay."""
_PLAIN = (type(None), bool, int, float, complex, str, bytes, range, slice, np.generic, np.dtype, PurePath, type(...))
EVERY = "*"
"""Among names of attributes: code that computes names may read all of them."""
_COMPUTED = {"getattr", "setattr", "vars", "hasattr"}
_UNSEEN = {"globals", "locals", "eval", "exec", "__import__"}
_OWN = {"defaults", "param_groups", "state", "_owned", "_texts", "_habits"}  # of an optimizer, looked at by themselves
_TABLES = {"_parameters", "_buffers", "_modules", "_unsaved", "_before", "_after"}  # of a module, likewise


class Reach:
    """The walk over all that a function can see, from the function itself and from objects among its arguments.

    Args:
        space: where the constants of the conditions go.
        attributes: names of attributes that the code reached reads, as far as known; `found` has all afterwards.
    """

    def __init__(self, space: Space, attributes: frozenset[str]) -> None:
        self.space = space
        self.attributes = attributes
        self.found: set[str] = set()
        self.checks: list[Check] = []
        self.refused: CaptureError | None = None
        self.tensors: dict[int, tuple[str, Any]] = {}
        self.modules: dict[int, tuple[str, Module]] = {}
        self.optimizers: dict[int, tuple[str, Optimizer]] = {}
        self._seen: dict[int, Any] = {}

    def add(self, words: str, read: str, test: str, was: Any = None, **more: Any) -> None:
        """One more condition, `{}` in its test standing for the value."""
        if len(self.checks) >= MOST:
            self.decline("program.too_much_state", words, most=MOST)
            return
        self.checks.append(Check(words, read, test.replace("{}", read), was, **more))

    def decline(self, key: str, words: str, **values: Any) -> None:
        """Remember the first thing that cannot be watched."""
        self.refused = self.refused or CaptureError(key, words, **values)

    def _first_time(self, value: Any) -> bool:
        if id(value) in self._seen:
            return False
        self._seen[id(value)] = value
        return True

    # --- one value ----------------------------------------------------------------------------------------------

    def visit(self, value: Any, words: str, read: str, source: tuple[Any, str] | None = None) -> None:
        """A value that the function can reach by `read`."""
        if plain(value):
            self._plain(value, words, read, source)
        elif isinstance(value, (list, tuple, deque)):
            self._sequence(value, words, read)
        elif isinstance(value, dict):
            self._mapping(value, words, read)
        elif isinstance(value, np.ndarray):
            self._array(value, words, read)
        elif isinstance(value, MethodType):
            self.add(words, read, f"{{}} == {self.space.constant(value)}", value)
            self.inside(value, words)
        elif isinstance(value, (set, frozenset)):
            self.decline("program.unwatched", words, kind=type(value).__name__)
        elif hasattr(type(value), "__next__"):
            self.decline("program.iterator", words, kind=type(value).__name__)
        else:
            self.add(words, read, f"{{}} is {self.space.constant(value)}", value)
            self.inside(value, words)

    def _plain(self, value: Any, words: str, read: str, source: tuple[Any, str] | None) -> None:
        if value is None or isinstance(value, bool):
            self.add(words, read, f"{{}} is {value}", value, source=source)
            return
        kept = _copy(value)
        k = self.space.constant(kept)
        test = f"({{}} is {k} or same({{}}, {k}))" if _fixed(value) else f"same({{}}, {k})"
        self.add(words, read, test, kept, source=source)

    def _sequence(self, value: Any, words: str, read: str) -> None:
        self.add(words, read, f"len({{}}) == {len(value)} and type({{}}) is {self.space.constant(type(value))}", value)
        if self._first_time(value):
            for i, part in enumerate(value):
                self.visit(part, f"{words}[{i}]", f"{read}[{i}]")

    def _mapping(self, value: Mapping[Any, Any], words: str, read: str) -> None:
        self.add(words, read, f"tuple({{}}) == {self.space.constant(tuple(value))}", value)
        if self._first_time(value):
            for key, part in value.items():
                at = f"[{key!r}]" if isinstance(key, (str, int)) else f"[{self.space.constant(key)}]"
                self.visit(part, f"{words}{at}", f"{read}{at}")

    def _array(self, value: np.ndarray[Any, Any], words: str, read: str) -> None:
        if value.nbytes > LARGEST or value.dtype.hasobject:
            self.decline("program.large_array", words, shape=value.shape, dtype=value.dtype)
            return
        self.add(words, read, f"same({{}}, {self.space.constant(value.copy('K'))})", value)

    # --- what is inside an object that stays the same ----------------------------------------------------------------

    def inside(self, value: Any, words: str) -> None:
        """What the function can see of an object, once it is known that it is still that object."""
        if isinstance(value, Tracked):
            self._tensor(value, words)
        elif not self._first_time(value):
            return
        elif isinstance(value, Module):
            self._module(value, words)
        elif isinstance(value, Optimizer):
            self._optimizer(value, words)
        elif isinstance(value, Generator):
            return  # seed and draw are tensors of its own, read at every replay
        elif isinstance(value, FunctionType):
            self.function(value, words)
        elif isinstance(value, MethodType):
            self.inside(value.__self__, words)
            self.function(value.__func__, words)
        elif isinstance(value, partial):
            self.inside(value.func, words)
            k = self.space.constant(value)
            self.visit(value.args, f"{words}.args", f"{k}.args")
            self.visit(value.keywords, f"{words}.keywords", f"{k}.keywords")
        elif isinstance(value, ModuleType):
            if not _library_module(value):
                self._named(vars(value), words, self.attributes)
        elif isinstance(value, type):
            self._class(value, words, value)
        elif isinstance(value, (np.random.Generator, np.random.RandomState)) or _python_random(value):
            k = self.space.constant(value)
            self.add(words, k, f"state({k}) == {state_text(self.space, value)}", value, seldom=True)
        elif isinstance(value, (BuiltinFunctionType, np.ufunc, CodeType)) or type(value) in (type(len), type(str.join)):
            return
        else:
            self._object(value, words)

    def function(self, function: Any, words: str) -> None:
        """What the code of a function reads: closure, globals, defaults."""
        wrapped = getattr(function, "__wrapped__", None)
        if wrapped is not None and self._first_time(wrapped):
            self.inside(wrapped, words)
        if not isinstance(function, FunctionType) or not self._first_time(function.__code__):
            return
        if is_library(function.__code__.co_filename):
            self._cells(function)  # a wrapper of this library, such as `no_grad()`, around a function of the user's
            return
        names = names_in(function.__code__)
        self.found |= names.attributes
        if names.globals & _COMPUTED or "__dict__" in names.attributes:
            self.found.add(EVERY)
        if names.globals & _UNSEEN:
            self.decline("program.computed_names", f"{words}, {function.__code__.co_filename}")
        self._cells(function)
        k = self.space.constant(function)
        self._attributes(vars(function), words, self.attributes)
        for i, value in enumerate(function.__defaults__ or ()):
            code = function.__code__
            name = code.co_varnames[code.co_argcount - len(function.__defaults__ or ()) + i]
            self.visit(value, name, f"{k}.__defaults__[{i}]")
        for name, value in (function.__kwdefaults__ or {}).items():
            self.visit(value, name, f"{k}.__kwdefaults__[{name!r}]")
        self._named(function.__globals__, "", names.globals)
        self._imports(names)

    def _cells(self, function: FunctionType) -> None:
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                value = cell.cell_contents
            except ValueError:
                continue
            self.visit(value, name, f"{self.space.constant(cell)}.cell_contents")

    def _imports(self, names: Names) -> None:
        for name in names.imports:
            module = sys.modules.get(name)
            if module is not None and not _library_module(module):
                self._named(vars(module), name, self.attributes)

    def _attributes(self, table: Mapping[str, Any], words: str, names: frozenset[str]) -> None:
        """Those attributes of an object that some code names, and whether there are others."""
        k = self.space.constant(table)
        self.add(words, k, f"len({{}}) == {len(table)}", len(table))
        self._named(table, words, names)

    def _named(self, table: Mapping[str, Any], words: str, names: frozenset[str]) -> None:
        """Those entries of a dict of globals or attributes that some code names."""
        k = self.space.constant(table)
        every = EVERY in names
        for name in sorted(table if every else names & table.keys()):
            value = table[name]
            if not name.startswith("__"):
                self.visit(value, f"{words}.{name}" if words else name, f"{k}[{name!r}]", (table, name))

    # --- tensors, modules, optimizers -------------------------------------------------------------------------------

    def _tensor(self, tensor: Any, words: str) -> None:
        if id(tensor) in self.tensors:
            return
        self.tensors[id(tensor)] = (words, tensor)
        k, array = self.space.constant(tensor), np.asarray(tensor._array)
        tensor._array = array
        form = ", ".join(self.space.constant(part) for part in (array.shape, array.dtype, array_order(array)))
        self.add(words, k, f"({k}._array is {self.space.constant(array)} or fits({k}, {form}))", array)
        wants = tensor.requires_grad
        self.add(f"{words}.requires_grad", f"{k}.requires_grad", f"{{}} is {wants}", wants)
        if tensor.requires_grad or tensor.grad is not None:
            test = "{} is None" if tensor.grad is None else "{} is not None"
            self.add(f"{words}.grad", f"{k}.grad", test, tensor.grad, moves=True)
        self._hooks(tensor._hooks, f"{words}: hooks", f"{k}._hooks")

    def _hooks(self, hooks: list[Callable[..., Any]] | None, words: str, read: str) -> None:
        if not hooks:
            self.add(words, read, "not {}", hooks)
        else:
            self._sequence(hooks, words, read)

    def _module(self, module: Module, words: str) -> None:
        self.modules[id(module)] = (words, module)
        held = vars(module)
        k = self.space.constant(held)
        self.add(words, k, f"len({{}}) == {len(held)}", len(held))
        for table in ("_parameters", "_buffers", "_modules"):
            if held[table]:
                self.add(words, f"{k}[{table!r}]", f"len({{}}) == {len(held[table])}", len(held[table]))
        for table in ("_before", "_after"):
            self._hooks(held[table], f"{words}: hooks", f"{k}[{table!r}]")
        for name, value in held.items():
            if name not in _TABLES:
                self.visit(value, f"{words}.{name}", f"{k}[{name!r}]", (held, name))
        self._class(type(module), words, module)

    def _optimizer(self, optimizer: Optimizer, words: str) -> None:
        self.optimizers[id(optimizer)] = (words, optimizer)
        held, groups = vars(optimizer), optimizer.param_groups
        k = self.space.constant(groups)
        self.add(f"{words}.param_groups", f"{self.space.constant(held)}['param_groups']", f"{{}} is {k}", groups)
        self.add(f"{words}.param_groups", k, f"len({{}}) == {len(groups)}", len(groups))
        for i, group in enumerate(groups):
            g = self.space.constant(group)
            at = f"{words}.param_groups[{i}]"
            self.add(at, f"{k}[{i}]", f"{{}} is {g}", group)
            self.add(at, g, f"len({{}}) == {len(group)}", len(group))
            for key, value in group.items():
                source = (group, key) if key in optimizer._ranges else None
                self.visit(value, f"{at}[{key!r}]", f"{g}[{key!r}]", source)
        for name, value in held.items():
            if name not in _OWN:
                self.visit(value, f"{words}.{name}", f"{self.space.constant(held)}[{name!r}]")
        self._class(type(optimizer), words, optimizer)

    # --- other objects ----------------------------------------------------------------------------------------------

    def _object(self, value: Any, words: str) -> None:
        kind = type(value)
        inner = getattr(value, "__wrapped__", None)
        if inner is not None:
            self.inside(inner, words)
            return
        own = kind.__module__.split(".")[0] == "chainrule"
        if own and kind.__module__.split(".")[1] in ("ops", "tape"):
            return  # regions and primitives do not change
        held = getattr(value, "__dict__", None)
        slots = {name for base in kind.__mro__ for name in _slot_names(base)}
        if held is None and not slots and kind is not object and not any("__slots__" in vars(b) for b in kind.__mro__):
            self.decline("program.unwatched", words, kind=kind.__name__)
            return
        if not own and _is_library_class(kind) and kind not in (SimpleNamespace, Namespace):
            self.decline("program.unwatched", words, kind=kind.__name__)
            return
        if held is not None:
            self._attributes(held, words, self.attributes if not own else frozenset(held))
        k = self.space.constant(value)
        for name in sorted(slots & self.attributes):
            if hasattr(value, name):
                self.visit(getattr(value, name), f"{words}.{name}", f"{k}.{name}")
        self._class(kind, words, value)

    def _class(self, kind: type, words: str, value: Any) -> None:
        """Methods and attributes that the user's classes of an object have."""
        # Of a class that descends from the library's, the library may call any method.
        heir = any(base.__module__.split(".")[0] == "chainrule" for base in kind.__mro__)
        for base in kind.__mro__:
            if base is object or base.__module__.split(".")[0] == "chainrule" or _is_library_class(base):
                continue
            table = vars(base)
            k = self.space.constant(table)
            for name, part in list(table.items()):
                method = _function_of(part)
                if name in ("__init__", "__new__"):
                    continue
                if not (heir or name.startswith("__") or EVERY in self.attributes or name in self.attributes):
                    continue
                if method is not None:
                    self.add(f"{words}.{name}", f"{k}[{name!r}]", f"{{}} is {self.space.constant(part)}", part)
                    self.function(method, f"{words}.{name}")
                elif not (name.startswith("__") or name in getattr(value, "__dict__", ()) or hasattr(part, "__get__")):
                    self.visit(part, f"{words}.{name}", f"{k}[{name!r}]")


def plain(value: Any) -> bool:
    """Whether a value is a number, a word, or a list, tuple or dict of such: compared by value."""
    if isinstance(value, _PLAIN) or _is_enum(value):
        return True
    if type(value) in (list, tuple):
        return all(plain(part) for part in value)
    if type(value) is dict:
        return all(plain(key) and plain(part) for key, part in value.items())
    return type(value) in (set, frozenset) and all(plain(part) for part in value)


def _is_enum(value: Any) -> bool:
    return any(base.__module__ == "enum" for base in type(value).__mro__)


def _fixed(value: Any) -> bool:
    """Whether a plain value cannot be changed from within."""
    if type(value) is tuple:
        return all(_fixed(part) for part in value)
    return not isinstance(value, (list, dict, set))


def _copy(value: Any) -> Any:
    if _fixed(value):
        return value
    if type(value) in (list, tuple):
        return type(value)(_copy(part) for part in value)
    if type(value) is dict:
        return {key: _copy(part) for key, part in value.items()}
    return set(value)


def _library_module(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return module.__name__ != "__main__" and (file is None or is_library(file))


def _is_library_class(kind: type) -> bool:
    module = sys.modules.get(kind.__module__)
    return module is not None and _library_module(module)


def _python_random(value: Any) -> bool:
    return type(value).__module__ == "random"


def state_text(space: Space, generator: Any) -> str:
    """A constant: where a random generator stands now."""
    return space.constant(space.names["state"](generator))


def _function_of(part: Any) -> Any:
    """The function behind what stands in a class: a method, a static one, a property."""
    if isinstance(part, (staticmethod, classmethod)):
        return part.__func__
    if isinstance(part, property):
        return part.fget
    return part if isinstance(part, FunctionType) else None


def _slot_names(base: type) -> tuple[str, ...]:
    names = vars(base).get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(names)
