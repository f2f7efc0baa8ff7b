"""Record one real step, as it runs, as a Program and the tensors it lives on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import CaptureError
from chainrule.ops.layout import array_order
from chainrule.ops.program import Program, Slot, Value
from chainrule.tape.mode import mode
from chainrule.tape.recorder import Recorder
from chainrule.tape.trace import recording
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor


@dataclass
class Recording:
    """A Program, and what it is read from and written to.

    Args:
        program: the step as plain data.
        slots: for each slot of the program the tensor it lives in; for a gradient, the tensor whose gradient it is.
        controls: for each control of the program its number when it was recorded.
        structure: how the results of the step are put together from the program's outputs.
    """

    program: Program
    slots: list[Tensor]
    controls: dict[str, float]
    structure: Any = None


def record(step: Callable[..., Any], *inputs: Tensor, names: Mapping[str, Any] | None = None) -> tuple[Any, Recording]:
    """Run a step once, for real, and keep what it did as a Program.

    Args:
        step: a function of tensors: forward pass, `backward()`, update, or any part of it.
        inputs: its arguments; they may differ at every replay, in numbers alone.
        names: names of parameters, buffers and modules, `{"0.weight": parameter, "0": module}`.

    Returns:
        tuple: what the step returned; the Recording.

    Raises:
        CaptureError: when the step looks at its own numbers, or writes to a view.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.program.capture import record
        >>> result, recording = record(lambda x: (x * 2.0).sum(), cr.tensor([1.0, 2.0]))
        >>> [entry.primitive for entry in recording.program.entries]
        ['multiply', 'sum']
    """
    if mode.recorder is not None:
        raise CaptureError("program.nested", "record")
    recorder = Recorder(concrete=True)
    recorder.names = {id(thing): name for name, thing in (names or {}).items()}
    given = []
    for i, x in enumerate(inputs):
        array = np.asarray(x._array)
        rows = 0 if array.ndim else None
        value = Value(array.shape, array.dtype.name, array_order(array), rows, name=f"x{i}")
        given.append(recorder.input(value, array))
    with recording(recorder, grad=mode.grad):
        result = step(*given)
    outputs: list[Tensor] = []
    structure = _packed(result, outputs, recorder)
    gradients = _gradients(recorder)
    program, _ = recorder.finish([*outputs, *(grad for _, _, grad in gradients)])
    program, owners = _with_gradients(program, len(outputs), gradients)
    slots = [recorder.bound[slot.value] for slot in _kept(recorder, program)] + owners
    controls = {recorder.values[i].name: number for i, number in recorder.numbers.items()}
    for parameter, _, grad in gradients:
        parameter.grad = wrap(grad._array)
    plain = [wrap(output._array) for output in outputs]
    return unpacked(structure, plain), Recording(program, slots, controls, structure=structure)


def module_names(model: Any) -> dict[str, Any]:
    """The names that a recording gives to the modules, parameters and buffers of a model."""
    named: dict[str, Any] = {name: module for name, module in model.named_modules() if name}
    named.update(model.named_parameters())
    named.update(model.named_buffers())
    return named


def _packed(result: Any, outputs: list[Tensor], recorder: Recorder) -> Any:
    if isinstance(result, Tensor):
        outputs.append(result)
        return ("tensor", len(outputs) - 1)
    if isinstance(result, (list, tuple)):
        return (type(result), [_packed(part, outputs, recorder) for part in result])
    if isinstance(result, dict):
        return (dict, {name: _packed(part, outputs, recorder) for name, part in result.items()})
    return ("plain", result)


def unpacked(structure: Any, outputs: list[Any]) -> Any:
    """The results of a step, put together again from the outputs of its Program."""
    kind, parts = structure
    if kind == "tensor":
        return outputs[parts]
    if kind == "plain":
        return parts
    if kind is dict:
        return {name: unpacked(part, outputs) for name, part in parts.items()}
    rebuilt = [unpacked(part, outputs) for part in parts]
    return kind(*rebuilt) if hasattr(kind, "_fields") else kind(rebuilt)


def _gradients(recorder: Recorder) -> list[tuple[Tensor, str, Tensor]]:
    """The gradients that the step left behind: (owner, name, gradient)."""
    found = []
    for slot in recorder.slots:
        tensor = recorder.bound[slot.value]
        if tensor.grad is not None and tensor.grad._recorder is recorder:
            found.append((tensor, f"{slot.names[0]}.grad", tensor.grad))
    return found


def _kept(recorder: Recorder, program: Program) -> Iterable[Slot]:
    """The slots of the recording that the program has kept, in its order."""
    names = [slot.names for slot in program.slots if slot.role != "gradient"]
    by_name = {slot.names: slot for slot in recorder.slots}
    return [by_name[name] for name in names]


def _with_gradients(
    program: Program, count: int, gradients: list[tuple[Tensor, str, Tensor]]
) -> tuple[Program, list[Tensor]]:
    """Gradients become slots that the step writes, not results that it gives."""
    values, slots, writes = list(program.values), list(program.slots), list(program.writes)
    for (_, name, _), index in zip(gradients, program.outputs[count:], strict=True):
        values.append(program.values[index]._replace(origin="slot", name=name, grad_of=None))
        slots.append(Slot((name,), len(values) - 1, "gradient"))
        writes.append((len(slots) - 1, index))
    changed = program._replace(
        values=tuple(values), slots=tuple(slots), writes=tuple(writes), outputs=program.outputs[:count]
    )
    return changed, [owner for owner, _, _ in gradients]
