"""From the entries of a forward pass to the nodes of a graph."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.export._onnx.graph import Graph, kind
from chainrule.export._onnx.primitives import FORMS
from chainrule.export._onnx.regions import region_written
from chainrule.export.folding import folded
from chainrule.export.quantising import Bytes
from chainrule.export.recording import number_of
from chainrule.export.rows import Rows, Sizes
from chainrule.ops.program import WEAK, Entry, Program, Region

ROWS = "rows"
"""What a model calls the size of its batch."""


class Lowering:
    """A forward pass on its way into a graph.

    Args:
        graph: where its nodes go.
        program: with sizes in `Rows` where they depend on the number of rows.
        known: values that depend on no input: numbers and arrays.
        labels: of values what their arrays are called.
        where: for errors.
        bytes_of: of values their arrays in bytes, and the scale and axis of these.
    """

    def __init__(
        self, graph: Graph, program: Program, known: Mapping[int, Any], labels: Mapping[int, str], where: str,
        bytes_of: Mapping[int, Any] | None = None,
    ) -> None:
        self.graph, self.program, self.known = graph, program, known
        self.labels, self.where = labels, where
        self.bytes_of = bytes_of or {}
        self.names: dict[int, str] = {}
        self._entries_of: dict[int, set[int]] = {}

    def dtype(self, value: int) -> np.dtype[Any]:
        """The type in which the graph holds a value."""
        return kind(self.program.values[value].dtype)

    def entries_of(self, region: int) -> set[int]:
        """The entries of a region, by number, those of its inner regions included."""
        if not self._entries_of:
            for number, entry in enumerate(self.program.entries):
                here = entry.region
                while here is not None:
                    self._entries_of.setdefault(here, set()).add(number)
                    here = self.program.regions[here].parent
        return self._entries_of[region]

    def region(self, number: int) -> Region:
        """A region of the program."""
        return self.program.regions[number]

    def write(self) -> None:
        """Nodes for all entries that compute something from inputs."""
        entries = self.program.entries
        done: set[int] = set()
        for number, entry in enumerate(entries):
            if number in done or all(out in self.known for out in entry.outs):
                continue
            self.graph.prefix = self.prefix(entry)
            done |= region_written(self, number)
            if number not in done:
                self._entry(entry)

    def prefix(self, entry: Entry) -> str:
        """What the names of an entry's nodes begin with: the module."""
        module = "" if entry.region is None else self.program.regions[entry.region].module
        return f"{module}." if module else ""

    def _entry(self, entry: Entry) -> None:
        form = FORMS.get(entry.primitive)
        if form is None:
            raise ArgumentError("export.primitive", self.where_of(entry), primitive=entry.primitive)
        made = form(self, entry, dict(entry.static))
        for out, name in zip(entry.outs, (made,) if isinstance(made, str) else made, strict=True):
            self.names[out] = name

    def where_of(self, entry: Entry) -> str:
        """Where an entry comes from, for errors."""
        file, line = entry.where
        return f"{self.where}, {file}:{line}" if file else self.where

    def name(self, value: int, like: int | None = None) -> str:
        """The name of a value in the graph; a Python number takes the type of the value it meets."""
        if value in self.names:
            return self.names[value]
        if self.program.values[value].dtype == WEAK:
            dtype = np.dtype(np.float32) if like is None else self.dtype(like)
            return self.number(self.known[value], dtype)
        if value in self.bytes_of:
            self.names[value] = self._from_bytes(value)
            return self.names[value]
        label, known = self.labels.get(value), self.known[value]
        named = label is not None and np.size(known) > 1
        self.names[value] = self.graph.weight(known, str(label)) if named else self.graph.array(known)
        return self.names[value]

    def number(self, number: Any, dtype: Any) -> str:
        """A single number of a type."""
        if np.dtype(dtype).kind == "f":
            most = float(np.finfo(np.float32).max)
            if np.isfinite(number):
                number = min(max(number, -most), most)
        return self.graph.array(np.array(number, dtype=kind(dtype)), "number")

    def _from_bytes(self, value: int) -> str:
        held: Bytes = self.bytes_of[value]
        label = self.labels.get(value, "weight")
        whole, scale = self.graph.raw(held.whole, f"{label}.int8"), self.graph.raw(held.scale, f"{label}.scale")
        return self.graph.add("DequantizeLinear", whole, scale, named=label, axis=held.axis)

    def is_constant(self, value: int) -> bool:
        """Whether a value depends on no input."""
        return value in self.known or value in self.bytes_of

    def sizes(self, value: int) -> Sizes:
        """The shape of a value."""
        return self.program.values[value].shape

    def declared(self, name: str, value: int, dtype: np.dtype[Any] | None = None) -> Any:
        """A value as an input or output, as the model declares it; in the type of the graph if no other is named."""
        from onnx import helper

        sizes: list[Any] = []
        for size in self.sizes(value):
            rows = (ROWS if size == Rows(1) else None) if isinstance(size, Rows) else size
            sizes.append(rows)
        return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype or self.dtype(value)), sizes)

    def inside(self, inner: Graph, body: Program, constants: dict[int, int]) -> "Lowering":
        """One step of a loop, lowered into a graph of its own; `constants` are values of the body to those outside."""
        arrays = {value: self.known[arg] for value, arg in constants.items() if arg in self.known}
        numbers = {i: number_of(v) for i, v in enumerate(body.values) if v.origin == "constant" and v.dtype == WEAK}
        made = Lowering(inner, body, folded(body, arrays, numbers), {}, self.where)
        made.names = {value: self.name(arg) for value, arg in constants.items()}
        places = len(body.inputs) - len(constants)
        made.names.update({value: inner.name("given") for value in body.inputs[:places]})
        made.write()
        return made
