"""A recorded step, compiled: called like a replay, run by the engine."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from chainrule.errors import CaptureError
from chainrule.ops.layout import dense_strides
from chainrule.ops.program import WEAK, Value
from chainrule.program.capture import Recording, unpacked
from chainrule.program.loops.bind import Array, Memory, code_of
from chainrule.program.loops.plan import Plan, planned
from chainrule.program.loops.ranges import Ranges
from chainrule.program.loops.runtime import Schedule
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import Buffer
from chainrule.tape.tracked import wrap
from chainrule.tensors.creation import as_tensor

__all__ = ["CompiledStep", "Unsupported"]


class CompiledStep:
    """A recorded step as a function of its inputs, run as fused loops.

    Args:
        recording: from `record`.

    Attributes:
        kernels: how many texts were compiled.
        nbytes: of the memory for what lives within a step.
        seconds: that lowering and compiling took.

    Raises:
        Unsupported: when the engine has no loops for something in the Program.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.program.capture import record
        >>> _, recording = record(lambda x: (x * x).sum(), cr.tensor([1.0, 2.0]))
        >>> CompiledStep(recording)(cr.tensor([3.0, 4.0]))
        tensor(25.)
    """

    def __init__(self, recording: Recording) -> None:
        began = perf_counter()
        self.recording = recording
        self.program = recording.program
        self.plan: Plan = planned(recording.program)
        self._slots: list[Array | None] = []
        program = self.program
        self._inputs = [_empty(program.values[i]) for i in program.inputs]
        self._controls = np.zeros(max(len(program.controls), 1))
        self._outputs = [_empty(program.values[i]) for i in program.outputs]
        self._gradients = {
            k: _empty(program.values[slot.value]) for k, slot in enumerate(program.slots) if slot.role == "gradient"
        }
        read = {arg for entry in program.entries for arg in entry.args}
        self._accumulated = [k for k in self._gradients if program.slots[k].value in read]
        self._ranges = Ranges(program, self._inputs)
        self._bind()
        self.kernels = len(self.plan.kernels)
        self.nbytes = self.plan.nbytes
        self.seconds = perf_counter() - began

    def _bind(self) -> None:
        """Find out where everything lies now."""
        slots, program = self.recording.slots, self.program
        self._slots = [
            None if slot.role == "gradient" else _writable(tensor)
            for slot, tensor in zip(program.slots, slots, strict=True)
        ]
        external: dict[Buffer, tuple[Array, int]] = {}
        for buffer in self.plan.external:
            if buffer.kind == "input":
                external[buffer] = self._inputs[buffer.key], 0
            elif buffer.kind == "control":
                external[buffer] = self._controls[buffer.key : buffer.key + 1], 0
            elif buffer.kind == "output":
                external[buffer] = self._outputs[buffer.key], 0
            elif buffer.kind == "gradient":
                external[buffer] = self._gradients[buffer.key], 0
            else:
                array = self._slots[buffer.key]
                assert array is not None
                _must_be_dense(array, program.values[program.slots[buffer.key].value])
                external[buffer] = array, 0
        self.memory = Memory(self.plan, external)
        self.code = code_of(self.plan, self.memory)
        self._schedule = Schedule([(self.code, 0, 1)])

    def __call__(self, *inputs: Any, **controls: float) -> Any:
        """The step on other numbers; a control by name takes another value than when it was recorded.

        Raises:
            RangeError: a label or token of the inputs points outside; nothing has changed then.
        """
        recording, program = self.recording, self.program
        arrays = [as_tensor(x)._array for x in inputs]
        self._check(arrays)
        for own, array in zip(self._inputs, arrays, strict=True):
            np.copyto(own, array)
        self._ranges.check()
        for k in self._accumulated:
            np.copyto(self._gradients[k], recording.slots[k].grad._array)  # type: ignore[union-attr]  # it was there
        if program.controls:
            numbers = {**recording.controls, **controls} if controls else recording.controls
            self._controls[:] = [numbers[program.values[i].name] for i in program.controls]
        for slot, tensor, bound in zip(program.slots, recording.slots, self._slots, strict=True):
            if bound is not None and tensor._array is not bound:
                self._bind()
                break
            del slot
        self._schedule.run()
        for slot_index, _ in program.writes:
            tensor = recording.slots[slot_index]
            if slot_index in self._gradients:
                tensor.grad = wrap(np.array(self._gradients[slot_index]))
            else:
                tensor.stamp()
        return unpacked(recording.structure, [wrap(np.array(array)) for array in self._outputs])

    def _check(self, arrays: list[Any]) -> None:
        program = self.program
        if len(arrays) != len(program.inputs):
            raise CaptureError("program.count", "replay", got=len(arrays), want=len(program.inputs))
        for index, array in zip(program.inputs, arrays, strict=True):
            value = program.values[index]
            if array.shape != value.shape or array.dtype.name != value.dtype:
                got, want = f"{array.dtype}{list(array.shape)}", f"{value.dtype}{list(value.shape)}"
                raise CaptureError("program.input", f"replay, argument {value.name}", got=got, want=want)

    def source(self) -> str:
        """The text that runs: every kernel, with the layers it serves."""
        return "\n\n".join(f"# {emitted.label}\n{emitted.kernel.text}" for emitted in self.plan.kernels)


def _empty(value: Value) -> Array:
    """Memory for a value, in its own order."""
    dtype = "float64" if value.dtype == WEAK else value.dtype
    order = value.order or tuple(range(len(value.shape)))
    made = np.zeros([value.shape[i] for i in order], dtype)
    return made.transpose(sorted(range(len(order)), key=lambda i: order[i]))


def _writable(tensor: Any) -> Array:
    if not isinstance(tensor._array, np.ndarray) or not tensor._array.flags.writeable:
        tensor._array = np.array(tensor._array)
    array: Array = tensor._array
    return array


def _must_be_dense(array: Array, value: Value) -> None:
    want = [step * array.itemsize for step in dense_strides(value)]
    if any(n > 1 and a != b for n, a, b in zip(array.shape, array.strides, want, strict=True)):
        raise Unsupported("a tensor with gaps in its memory lives between steps")


