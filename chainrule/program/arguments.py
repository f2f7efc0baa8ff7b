"""The arguments of a call: tensors that are the inputs of a Program, and everything else that steers it."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from chainrule.ops.layout import array_order
from chainrule.program.reach import Reach, plain
from chainrule.tape.tracked import Tracked

Gather = Callable[[tuple[Any, ...], dict[str, Any]], tuple[Any, ...]]


class Arguments:
    """What a call was given.

    Args:
        function: what is called, for the names of its parameters.
        args: positional arguments.
        kwargs: named arguments.
        reach: takes the conditions on them; whatever object is among them is looked into.
    """

    def __init__(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], reach: Reach) -> None:
        self.args, self.kwargs = args, kwargs
        self.tensors: list[Any] = []
        self.labels: list[str] = []
        self.reads: list[str] = []
        self._reach = reach
        reach.add("arguments", "args", f"len({{}}) == {len(args)}", len(args))
        names = reach.space.constant(tuple(kwargs))
        reach.add("arguments", "kwargs", f"tuple({{}}) == {names}" if kwargs else "not {}", tuple(kwargs))
        for i, (name, value) in enumerate(zip(_names(function, len(args)), args, strict=True)):
            self._visit(value, name, f"args[{i}]")
        for name, value in kwargs.items():
            self._visit(value, name, f"kwargs[{name!r}]")

    def _visit(self, value: Any, label: str, read: str) -> None:
        reach, words = self._reach, f"argument {label}"
        if isinstance(value, Tracked):
            self._tensor(value, label, read)
        elif plain(value):
            reach.visit(value, words, read)
        elif _is_sequence(value):
            kind = reach.space.constant(type(value))
            reach.add(words, f"len({read})", f"type({read}) is {kind} and len({read}) == {len(value)}", len(value))
            for i, part in enumerate(value):
                self._visit(part, f"{label}[{i}]", f"{read}[{i}]")
        elif type(value) is dict and all(isinstance(key, (str, int)) for key in value):
            keys = reach.space.constant(tuple(value))
            reach.add(words, f"tuple({read})", f"type({read}) is dict and tuple({read}) == {keys}", tuple(value))
            for key, part in value.items():
                self._visit(part, f"{label}[{key!r}]", f"{read}[{key!r}]")
        elif isinstance(value, np.ndarray):
            reach.decline("program.array_argument", words, dtype=value.dtype, shape=value.shape)
        else:
            reach.visit(value, words, read)

    def _tensor(self, value: Any, label: str, read: str) -> None:
        reach, space = self._reach, self._reach.space
        array = np.asarray(value._array)
        form = (array.shape, array.dtype, array.strides, array_order(array))
        shape, dtype, strides, order = map(space.constant, form)
        of, words = f"{read}._array", f"argument {label}"
        reach.add(words, f"type({read})", f"{{}} is {space.constant(type(value))}", type(value))
        reach.add(words, f"{of}.shape", f"{{}} == {shape}", array.shape)
        reach.add(words, f"{of}.dtype", f"({{}} is {dtype} or {{}} == {dtype})", array.dtype)
        reach.add(words, f"order({of})", f"({of}.strides == {strides} or {{}} == {order})", array_order(array))
        wants = value.requires_grad
        reach.add(f"{words}.requires_grad", f"{read}.requires_grad", f"{{}} is {wants}", wants)
        self.tensors.append(value)
        self.labels.append(label)
        self.reads.append(read)

    def gather(self) -> Gather:
        """A function that finds the tensors in the arguments of another call."""
        found = ", ".join(self.reads)
        text = f"lambda args, kwargs: ({found}{',' if len(self.reads) == 1 else ''})"
        function: Gather = eval(text, {})  # noqa: S307 - our own text
        return function

    def with_tensors(self, tensors: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The same arguments with other tensors in them."""
        rest = iter(tensors)
        return tuple(_put(value, rest) for value in self.args), {k: _put(v, rest) for k, v in self.kwargs.items()}


def _put(value: Any, tensors: Iterator[Any]) -> Any:
    if isinstance(value, Tracked):
        return next(tensors)
    if plain(value):
        return value
    if _is_sequence(value):
        parts = [_put(part, tensors) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if type(value) is dict:
        return {key: _put(part, tensors) for key, part in value.items()}
    return value


def _is_sequence(value: Any) -> bool:
    return type(value) in (list, tuple) or (isinstance(value, tuple) and hasattr(value, "_fields"))


def _names(function: Any, count: int) -> list[str]:
    """What the function calls its positional arguments."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    plain_kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [parameter.name for parameter in parameters if parameter.kind in plain_kinds][:count]
    return names + [f"x{i}" for i in range(len(names), count)]
