"""A step with its data, its losses and its numbers in memory: many of them are one run."""

import copy
from collections.abc import Sequence
from functools import lru_cache
from time import perf_counter
from typing import Any

import numpy as np

from chainrule.language import say
from chainrule.ops.layout import dense_strides
from chainrule.ops.program import WEAK, Program, Value
from chainrule.program.capture import Recording
from chainrule.program.loops.bind import Memory, code_of
from chainrule.program.loops.kernel import KernelError
from chainrule.program.loops.plan import Plan, planned
from chainrule.program.loops.runtime import Code
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import Buffer
from chainrule.train.engine.gathering import gathering
from chainrule.train.engine.refused import Refused

Array = np.ndarray[Any, Any]


def plan_of(program: Program, gradients: bool = False) -> Plan:
    """The plan of a Program, with the gradients it leaves behind or without; networks of one shape share it.

    Raises:
        Refused: when the engine has no loops for something in it.
    """
    return _plan(_anywhere(program), gradients)


def _anywhere(program: Program) -> Program:
    """The same, whatever lines of the user's it came from."""
    entries = [
        entry._replace(where=("", 0), body=None if entry.body is None else _anywhere(entry.body))
        for entry in program.entries
    ]
    return program._replace(entries=tuple(entries))


@lru_cache(maxsize=64)
def _plan(program: Program, gradients: bool) -> Plan:
    try:
        return planned(program, gradients)
    except Unsupported as error:
        raise Refused(str(error)) from error


def compiled(plan: Plan, memory: Memory) -> Code:
    """The code of a plan.

    Raises:
        Refused: when a kernel cannot be compiled.
    """
    try:
        return code_of(plan, memory)
    except KernelError as error:
        raise Refused(str(error)) from error


