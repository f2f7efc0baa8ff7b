"""Index arrays that come with the inputs, looked at before a step runs: kernels trust them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from chainrule.errors import RangeError
from chainrule.ops.program import PRIMITIVES, Entry, Program, Static, Value
from chainrule.program.loops.bind import Array, Memory, code_of
from chainrule.program.loops.plan import planned
from chainrule.program.loops.runtime import Schedule
from chainrule.program.loops.views import Buffer

_PLAIN = {"cast", "arange", "full", "reshape", "permute", "expand", "slice", "contiguous", "copy", "concatenate"}


class Bounds(NamedTuple):
    """What an index may be: from `low` to `high`, both included.

    Args:
        where: the layer that is indexed, as people call it.
    """

    low: int
    high: int
    where: str


class Ranges:
    """The smallest and the largest number of every index array, compared with what it points into.

    Arrays that the step computes from its parameters are not looked at: their ranges follow from how they are made.

    Args:
        program: a recorded step.
        inputs: the memory its inputs are copied to.
    """

    def __init__(self, program: Program, inputs: Sequence[Array]) -> None:
        extremes, self.bounds = _extremes(program)
        self._found = np.zeros(2 * len(self.bounds), np.int64)
        if not self.bounds:
            return
        plan = planned(extremes)
        external: dict[Buffer, tuple[Array, int]] = {}
        for buffer in plan.external:
            own = self._found[buffer.key : buffer.key + 1] if buffer.kind == "output" else inputs[buffer.key]
            external[buffer] = own, 0
        self._memory = Memory(plan, external)
        self._schedule = Schedule([(code_of(plan, self._memory), 0, 1)])

    def check(self) -> None:
        """Look at the numbers that the inputs hold now.

        Raises:
            RangeError: an index points outside; names the layer.
        """
        if not self.bounds:
            return
        self._schedule.run()
        found = iter(self._found.tolist())
        for low, high, where in self.bounds:
            least, most = next(found), next(found)
            if least < low or most > high:
                raise RangeError("program.index_range", where, got_low=least, got_high=most, low=low, high=high)


def _extremes(program: Program) -> tuple[Program, tuple[Bounds, ...]]:
    """A Program that gives the smallest and the largest number of each index array, and what they may be."""
    makers = {out: place for place, entry in enumerate(program.entries) for out in entry.outs}
    bounds: dict[tuple[int, int, int], str] = {}
    for entry in program.entries:
        for index, size in _indices(program, entry):
            own = entry.region is not None  # layers count from 0; indexing itself from the end as well
            key = (index, 0 if own else -size, size - 1)
            if key not in bounds and program.values[index].dtype != "bool" and _given(program, makers, index):
                bounds[key] = _place(program, entry)
    values = list(program.values)
    needed: set[int] = set()
    entries: list[Entry] = []
    outputs: list[int] = []

    def add(name: str, source: int, static: Static) -> int:
        (made,) = PRIMITIVES[name].shape(values[source], **dict(static))
        values.append(made)
        entries.append(Entry(name, (source,), (len(values) - 1,), static))
        return len(values) - 1

    for index, _, _ in bounds:
        _collect(program, makers, index, needed)
    entries += [program.entries[place] for place in sorted(needed)]
    for index, _, _ in bounds:
        whole = index if values[index].dtype == "int64" else add("cast", index, (("dtype", "int64"),))
        axes = tuple(range(len(values[whole].shape)))
        static = (("axes", axes), ("keepdim", False))
        outputs += [add(name, whole, static) if axes else whole for name in ("min", "max")]
    made = Program(tuple(values), tuple(entries), program.regions, inputs=program.inputs, outputs=tuple(outputs))
    return made, tuple(Bounds(low, high, where) for (_, low, high), where in bounds.items())


def _indices(program: Program, entry: Entry) -> Iterator[tuple[int, int]]:
    """The index arrays of an entry: (value, elements of the axis they point into)."""
    static = dict(entry.static)
    shape: tuple[int, ...]
    if entry.primitive in ("gather", "scatter_add"):
        own: Value = program.values[entry.args[0] if entry.primitive == "gather" else entry.outs[0]]
        axis = static["axis"]
        assert isinstance(axis, int)
        yield entry.args[1], own.shape[axis]
    elif entry.primitive in ("take", "index_add", "put"):
        shape = program.values[entry.outs[0] if entry.primitive == "index_add" else entry.args[0]].shape
        arrays = entry.args[2 if entry.primitive == "put" else 1 :]
        items = static["items"]
        assert isinstance(items, tuple)
        axis = 0
        for kind, *rest in items:
            if kind == "array":
                yield arrays[rest[0]], shape[axis]
            axis += kind != "new"


def _given(program: Program, makers: dict[int, int], index: int) -> bool:
    """Whether a value comes from inputs, by steps that cost next to nothing."""
    needed: set[int] = set()
    leaves = _collect(program, makers, index, needed)
    plain = all(
        PRIMITIVES[program.entries[place].primitive].loops or program.entries[place].primitive in _PLAIN
        for place in needed
    )
    outside = {program.values[leaf].origin for leaf in leaves}
    return plain and "input" in outside and outside <= {"input", "constant"}


def _collect(program: Program, makers: dict[int, int], index: int, needed: set[int]) -> set[int]:
    """The entries that a value is made by, into `needed`; what they begin with."""
    leaves: set[int] = set()
    stack = [index]
    while stack:
        value = stack.pop()
        place = makers.get(value)
        if place is None:
            leaves.add(value)
        elif place not in needed:
            needed.add(place)
            stack += program.entries[place].args
    return leaves


def _place(program: Program, entry: Entry) -> str:
    if entry.region is None:
        file, line = entry.where
        return f"{file}, line {line}" if file else entry.primitive
    region = program.regions[entry.region]
    return f"{region.module}, {region.name}" if region.module else region.name
