"""Run a recorded step again: its NumPy text, on the tensors it lives on."""

from typing import Any

import numpy as np

from chainrule.errors import CaptureError
from chainrule.ops.program import PRIMITIVES
from chainrule.ops.text import compile_program, preambles, source
from chainrule.program.capture import Recording, unpacked
from chainrule.program.freed_memory import keep_freed_memory
from chainrule.tape.tracked import Tracked, wrap
from chainrule.tensors.creation import as_tensor


class Replay:
    """A recorded step as a function of its inputs: same text, same bits as the eager step.

    Args:
        recording: from `record`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.program.capture import record
        >>> from chainrule.program.replay import Replay
        >>> _, recording = record(lambda x: (x * x).sum(), cr.tensor([1.0, 2.0]))
        >>> Replay(recording)(cr.tensor([3.0, 4.0]))
        tensor(25.)
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        program = self.program = recording.program
        self._run = compile_program(program)
        self._copied = _aliases(program)
        keep_freed_memory()

    def __call__(self, *inputs: Any, **controls: float) -> Any:
        """The step on other numbers; a control by name takes another value than when it was recorded."""
        recording, program = self.recording, self.program
        numbers = {**recording.controls, **controls}
        arrays = [x._array if isinstance(x, Tracked) else as_tensor(x)._array for x in inputs]
        self._check(arrays)
        arrays += [numbers[program.values[i].name] for i in program.controls]
        for slot, tensor in zip(program.slots, recording.slots, strict=True):
            held = tensor.grad if slot.role == "gradient" else tensor
            arrays.append(None if held is None else held._array)
        results = list(self._run(*arrays))
        for place in self._copied:
            results[place] = np.array(results[place])
        count = len(program.outputs)
        for (slot_index, _), array in zip(program.writes, results[count:], strict=True):
            tensor = recording.slots[slot_index]
            if program.slots[slot_index].role == "gradient":
                tensor.grad = wrap(array)
            else:
                tensor._store(array)
        return unpacked(recording.structure, [wrap(array) for array in results[:count]])

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
        """The text that runs."""
        head = "# One recorded step in NumPy: a line for each operation, in the order in which they run."
        return head + "\nimport numpy as np\n\n\n" + preambles(self.program) + "\n\n" + source(self.program)


def _aliases(program: Any) -> list[int]:
    """The results that share memory with a slot or an input: to be copied before anything is written."""
    shared = {slot.value for slot in program.slots} | set(program.inputs)
    for entry in program.entries:
        if PRIMITIVES[entry.primitive].views and entry.args[0] in shared:
            shared.update(entry.outs)
    results = (*program.outputs, *(value for _, value in program.writes))
    return [place for place, value in enumerate(results) if value in shared]
