"""From constructor calls in a file to networks: by the closed table alone, and no larger than the file."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ChainruleError
from chainrule.files.packing import MARK, Unpacker
from chainrule.files.registry import FUNCTIONS, MODULES, PARAMETERS, SCHEDULES
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import Generator, drawing_from

Array = NDArray[Any]
Shapes = dict[str, tuple[int, ...]]
SPARE = 1 << 16  # numbers that any network may have
TWICE = 4  # times that a constructor may draw its weights


class Builder:
    """Makes modules of what a `Describer` said of them.

    Args:
        shapes: of the tensors that there are numbers for: nothing larger is made.
        read: gives the arrays that are arguments.

    Attributes:
        most: numbers in all of them.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], read: Callable[[str], Array]) -> None:
        self._shapes = shapes
        self._unpacker = Unpacker(read)
        self._made: dict[str, Module] = {}
        self.most = SPARE + sum(math.prod(shape) for shape in shapes.values())
        self._drawn = 0

    def module(self, data: Any) -> Module:
        """The module of a description.

        Raises:
            ValueError: an unknown class, or more numbers than there are in the file.
        """
        with drawing_from(_Blank(self._charge)):
            found = self._module(data, "")
        if found is None:
            raise ValueError("no module")
        return found

    def value(self, data: Any) -> Any:
        """An argument of a description: plain data, an array, a module, a function, a schedule."""
        if isinstance(data, list):
            return [self.value(part) for part in data]
        if not isinstance(data, dict):
            if type(data) is int and abs(data) > self.most:
                raise ValueError(f"a size of {data}")
            return data
        if f"{MARK}module" in data:
            made, self._made = self._made, {}
            try:
                return self._module(data[f"{MARK}module"], "")
            finally:
                self._made = made
        if f"{MARK}function" in data:
            return _known(FUNCTIONS, data[f"{MARK}function"])
        if f"{MARK}schedule" in data:
            inner = data[f"{MARK}schedule"]
            return _known(SCHEDULES, inner["name"])(**self._arguments(inner["arguments"]))
        if f"{MARK}tuple" in data:
            return tuple(self.value(part) for part in data[f"{MARK}tuple"])
        if any(key.startswith(MARK) for key in data):
            return self._unpacker.unpack(data)
        return {key: self.value(part) for key, part in data.items()}

    def _module(self, data: Any, path: str) -> Module | None:
        if data is None:
            return None
        if "same" in data:
            return self._made[data["same"]]
        row = _known(MODULES, data["class"])
        if issubclass(row.kind, PARAMETERS):
            found: Module = row.kind()
            for name in data["names"]:
                found.register_parameter(str(name), Parameter(wrap(np.zeros(self._shapes[_joined(path, name)]))))
        elif row.holds:
            found = row.kind()
            for name, child in data["children"]:
                found.add_module(str(name), self._module(child, _joined(path, name)))
        else:
            arguments = self._arguments(data["arguments"])
            if row.sized:
                self._charge(arguments[row.sized])
            if arguments.get("num_layers", 0) > len(self._shapes):
                raise ValueError(f"{arguments['num_layers']} layers")
            found = row.kind(**arguments)
        self._made[path] = found
        return found

    def _arguments(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {str(name): self.value(part) for name, part in data.items()}

    def _charge(self, shape: Any) -> None:
        """Account for numbers that are about to be made."""
        self._drawn += max(1, math.prod(shape) if isinstance(shape, (tuple, list)) else int(shape))
        if self._drawn > TWICE * self.most:
            raise ValueError(f"{self._drawn} numbers, {self.most} in the file")


class _Blank(Generator):
    """A stream of zeros for constructors whose draws are not wanted, that counts them before they take memory."""

    def __init__(self, charge: Callable[[Any], None]) -> None:
        super().__init__()
        self._charge = charge

    def numpy(self) -> Any:
        return _Zeros(self._charge)


class _Zeros:
    """What constructors ask of NumPy's generators."""

    def __init__(self, charge: Callable[[Any], None]) -> None:
        self._charge = charge

    def uniform(self, low: float = 0.0, high: float = 1.0, size: Any = ()) -> Array:
        self._charge(size)
        return np.zeros(size)

    def standard_normal(self, size: Any = ()) -> Array:
        self._charge(size)
        return np.zeros(size)


def shapes_of(module: Module) -> Shapes:
    """The shapes of all that a module saves."""
    return {name: tensor.shape for name, tensor in module.state_dict().items()}


def put_together(module: Module, notes: Mapping[str, Any], weights: Mapping[str, Array]) -> None:
    """Give a network of the same making its numbers, in their types, and what else was noted of it.

    Raises:
        StateError: names are missing or unknown.
        ShapeError: a shape differs.
        TypeError: notes that are not as we write them.
    """
    frozen, resting = notes["frozen"], notes["resting"]
    if not isinstance(frozen, list) or not isinstance(resting, list):
        raise TypeError("frozen and resting are lists")
    for name, first in notes["tied"].items():
        path, _, last = name.rpartition(".")
        module.get_submodule(path).register_parameter(last, module.get_parameter(first))
    for path, part in module.named_modules():
        for table in (part._parameters, part._buffers):
            for name, tensor in table.items():
                array = weights.get(_joined(path, name))
                if tensor is not None and array is not None and array.dtype != tensor.dtype:
                    tensor._array = tensor._array.astype(array.dtype)
    module.load_state_dict(weights)
    for name in frozen:
        module.get_parameter(name).requires_grad_(False)
    for path in resting:
        module.get_submodule(path).training = False


def _known(table: Mapping[str, Any], name: object) -> Any:
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"{name!r} is not in the table of what files may ask for")
    return table[name]


def _joined(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


FOLLOWED = (ChainruleError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What a constructor, or the walk through a description, may say of a file that is not as we write it."""
