"""An ONNX graph as it is written: nodes, the arrays they read, names."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.export.given import Array
from chainrule.export.rows import Rows, Size

KINDS: dict[str, np.dtype[Any]] = {
    "f": np.dtype(np.float32), "i": np.dtype(np.int64), "u": np.dtype(np.int64), "b": np.dtype(np.bool_),
}
"""The types of an exported graph: runtimes have few operators for others."""


def kind(dtype: Any) -> np.dtype[Any]:
    """The type in which a graph holds arrays of a dtype."""
    return KINDS[np.dtype(dtype).kind]


def _whole(array: Any) -> Array:
    """Rows first, in the type of the graph."""
    found = np.asarray(array)
    return np.ascontiguousarray(found.astype(kind(found.dtype))).reshape(found.shape)


class Graph:
    """Nodes in order.

    Args:
        outer: the graph around this one, the body of a loop; arrays and names are shared with it.

    Attributes:
        nodes: of `onnx.NodeProto`.
        arrays: name to the array that the model holds.
        source: name of an input and the axis of its rows.
        prefix: what the names of new nodes begin with.
    """

    def __init__(self, outer: "Graph | None" = None) -> None:
        from onnx import helper

        self._make = helper.make_node
        self.outer = outer
        self.nodes: list[Any] = []
        self.arrays: dict[str, Array] = {} if outer is None else outer.arrays
        self._taken: set[str] = set() if outer is None else outer._taken
        self._known: dict[tuple[Any, ...], str] = {} if outer is None else outer._known
        self._rows = ""
        self.source: tuple[str, int] | None = None
        self.prefix = ""

    def name(self, wanted: str) -> str:
        """A name that nothing else has."""
        base = re.sub(r"[^\w.]", "_", wanted)
        found, count = base, 2
        while found in self._taken:
            found, count = f"{base}_{count}", count + 1
        self._taken.add(found)
        return found

    def claim(self, wanted: str) -> str:
        """A name as it is, whatever its letters: of an input that somebody else has named.

        Raises:
            ValueError: something else has it.
        """
        if wanted in self._taken:
            raise ValueError(f"{wanted!r} twice")
        self._taken.add(wanted)
        return wanted

    def add(self, operator: str, *inputs: str, named: str = "", **attributes: Any) -> str:
        """The result of a new node."""
        out = self.name(named or f"{self.prefix}{operator.lower()}")
        return self.add_as((out,), operator, *inputs, **attributes)[0]

    def add_as(self, outs: Sequence[str], operator: str, *inputs: str, **attributes: Any) -> Sequence[str]:
        """A new node with results of these names."""
        label = self.name(f"{self.prefix}{operator}")
        self.nodes.append(self._make(operator, list(inputs), list(outs), name=label, **attributes))
        return outs

    def array(self, array: Any, named: str = "constant") -> str:
        """A constant that the model holds; equal ones are held once."""
        whole = _whole(array)
        key = (whole.dtype.str, whole.shape, whole.tobytes())
        if key not in self._known:
            self._known[key] = self.raw(whole, named)
        return self._known[key]

    def weight(self, array: Any, named: str) -> str:
        """An array that the model holds under a name of its own."""
        return self.raw(_whole(array), named)

    def raw(self, array: Array, named: str) -> str:
        """An array that the model holds in this very dtype."""
        name = self.name(named)
        self.arrays[name] = array
        return name

    def whole(self, *numbers: int) -> str:
        """A list of whole numbers."""
        return self.array(np.array(numbers, dtype=np.int64), "list")

    def sizes(self, sizes: Sequence[Size]) -> str:
        """A list of sizes, some of which depend on the number of rows."""
        if not any(isinstance(size, Rows) for size in sizes):
            return self.whole(*(int(size) for size in sizes if not isinstance(size, Rows)))
        parts: list[str] = []
        for size in sizes:
            if isinstance(size, Rows):
                part = self.rows()
                part = part if size.times == 1 else self.add("Mul", part, self.whole(size.times))
                parts.append(part if not size.plus else self.add("Add", part, self.whole(size.plus)))
            else:
                parts.append(self.whole(size))
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=0)

    def rows(self) -> str:
        """The number of rows of this batch, as a list of one."""
        if self.outer is not None:
            return self.outer.rows()
        if not self._rows:
            assert self.source is not None
            name, axis = self.source
            self._rows = self.add("Shape", name, named="rows", start=axis, end=axis + 1)
        return self._rows

    def reshape(self, name: str, sizes: Sequence[Size], named: str = "") -> str:
        """The array in another shape; a single size that depends on the rows is left to be found."""
        unknown = [place for place, size in enumerate(sizes) if isinstance(size, Rows)]
        if len(unknown) == 1 and 0 not in sizes:
            known = [-1 if isinstance(size, Rows) else size for size in sizes]
            return self.add("Reshape", name, self.whole(*known), named=named)
        return self.add("Reshape", name, self.sizes(sizes), named=named)

    def cast(self, name: str, dtype: Any, named: str = "") -> str:
        """The array in another type."""
        from onnx import helper

        return self.add("Cast", name, named=named, to=helper.np_dtype_to_tensor_dtype(kind(dtype)))