class Placed:
    """A recorded step on real data; step t reads the rows of `order[t]` and writes to `losses[t]`.

    Args:
        recording: of the step.
        data: the arrays behind its inputs, with all rows.
        rows: of a batch.
        shuffled: whether the rows are found by `order`; else each step reads the first ones.
        beside: the same step on other data, which never runs at the same time: its memory is shared.

    Attributes:
        order: (steps, rows) int64; empty where there is none.
        losses: (steps,).
        outputs: (steps, ...) in the memory order of the step; None where it gives none.
        kernels: how many texts.
        cost: µs a step, roughly.
        seconds: that planning and compiling took.

    Raises:
        Refused: when the engine has no loops for something in the step.
    """

    def __init__(
        self, recording: Recording, data: Sequence[Array], rows: int, shuffled: bool, beside: "Placed | None" = None
    ) -> None:
        begun = perf_counter()
        self.recording = recording
        self.data = [np.ascontiguousarray(part) if shuffled else part for part in data]
        self.rows = rows
        self.shuffled = shuffled
        self.program = gathering(recording.program, self.data, rows) if shuffled else recording.program
        self.plan = plan_of(self.program)
        self._beside = beside
        self.steps = 0
        self.order: Array = np.zeros((0, rows), np.int64)
        self.losses: Array = np.zeros(0)
        self.outputs: Array | None = None
        self.numbers: dict[str, Array] = {}
        self.moving: tuple[str, ...] = ()
        self._code: Code | None = None
        self._bound: list[tuple[Any, Array]] = []
        self._results: list[Array] = []
        self._memory: Memory | None = None
        self.kernels = len(self.plan.kernels)
        self.cost = self.plan.cost
        self.seconds = perf_counter() - begun

    def compile(self) -> None:
        """Compile its kernels, without a look at the tensors that it will live on."""
        sizes = {buffer: np.zeros(buffer.size, buffer.dtype.replace(WEAK, "float64")) for buffer in self.plan.external}
        compiled(self.plan, Memory(self.plan, {buffer: (array, 0) for buffer, array in sizes.items()}))

    @property
    def room(self) -> int:
        """Bytes that each further step needs."""
        program = self.program
        outputs = sum(_nbytes(program.values[i]) for i in program.outputs)
        return outputs + 8 * (self.rows if self.shuffled else 0) + 8 * len(self.moving)

    def prepare(self, steps: int, moving: tuple[str, ...]) -> Code:
        """Its code, for runs of up to so many steps.

        Args:
            steps: that a run has at most.
            moving: the controls that have a number for each step; the others have one for a run.
        """
        if self._code is not None and steps <= self.steps and moving == self.moving:
            for tensor, array in self._bound:
                if tensor._array is not array:
                    break
            else:
                return self._code
        begun = perf_counter()
        program = self.program
        if steps > self.steps or moving != self.moving:
            self.steps, self.moving = steps, moving
            self._make_room()
        self._bound = [(tensor, slot_array(tensor, program.values[slot.value])) for tensor, slot in self._slots()]
        external = {buffer: self._place(buffer) for buffer in self.plan.external}
        had = self._memory
        if had is None and self._beside is not None and self._beside.plan is self.plan:
            had = self._beside._memory
        if had is None:
            self._memory = Memory(self.plan, external)
        else:
            self._memory = copy.copy(had)
            self._memory.external = external
        self._code = compiled(self.plan, self._memory)
        self.seconds += perf_counter() - begun
        return self._code

    def learn_from(self, data: Sequence[Array]) -> None:
        """Read other rows, of the same shapes."""
        fresh = [np.ascontiguousarray(part) if self.shuffled else part for part in data]
        if any(a is not b for a, b in zip(fresh, self.data, strict=True)):
            self.data, self._code = fresh, None

    def release(self) -> None:
        """Give the memory of long runs back."""
        self._code, self.steps = None, 0
        self.order, self.losses, self.outputs = np.zeros((0, self.rows), np.int64), np.zeros(0), None
        self._results, self._memory = [], None

    def written(self) -> list[Any]:
        """The tensors that a step writes to."""
        slots = self.recording.slots
        roles = self.program.slots
        return [slots[slot] for slot, _ in self.program.writes if roles[slot].role != "gradient"]

    def cleared(self) -> list[Any]:
        """The tensors whose gradients it leaves behind, or takes away; the engine keeps none."""
        slots = self.recording.slots
        roles = self.program.slots
        made = [slots[slot] for slot, _ in self.program.writes if roles[slot].role == "gradient"]
        return [*self.recording.cleared, *made]

    def _slots(self) -> list[tuple[Any, Any]]:
        """Tensors and slots of what is neither gradient nor data."""
        own = self.program.slots[: len(self.recording.slots)]
        return [pair for pair in zip(self.recording.slots, own, strict=True) if pair[1].role != "gradient"]

    def _make_room(self) -> None:
        program, steps = self.program, self.steps
        self.order = np.zeros((steps if self.shuffled else 0, self.rows), np.int64)
        self._results = []
        for index in program.outputs:
            value = program.values[index]
            self._results.append(np.empty((steps, int(np.prod(value.shape))), _dtype(value)))
        self.losses = self._results[0].reshape(-1) if self._results else np.zeros(0)
        self.outputs = None
        if len(self._results) > 1:
            value = program.values[program.outputs[1]]
            shape = [value.shape[i] for i in value.order]
            back = sorted(range(len(shape)), key=lambda i: value.order[i])
            self.outputs = self._results[1].reshape(steps, *shape).transpose(0, *(i + 1 for i in back))
        names = [program.values[i].name for i in program.controls]
        self.numbers = {name: np.zeros(steps if name in self.moving else 1) for name in names}

    def _place(self, buffer: Buffer) -> tuple[Array, int]:
        program, key = self.program, buffer.key
        if buffer.kind == "input":
            return (self.order.reshape(-1), 8 * self.rows) if self.shuffled else (self.data[key], 0)
        if buffer.kind == "control":
            name = program.values[program.controls[key]].name
            return self.numbers[name], 8 if name in self.moving else 0
        if buffer.kind == "output":
            result = self._results[key]
            return result.reshape(-1), result.shape[1] * result.itemsize
        count = len(self.recording.slots)
        if key >= count:
            return self.data[key - count], 0
        if program.slots[key].role == "gradient":
            raise Refused(say("train.engine_gradient", name=program.slots[key].names[0]))
        return slot_array(self.recording.slots[key], program.values[program.slots[key].value]), 0


def slot_array(tensor: Any, value: Value) -> Array:
    """The memory of a tensor that lives between steps, made writable if need be.

    Raises:
        Refused: for a tensor with gaps in its memory.
    """
    array = tensor._array
    if not isinstance(array, np.ndarray) or not array.flags.writeable:
        array = tensor._array = np.array(array)
    want = [step * array.itemsize for step in dense_strides(value)]
    if any(n > 1 and a != b for n, a, b in zip(array.shape, array.strides, want, strict=True)):
        raise Refused(say("train.engine_gaps", name=value.name))
    found: Array = array
    return found


def laid(value: Value) -> Array:
    """Memory for a value, in its own order."""
    order = value.order or tuple(range(len(value.shape)))
    made = np.zeros([value.shape[i] for i in order], _dtype(value))
    return made.transpose(sorted(range(len(order)), key=lambda i: order[i]))


def numbers_now(recording: Recording, numbers: dict[str, Array], but: tuple[str, ...] = ()) -> None:
    """Fill in the numbers of all controls as they are where they live."""
    for name, array in numbers.items():
        if name not in but:
            source = recording.sources.get(name)
            if source is None:
                array[0] = recording.controls[name]
            else:
                held, key, place = source
                array[0] = held[key] if place is None else held[key][place]


def _dtype(value: Value) -> str:
    return "float64" if value.dtype == WEAK else value.dtype


def _nbytes(value: Value) -> int:
    return int(np.prod(value.shape)) * np.dtype(_dtype(value)).itemsize
