"""A plan with addresses: tables filled in, kernels compiled, ready for the run loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.program.loops import interpreted, objects, tile, tile_reference, transpose
from chainrule.program.loops.plan import ALIGNED, Lane, Plan, Product, Repeated, Turned, Work
from chainrule.program.loops.runtime import Call, Code, Loop, Stage, Task
from chainrule.program.loops.text.writer import Emitted
from chainrule.program.loops.views import Buffer

Array = npt.NDArray[Any]
Place = tuple[int, int]  # address, and bytes that it moves from step to step


class Memory:
    """Where the buffers of a plan lie.

    Args:
        plan: whose temporary memory is made here.
        external: for every other buffer (array, bytes it moves from step to step).
    """

    def __init__(self, plan: Plan, external: Mapping[Buffer, tuple[Array, int]]) -> None:
        self.arena = np.zeros(plan.nbytes + ALIGNED, np.uint8)
        start = -address_of(self.arena) % ALIGNED
        self._base = address_of(self.arena) + start
        self._start = start
        self.plan = plan
        self.external = dict(external)

    def place(self, buffer: Buffer) -> Place:
        """Address and step of a buffer."""
        if buffer.base is not None:
            size = dtype_of(buffer).itemsize
            return self.place(buffer.base)[0] + buffer.first * size, buffer.each * size
        if buffer in self.plan.offsets:
            return self._base + self.plan.offsets[buffer], 0
        array, step = self.external[buffer]
        return address_of(array), step

    def array(self, buffer: Buffer) -> tuple[Array, int]:
        """The memory of a buffer as a flat array, and its step in elements."""
        if buffer.base is not None:
            return self.array(buffer.base)[0], buffer.each
        if buffer in self.plan.offsets:
            dtype = dtype_of(buffer)
            begin = self._start + self.plan.offsets[buffer]
            return self.arena[begin : begin + buffer.size * dtype.itemsize].view(dtype), 0
        array, step = self.external[buffer]
        return _flat(array), step // array.itemsize


def dtype_of(buffer: Buffer) -> np.dtype[Any]:
    """What a buffer holds."""
    return np.dtype("float64" if buffer.dtype == "weak" else buffer.dtype)


def _flat(array: Array) -> Array:
    order = sorted(range(array.ndim), key=lambda i: -array.strides[i])
    return array.transpose(order).reshape(-1)


def address_of(array: Array) -> int:
    """Where an array begins."""
    return int(array.__array_interface__["data"][0])


def code_of(plan: Plan, memory: Memory) -> Code:
    """The plan as threaded code."""
    calls = _interpreted if interpreted.wanted() else _compiled
    stages = []
    for lanes in plan.stages:
        tasks = []
        for lane in lanes:
            items = tuple(_item(work, memory, calls) for work in lane.work)
            tasks += _tasks(lane, items)
        stages.append(Stage(tuple(tasks)))
    return Code(stages, parallel=any(len(stage.tasks) > 1 for stage in stages))


def _tasks(lane: Lane, items: tuple[Call | Loop, ...]) -> list[Task]:
    bounds = lane.bounds
    return [Task(items, start, stop) for start, stop in pairwise(bounds) if start < stop]


Single = Emitted | Product | Turned
Maker = Callable[[Single, Memory], Call]


def _item(work: Work, memory: Memory, make: Maker) -> Call | Loop:
    if isinstance(work, Repeated):
        return Loop(work.count, tuple(make(step, memory) for step in work.steps))
    return make(work, memory)


def _compiled(work: Single, memory: Memory) -> Call:
    if isinstance(work, Product):
        size = np.dtype(work.dtype).itemsize
        places = [memory.place(buffer) for buffer in work.arguments]
        a, b, c = (place[0] + offset * size for place, offset in zip(places, work.offsets, strict=True))
        steps = {name: place[1] for name, place in zip("ABC", places, strict=True)}
        table = tile.call_table(work.contraction, a, b, c, steps=steps)
        if interpreted.wanted():
            return Call(tile_reference.reference(work.dtype), table, work.factor)
        return Call(tile.address(work.dtype, n=work.contraction.columns), table, work.factor)
    if isinstance(work, Turned):
        nest, dtype = work.nest, work.arguments[0].dtype
        (source, step), (target, _) = (memory.place(buffer) for buffer in work.arguments)
        source += nest.accesses[0].offset * np.dtype(dtype).itemsize
        table = transpose.call_table(nest.rows, nest.columns, source, target, nest.stride, steps={"source": step})
        function = transpose.reference(dtype) if interpreted.wanted() else transpose.address(dtype)
        return Call(function, table, work.factor)
    cells: list[int] = []
    for argument in work.arguments:
        cells += memory.place(argument) if isinstance(argument, Buffer) else (argument, 0)
    return Call(objects.address(work.kernel), np.array(cells, np.int64), work.factor)


def _interpreted(work: Single, memory: Memory) -> Call:
    """The same call in plain Python, on checked arrays."""
    if not isinstance(work, Emitted):
        return _compiled(work, memory)
    arguments: list[tuple[Any, int, int]] = []
    for argument in work.arguments:
        if isinstance(argument, Buffer):
            arguments.append((*memory.array(argument), argument.first))
        else:
            arguments.append((argument, 0, 0))
    function = interpreted.python_function(work.kernel)

    def run(table: object, start: int, stop: int, t: int) -> None:
        given = (x[first + t * each :] if isinstance(x, np.ndarray) else x for x, each, first in arguments)
        function(start, stop, *given)

    return Call(run, np.zeros(0, np.int64), work.factor)
