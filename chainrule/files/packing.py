"""States as JSON and arrays, and back: what a file can hold without a pickle."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import StateError
from chainrule.ops.layout import array_order, c_order
from chainrule.tape.tracked import Tracked

Array = NDArray[Any]
MARK = "$"  # begins the name of what JSON has no word for


class Packer:
    """Takes states apart.

    Args:
        prefix: begins the names of the arrays.

    Attributes:
        arrays: name to array, as they are: not yet in C order.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.arrays: dict[str, Array] = {}

    def pack(self, value: Any, where: str) -> Any:
        """What JSON can say of a value; `where` begins the names of its arrays.

        Raises:
            StateError: for anything but numbers, text, arrays, and lists, tuples and dicts of them.
        """
        if value is None or isinstance(value, bool | str) or type(value) is int:
            return value
        if type(value) is float:
            return value if isfinite(value) else {f"{MARK}float": repr(value)}
        if isinstance(value, Tracked):
            return self._array(value._array, where)
        if isinstance(value, np.ndarray | np.generic):
            return self._array(np.asarray(value), where)
        if isinstance(value, list):
            return [self.pack(part, f"{where}.{place}") for place, part in enumerate(value)]
        if isinstance(value, tuple):
            return {f"{MARK}tuple": [self.pack(part, f"{where}.{place}") for place, part in enumerate(value)]}
        if isinstance(value, Mapping):
            if all(isinstance(key, str) and not key.startswith(MARK) for key in value):
                return {key: self.pack(part, f"{where}.{key}") for key, part in value.items()}
            pairs = [[self.pack(key, where), self.pack(part, f"{where}.{key}")] for key, part in value.items()]
            return {f"{MARK}dict": pairs}
        raise StateError("files.unpackable", where, got=type(value).__name__)

    def _array(self, array: Array, where: str) -> Any:
        if array.dtype.kind not in "biuf":
            raise StateError("files.unpackable", where, got=f"array of {array.dtype}")
        name = f"{self.prefix}{where}"
        while name in self.arrays:
            name += "'"
        self.arrays[name] = array
        order = array_order(array)
        # Sums over an array show the order of its memory in their last bits.
        return {f"{MARK}array": name, **({} if order == c_order(array.ndim) else {"order": list(order)})}


class Unpacker:
    """Puts states together again.

    Args:
        read: from the name of an array to the array; KeyError where there is none.
    """

    def __init__(self, read: Callable[[str], Array]) -> None:
        self._read = read

    def unpack(self, data: Any) -> Any:
        """The value that `Packer.pack` said this of; its arrays are its own.

        Raises:
            ValueError: for what no packer says.
        """
        if isinstance(data, list):
            return [self.unpack(part) for part in data]
        if not isinstance(data, dict):
            return data
        special = next((key for key in data if key.startswith(MARK)), None)
        if special is None:
            return {key: self.unpack(part) for key, part in data.items()}
        held = data[special]
        if special == f"{MARK}float" and held in ("nan", "inf", "-inf"):
            return float(held)
        if special == f"{MARK}tuple" and isinstance(held, list):
            return tuple(self.unpack(part) for part in held)
        if special == f"{MARK}dict" and isinstance(held, list):
            pairs = [(self.unpack(key), self.unpack(part)) for key, part in held]
            return dict(pairs)
        if special == f"{MARK}array" and isinstance(held, str):
            return self._ordered(self._read(held), data.get("order"))
        raise ValueError(f"unknown word {special}")

    def _ordered(self, array: Array, order: Any) -> Array:
        if order is None:
            return array.copy()
        if not isinstance(order, list) or sorted(order) != list(range(array.ndim)):
            raise ValueError("an order of axes that is none")
        back = np.argsort(order)
        return np.ascontiguousarray(array.transpose(order)).transpose(back)
