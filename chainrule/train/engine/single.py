"""A recorded step that runs once a call, on copies of what it is given: for batches that Python makes or looks at."""

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np

from chainrule.program.capture import Recording
from chainrule.program.loops.bind import Memory
from chainrule.program.loops.runtime import Schedule
from chainrule.program.loops.views import Buffer
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor
from chainrule.train.engine.placed import compiled, laid, numbers_now, plan_of, slot_array

Array = np.ndarray[Any, Any]


class Single:
    """A recorded step, ready to be called.

    Args:
        recording: of the step.
        gradients: whether the gradients that it leaves behind are wanted.

    Attributes:
        kernels: how many texts.
        seconds: that planning and compiling took.

    Raises:
        Refused: when the engine has no loops for something in the step.
    """

    def __init__(self, recording: Recording, gradients: bool) -> None:
        begun = perf_counter()
        self.recording, program = recording, recording.program
        self.plan = plan_of(program, gradients)
        self._inputs = [laid(program.values[i]) for i in program.inputs]
        self._outputs = [laid(program.values[i]) for i in program.outputs]
        self._numbers = {program.values[i].name: np.zeros(1) for i in program.controls}
        used = {buffer.key for buffer in self.plan.external if buffer.kind == "gradient"}
        self._gradients = {k: laid(program.values[program.slots[k].value]) for k in sorted(used)}
        made = {slot for slot, _ in program.writes}
        self._read = [k for k in self._gradients if k not in made]
        self._made = [k for k in self._gradients if k in made]
        self._bound: list[Array] = []
        self._bind()
        self.kernels = len(self.plan.kernels)
        self.seconds = perf_counter() - begun

    def _arrays(self) -> list[Array]:
        program = self.recording.program
        pairs = zip(self.recording.slots, program.slots, strict=True)
        return [slot_array(tensor, program.values[slot.value]) for tensor, slot in pairs if slot.role != "gradient"]

    def _bind(self) -> None:
        self._bound = self._arrays()
        memory = Memory(self.plan, {buffer: (self._place(buffer), 0) for buffer in self.plan.external})
        self._memory = memory
        self._schedule = Schedule([(compiled(self.plan, memory), 0, 1)])
        slots, program = self.recording.slots, self.recording.program
        self._written = [slots[k] for k, _ in program.writes if program.slots[k].role != "gradient"]

    def _place(self, buffer: Buffer) -> Array:
        program, key = self.recording.program, buffer.key
        if buffer.kind == "input":
            return self._inputs[key]
        if buffer.kind == "control":
            return self._numbers[program.values[program.controls[key]].name]
        if buffer.kind == "output":
            return self._outputs[key]
        if buffer.kind == "gradient":
            return self._gradients[key]
        return slot_array(self.recording.slots[key], program.values[program.slots[key].value])

    def __call__(self, tensors: Sequence[Tensor] = ()) -> list[Array]:
        """Run the step; its results, which the caller may keep.

        Args:
            tensors: as when it was recorded, with other numbers.
        """
        recording = self.recording
        for own, tensor in zip(self._inputs, tensors, strict=True):
            np.copyto(own, tensor._array)
        numbers_now(recording, self._numbers)
        if any(a is not b for a, b in zip(self._arrays(), self._bound, strict=True)):
            self._bind()
        for k in self._read:
            np.copyto(self._gradients[k], recording.slots[k].grad._array)  # type: ignore[union-attr]  # it was checked
        self._schedule.run()
        for tensor in self._written:
            tensor.stamp()
        for tensor in recording.cleared:
            tensor.grad = None
        for k in self._made:
            recording.slots[k].grad = wrap(self._gradients[k].copy(order="K"))
        return [array.copy(order="K") for array in self._outputs]
