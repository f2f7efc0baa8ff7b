"""Whether all numbers by which a step finds elements lie where there are elements: its loops do not look."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.ops.program import PRIMITIVES, Entry, Program
from chainrule.ops.text import compile_program

Array = np.ndarray[Any, Any]


class Indices:
    """The indices of a step that follow from its inputs alone.

    Args:
        program: the step.
    """

    def __init__(self, program: Program) -> None:
        limits: dict[int, int] = {}
        maker = {out: entry for entry in program.entries for out in entry.outs}
        for entry in program.entries:
            for index, size in _indexed(program, entry):
                if _from_inputs(program, maker, index):
                    limits[index] = min(size, limits.get(index, size))
        self._rows = program.values[program.inputs[0]].shape[0] if program.inputs else 0
        self._limits = list(limits.values())
        self._elementwise, self._run = True, None
        if limits:
            needed = _needed(program, limits)
            self._elementwise = all(_is_elementwise(entry) for entry in needed)
            self._run = compile_program(
                program._replace(entries=tuple(needed), slots=(), controls=(), writes=(), outputs=tuple(limits))
            )

    def inside(self, data: Sequence[Array]) -> bool:
        """Whether all of them are inside, for these rows of all inputs."""
        if self._run is None:
            return True
        return all(
            found.size == 0 or (int(found.min()) >= 0 and int(found.max()) < size)
            for part in self._parts(data)
            for found, size in zip(self._run(*part), self._limits, strict=True)
        )

    def _parts(self, data: Sequence[Array]) -> Iterator[list[Array]]:
        """All rows at once where that gives the same, else batch by batch, the last one filled up."""
        count, rows = len(data[0]), self._rows
        if self._elementwise or count == rows:
            yield list(data)
            return
        for start in range(0, count, rows):
            numbers = np.minimum(np.arange(start, start + rows), count - 1)
            yield [part[numbers] for part in data]


def _indexed(program: Program, entry: Entry) -> list[tuple[int, int]]:
    """The indices of an entry, and the sizes of the axes that they go along."""
    static = dict(entry.static)
    values = program.values
    if entry.primitive == "gather":
        axis: Any = static["axis"]
        return [(entry.args[1], values[entry.args[0]].shape[axis])]
    if entry.primitive == "scatter_add":
        shape, axis = static["shape"], static["axis"]
        return [(entry.args[1], shape[axis])]  # type: ignore[index]  # a shape and an axis
    if entry.primitive not in ("take", "index_add", "put"):
        return []
    items: Any = static["items"]
    first = 2 if entry.primitive == "put" else 1
    shape = static["shape"] if entry.primitive == "index_add" else values[entry.args[0]].shape
    found, place = [], 0
    for kind, *rest in items:
        if kind == "array":
            index = entry.args[first + int(rest[0])]
            if values[index].dtype != "bool":
                found.append((index, shape[place]))  # type: ignore[index]  # a shape
        place += kind != "new"
    return found


def _from_inputs(program: Program, maker: dict[int, Entry], index: int) -> bool:
    """Whether a value follows from inputs and constants, and from some input."""
    stack, seen, inputs = [index], set(), False
    while stack:
        value = stack.pop()
        if value in seen:
            continue
        seen.add(value)
        if value in maker:
            stack += maker[value].args
        elif program.values[value].origin == "input":
            inputs = True
        elif program.values[value].origin != "constant":
            return False
    return inputs


def _needed(program: Program, wanted: dict[int, int]) -> list[Entry]:
    needed, kept = set(wanted), []
    for entry in reversed(program.entries):
        if needed.intersection(entry.outs):
            kept.append(entry)
            needed.update(entry.args)
    return kept[::-1]


def _is_elementwise(entry: Entry) -> bool:
    primitive = PRIMITIVES[entry.primitive]
    return primitive.broadcasts or bool(primitive.loops) or entry.primitive == "cast"
