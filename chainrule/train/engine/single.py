"""A recorded step that runs once a call, on copies of what it is given: for batches that Python makes or looks at."""

from collections.abc import Mapping, Sequence
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
        inputs: memory that a call copies its tensors to.
        outputs: memory that a run writes its results to.
        schedule: what is run.
        bound: the tensors that live between calls, each with the array that it had.
        kernels: how many texts.
        seconds: that planning and compiling took.

    Raises:
        Refused: when the engine has no loops for something in the step.
    """

    def __init__(self, recording: Recording, gradients: bool) -> None:
        begun = perf_counter()
        self.recording, program = recording, recording.program
        self.plan = plan_of(program, gradients)
        self.inputs = [laid(program.values[i]) for i in program.inputs]
        self.outputs = [laid(program.values[i]) for i in program.outputs]
        self._numbers = {program.values[i].name: np.zeros(1) for i in program.controls}
        used = {buffer.key for buffer in self.plan.external if buffer.kind == "gradient"}
        self._gradients = {k: laid(program.values[program.slots[k].value]) for k in sorted(used)}
        made = {slot for slot, _ in program.writes}
        self._read = [k for k in self._gradients if k not in made]
        self._made = [k for k in self._gradients if k in made]
        self._bind()
        self.kernels = len(self.plan.kernels)
        self.seconds = perf_counter() - begun

    def _bind(self) -> None:
        slots, program = self.recording.slots, self.recording.program
        places = {}
        for k, (tensor, slot) in enumerate(zip(slots, program.slots, strict=True)):
            if slot.role != "gradient":
                places[k] = slot_array(tensor, program.values[slot.value])
        self.bound = [(slots[k], array) for k, array in places.items()]
        self._memory, self.schedule = self._scheduled(places)
        self._written = [slots[k] for k, _ in program.writes if program.slots[k].role != "gradient"]

    def _scheduled(self, places: dict[int, Array]) -> tuple[Memory, Schedule]:
        """The step on these arrays, by number of the slot."""
        memory = Memory(self.plan, {buffer: (self._place(buffer, places), 0) for buffer in self.plan.external})
        return memory, Schedule([(compiled(self.plan, memory), 0, 1)])

    def elsewhere(self, numbers: Mapping[int, Array], inputs: Sequence[Array]) -> list[Array]:
        """What it would give with other numbers in the tensors that live between calls.

        Args:
            numbers: by the id of the tensor.
            inputs: as in a call.
        """
        slots, program = self.recording.slots, self.recording.program
        places = {}
        for k, slot in enumerate(program.slots):
            places[k] = laid(program.values[slot.value])
            np.copyto(places[k], numbers[id(slots[k])])
        for own, given in zip(self.inputs, inputs, strict=True):
            np.copyto(own, given)
        _, schedule = self._scheduled(places)
        schedule.run()
        return [array.copy(order="K") for array in self.outputs]

    def _place(self, buffer: Buffer, places: Mapping[int, Array]) -> Array:
        program, key = self.recording.program, buffer.key
        if buffer.kind == "input":
            return self.inputs[key]
        if buffer.kind == "control":
            return self._numbers[program.values[program.controls[key]].name]
        if buffer.kind == "output":
            return self.outputs[key]
        if buffer.kind == "gradient":
            return self._gradients[key]
        return places[key]

    def __call__(self, tensors: Sequence[Tensor] = ()) -> list[Array]:
        """Run the step; its results, which the caller may keep.

        Args:
            tensors: as when it was recorded, with other numbers.
        """
        recording = self.recording
        for own, tensor in zip(self.inputs, tensors, strict=True):
            np.copyto(own, tensor._array)
        numbers_now(recording, self._numbers)
        if any(tensor._array is not array for tensor, array in self.bound):
            self._bind()
        for k in self._read:
            np.copyto(self._gradients[k], recording.slots[k].grad._array)  # type: ignore[union-attr]  # it was checked
        self.schedule.run()
        for tensor in self._written:
            tensor.stamp()
        for tensor in recording.cleared:
            tensor.grad = None
        for k in self._made:
            recording.slots[k].grad = wrap(self._gradients[k].copy(order="K"))
        return [array.copy(order="K") for array in self.outputs]
