"""Many networks side by side: the step of a tiny network, written once, with the network as the index of a vector.

The same nests as for one network, every loop written out, and one loop over the networks around them: what lives within
a step stays in registers. Each network's numbers are those that it gets alone: sums have the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.ops.program import Program
from chainrule.program.loops import interpreted, objects
from chainrule.program.loops.bind import address_of
from chainrule.program.loops.nests import Contract, Custom, Map, Nest, Reduce, Scan
from chainrule.program.loops.plan import is_small, lowered
from chainrule.program.loops.runtime import Call, Code, Loop, Schedule, Stage, Task
from chainrule.program.loops.stages import staged
from chainrule.program.loops.text.kernels import body_of_units
from chainrule.program.loops.text.loops import grouped
from chainrule.program.loops.text.writer import LANES, Emitted, Writer
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import Buffer

Array = npt.NDArray[Any]
LONGEST = 6_000  # statements written out; longer steps are run one network at a time
SHARED = ("input", "number", "arange")


def lane_kernel(program: Program, apart: frozenset[int]) -> Emitted:
    """The kernel of one step of many networks.

    Args:
        program: of one network.
        apart: the controls, by number, in which networks differ.

    Raises:
        Unsupported: when the step is too long to be written out.
    """
    if not is_small(program):
        raise Unsupported("too much work to be done side by side")
    nests = lowered(program, gradients=False, rows_last=True)
    if any(isinstance(nest, (Custom, Scan)) for nest in nests) or sum(map(_length, nests)) > LONGEST:
        raise Unsupported("too many statements to be written out")
    buffers = {access.buffer for nest in nests for access in nest.accesses}
    lanes = {b for b in buffers if b.kind in ("slot", "output") or (b.kind == "control" and b.key in apart)}
    writer = Writer(small=True, kept=set(), lanes=lanes)
    writer.line("for b in range(start, stop):")
    writer.indent += 1
    writer.line(f"for l in vector({LANES}):")
    writer.indent += 1
    for tracks in staged(nests):
        for track in tracks:
            ordered = [nest for _, nest in sorted(track.nests, key=lambda item: item[0])]
            body_of_units(grouped(ordered, track.units), writer, track.units)
    return writer.finished("side_by_side", "the whole step of every network")


def _length(nest: Nest) -> int:
    assert isinstance(nest, (Map, Reduce, Contract))
    return prod(nest.dims)


class SideBySide:
    """Steps of many networks, in blocks of networks that run to their end without waiting for each other.

    Args:
        program: of one network; its outputs are kept at the end of every stretch.
        inputs: for each input of the program an array that all networks share.
        slots: for each slot, by number, (count, elements): of each network its elements in memory order.
        controls: for each control a number, or (count,) numbers.
        stretches: after how many steps outputs are kept, each time.

    """

    def __init__(
        self, program: Program, inputs: list[Array], slots: Mapping[int, Array], controls: list[float | Array],
        stretches: list[int],
    ) -> None:
        self.count = len(next(iter(slots.values())))
        self.blocks = -(-self.count // LANES)
        self._inputs = [
            np.ascontiguousarray(x, program.values[i].dtype) for x, i in zip(inputs, program.inputs, strict=True)
        ]
        self._controls = [
            np.array(c, np.float64) if np.ndim(c) == 0 else self._in_blocks(np.asarray(c, np.float64)[:, None])
            for c in controls
        ]
        self._slots = {k: self._in_blocks(array) for k, array in slots.items()}
        apart = frozenset(k for k, c in enumerate(controls) if np.ndim(c))
        values = [program.values[i] for i in program.outputs]
        self._outputs = [
            np.zeros((len(stretches), self.blocks, prod(v.shape), LANES), "float64" if v.dtype == "weak" else v.dtype)
            for v in values
        ]
        quiet = lane_kernel(program._replace(outputs=()), apart) if program.writes else None
        telling = lane_kernel(program, apart)
        segments = []
        call = self._call(telling)
        start = 0
        while start < len(stretches):
            stop = start
            while stop < len(stretches) and stretches[stop] == stretches[start]:
                stop += 1
            items: list[Call | Loop] = []
            if stretches[start] > 1:
                assert quiet is not None  # a step that changes nothing is one step
                items.append(Loop(stretches[start] - 1, (self._call(quiet),)))
            tasks = tuple(Task((*items, call), block, block + 1) for block in range(self.blocks))
            segments.append((Code([Stage(tasks)], parallel=len(tasks) > 1), start, stop))
            start = stop
        self._segments = segments

    def run(self, threads: int | None = None) -> None:
        """All stretches."""
        Schedule(self._segments).run(threads)

    def slot(self, number: int) -> Array:
        """(count, elements): what a slot holds now."""
        array = self._slots[number]
        return array.transpose(0, 2, 1).reshape(-1, array.shape[1])[: self.count]

    def output(self, number: int) -> Array:
        """(stretches, count, elements): an output at the end of every stretch."""
        array = self._outputs[number]
        return array.transpose(0, 1, 3, 2).reshape(len(array), -1, array.shape[2])[:, : self.count]

    def _in_blocks(self, array: Array) -> Array:
        """(blocks, elements, lanes); copies of the first make up whole blocks."""
        made = np.empty((self.blocks * LANES, array.shape[1]), array.dtype)
        made[: self.count] = array
        made[self.count :] = array[:1]
        return np.ascontiguousarray(made.reshape(self.blocks, LANES, -1).transpose(0, 2, 1))

    def _call(self, emitted: Emitted) -> Call:
        arguments: list[tuple[Any, int]] = []
        for argument in emitted.arguments:
            if not isinstance(argument, Buffer):
                arguments.append((argument, 0))
            elif argument.kind == "input":
                arguments.append((self._inputs[argument.key], 0))
            elif argument.kind == "control":
                arguments.append((self._controls[argument.key], 0))
            elif argument.kind == "slot":
                arguments.append((self._slots[argument.key], 0))
            else:
                whole = self._outputs[argument.key]
                arguments.append((whole, whole[0].nbytes))
        if interpreted.wanted():
            function = interpreted.python_function(emitted.kernel)

            def run(table: object, start: int, stop: int, t: int) -> None:
                given = (_moved(x, step, t) if isinstance(x, np.ndarray) else x for x, step in arguments)
                function(start, stop, *given)

            return Call(run, np.zeros(0, np.int64))
        cells = [(address_of(x) if isinstance(x, np.ndarray) else x, step) for x, step in arguments]
        return Call(objects.address(emitted.kernel), np.array(cells, np.int64).reshape(-1))


def _moved(array: Array, step: int, t: int) -> Array:
    return (array[t] if step else array).reshape(-1)
