"""Record one real step, as it runs, as a Program and the tensors it lives on."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.errors import CaptureError
from chainrule.ops.layout import array_order
from chainrule.ops.program import Program, Slot, Value
from chainrule.program.history import Back, History, attach, enter, record_backward, split
from chainrule.tape.mode import mode
from chainrule.tape.recorder import Recorder, Source
from chainrule.tape.trace import recording
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor

LONGEST = 50_000
"""A step of more entries is not worth its Program: recurrence written as a Python loop."""


@dataclass
class Recording:
    """A Program, and what it is read from and written to.

    Args:
        program: the step as plain data.
        slots: for each slot of the program the tensor it lives in; for a gradient, the tensor whose gradient it is.
        controls: for each control of the program its number when it was recorded.
        structure: how the results of the step are put together from the program's outputs.
        sources: for controls that are read from somewhere: the dict, the key, and the place in a tuple there.
        before: for slots that the step writes, by number: what they held when it was recorded.
        cleared: tensors whose gradient the step takes away.
        history: how gradients come back through the call; None where no result has a history.
        lasting: numbers of the slots whose tensors were made by the step and kept: the state of an optimizer.
        refused: why the step cannot be replayed; None when it can.
    """

    program: Program
    slots: list[Tensor]
    controls: dict[str, float]
    structure: Any = None
    sources: dict[str, Source] = field(default_factory=dict)
    before: dict[int, np.ndarray[Any, Any]] = field(default_factory=dict)
    cleared: list[Tensor] = field(default_factory=list)
    history: History | None = None
    lasting: frozenset[int] = frozenset()
    refused: CaptureError | None = None

    def results(self, outputs: Sequence[Tensor], inputs: Sequence[Tensor], controls: dict[str, float]) -> Any:
        """What the step returns, from the outputs of its Program."""
        if self.history is not None:
            outputs = self.history.leave(outputs, inputs, controls)
        return unpacked(self.structure, list(outputs))


def record(
    step: Callable[..., Any], *inputs: Tensor, names: Mapping[str, Any] | None = None,
    labels: Sequence[str] | None = None, lenient: bool = False, history: bool = False,
) -> tuple[Any, Recording]:
    """Run a step once, for real, and keep what it did as a Program. A step that fails leaves no trace in its tensors.

    Args:
        step: a function of tensors: forward pass, `backward()`, update, or any part of it.
        inputs: its arguments; they may differ at every replay, in numbers alone.
        names: names of parameters, buffers and modules, `{"0.weight": parameter, "0": module}`.
        labels: names of the inputs; default x0, x1, ...
        lenient: let a step that cannot be replayed go on to its end; the recording says why it is refused.
        history: results that `backward()` could be called on stay so; else they are plain numbers.

    Returns:
        tuple: what the step returned; the Recording.

    Raises:
        CaptureError: when the step looks at its own numbers, or writes to a view, and not `lenient`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.program.capture import record
        >>> result, recording = record(lambda x: (x * 2.0).sum(), cr.tensor([1.0, 2.0]))
        >>> [entry.primitive for entry in recording.program.entries]
        ['multiply', 'sum']
    """
    if mode.recorder is not None:
        raise CaptureError("program.nested", "record")
    recorder = Recorder(concrete=True, lenient=lenient, longest=LONGEST)
    recorder.names = {id(thing): name for name, thing in (names or {}).items()}
    held = {id(thing): thing for thing in (names or {}).values() if isinstance(thing, Tensor)}
    gradients = [(tensor, tensor.grad) for tensor in held.values() if tensor.grad is not None]
    recorder.gradients = {grad.shared_storage(): (tensor, grad._array) for tensor, grad in gradients}
    recorder.keeps = history
    given = []
    for i, x in enumerate(inputs):
        array = np.asarray(x._array)
        rows = 0 if array.ndim else None
        label = f"x{i}" if labels is None else labels[i]
        value = Value(array.shape, array.dtype.name, array_order(array), rows, name=label)
        given.append(enter(recorder, x, value, array) if history else recorder.input(value, array))
    outputs: list[Tensor] = []
    back = None
    try:
        with recording(recorder, grad=mode.grad):
            result = step(*given)
            structure = _packed(result, outputs)
            for output in outputs:
                recorder.read(output)
            _let_go(recorder, inputs, given)
            if history and recorder.refused is None:
                back = record_backward(recorder, outputs, given)
    except BaseException:
        _restore(recorder, held.values(), gradients)
        raise
    if recorder.refused is not None:
        for x, inside in zip(inputs, given, strict=True):
            if inside.requires_grad and inside._node is None:
                attach(inside, x)
        return result, Recording(Program((), ()), [], {}, refused=recorder.refused)
    return _finished(recorder, outputs, structure, gradients, inputs, back)


def _let_go(recorder: Recorder, inputs: Sequence[Tensor], given: Sequence[Tensor]) -> None:
    """Arguments get the gradients that the step has computed for them."""
    for x, inside in zip(inputs, given, strict=True):
        if inside.grad is not x.grad and inside._node is None and inside.requires_grad:
            x.grad = None if inside.grad is None else wrap(inside.grad._array)
            recorder.give_up("program.gradient_argument", "backward")


def _finished(
    recorder: Recorder, outputs: list[Tensor], structure: Any, old: Sequence[tuple[Tensor, Any]],
    inputs: Sequence[Tensor], back: Back | None,
) -> tuple[Any, Recording]:
    gradients = _gradients(recorder)
    ends = [*outputs, *(back.slopes if back is not None else ())]
    program, new = recorder.finish([*ends, *(grad for _, _, grad in gradients)])
    kept = _kept(recorder, program)
    slots = [recorder.gradient_slots.get(number, recorder.bound[recorder.slots[number].value]) for number in kept]
    cleared = [tensor for tensor, _ in old if tensor.grad is None]
    program, slots = _with_gradients(program, slots, len(ends), gradients, cleared)
    before = {}
    for place, number in enumerate(kept):
        tensor = recorder.bound[recorder.slots[number].value]
        if tensor._storage in recorder.before:
            before[place] = recorder.before[tensor._storage][1]
    controls = {recorder.values[i].name: number for i, number in recorder.numbers.items()}
    sources = {recorder.values[i].name: source for i, source in recorder.sources.items()}
    for parameter, _, grad in gradients:
        parameter.grad = wrap(grad._array)
    plain = [wrap(output._array) for output in outputs]
    made = Recording(program, slots, controls, structure, sources, before, cleared)
    if back is not None:
        made.program, made.history, handed = split(program, slots, len(outputs), back, len(inputs))
        old_of = {index: number for number, index in new.items()}
        plain += [wrap(recorder.arrays[old_of[value]]) for value in handed]
    return made.results(plain, inputs, controls), made


def _restore(recorder: Recorder, tensors: Iterable[Tensor], gradients: Sequence[tuple[Tensor, Any]]) -> None:
    """Put back what a step wrote before it failed."""
    for tensor, array in recorder.before.values():
        tensor._store(array)
    for tensor in (*tensors, *recorder.bound.values()):
        if tensor.grad is not None and tensor.grad._recorder is recorder:
            tensor.grad = None
    for tensor, grad in gradients:
        tensor.grad = grad


def module_names(model: Any) -> dict[str, Any]:
    """The names that a recording gives to the modules, parameters and buffers of a model."""
    named: dict[str, Any] = {name: module for name, module in model.named_modules() if name}
    named.update(model.named_parameters())
    named.update(model.named_buffers())
    return named


def _packed(result: Any, outputs: list[Tensor]) -> Any:
    if isinstance(result, Tensor):
        outputs.append(result)
        return ("tensor", len(outputs) - 1)
    kind = type(result)
    if kind in (list, tuple) or (isinstance(result, tuple) and hasattr(kind, "_fields")):
        return (kind, [_packed(part, outputs) for part in result])
    if kind in (dict, OrderedDict):
        return (kind, {name: _packed(part, outputs) for name, part in result.items()})
    return ("plain", result)


def flat(count: int) -> Any:
    """The structure of results that are simply a list of tensors."""
    return (list, [("tensor", place) for place in range(count)])


def unpacked(structure: Any, outputs: list[Any]) -> Any:
    """The results of a step, put together again from the outputs of its Program."""
    kind, parts = structure
    if kind == "tensor":
        return outputs[parts]
    if kind == "plain":
        return parts
    if kind in (dict, OrderedDict):
        return kind((name, unpacked(part, outputs)) for name, part in parts.items())
    rebuilt = [unpacked(part, outputs) for part in parts]
    return kind(*rebuilt) if hasattr(kind, "_fields") else kind(rebuilt)


def _gradients(recorder: Recorder) -> list[tuple[Tensor, str, Tensor]]:
    """The gradients that the step left behind: (owner, name, gradient)."""
    found = []
    for number, slot in enumerate(recorder.slots):
        tensor = recorder.bound[slot.value]
        if number not in recorder.gradient_slots and tensor.grad is not None and tensor.grad._recorder is recorder:
            found.append((tensor, f"{slot.names[0]}.grad", tensor.grad))
    return found


def _kept(recorder: Recorder, program: Program) -> list[int]:
    """The slots of the recording, by number, that the program has kept, in its order."""
    by_name = {slot.names: number for number, slot in enumerate(recorder.slots)}
    return [by_name[slot.names] for slot in program.slots]


def _with_gradients(
    program: Program, tensors: list[Tensor], count: int, gradients: list[tuple[Tensor, str, Tensor]],
    cleared: list[Tensor],
) -> tuple[Program, list[Tensor]]:
    """Gradients become slots that the step writes, not results that it gives."""
    values, slots = list(program.values), list(program.slots)
    place = {id(tensors[i]): i for i, slot in enumerate(slots) if slot.role == "gradient"}
    replaced = {place[id(owner)] for owner in (*cleared, *(row[0] for row in gradients)) if id(owner) in place}
    writes = [write for write in program.writes if write[0] not in replaced]
    owners = list(tensors)
    for (owner, name, _), index in zip(gradients, program.outputs[count:], strict=True):
        if id(owner) not in place:
            values.append(program.values[index]._replace(origin="slot", name=name, grad_of=None))
            slots.append(Slot((name,), len(values) - 1, "gradient"))
            owners.append(owner)
            place[id(owner)] = len(slots) - 1
        writes.append((place[id(owner)], index))
    changed = program._replace(
        values=tuple(values), slots=tuple(slots), writes=tuple(writes), outputs=program.outputs[:count]
    )
    return changed, owners
