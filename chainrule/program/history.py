"""Gradients through a compiled call: its backward pass is a Program of its own, of what the forward pass saved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import GradientError
from chainrule.ops.layout import array_order
from chainrule.ops.program import WEAK, Program, Value
from chainrule.tape.backward import gradients
from chainrule.tape.mode import mode
from chainrule.tape.recorder import Recorder
from chainrule.tape.tracked import Tracked
from chainrule.tensors.custom import Function
from chainrule.tensors.tensor import Tensor


class Entering(Function):
    """An argument that wants a gradient, as it enters a recording: the same numbers, and a place to stop at."""

    @staticmethod
    def forward(context: Any, x: Any) -> Any:
        """The argument."""
        return x.detach()

    @staticmethod
    def backward(context: Any, d: Any) -> Any:
        """Its gradient."""
        return d


class Leaving(Function):
    """The results of a replayed call that have a history; their gradients come from the backward Program."""

    @staticmethod
    def forward(context: Any, history: "History", results: Any, saved: Any, controls: Any, *leaves: Any) -> Any:
        """The results, as they are."""
        context.history, context.controls = history, controls
        context.save_for_backward(*saved)
        return tuple(results)

    @staticmethod
    def backward(context: Any, *ds: Any) -> Any:
        """The gradients of the leaves."""
        if mode.grad:
            raise GradientError("program.second_order", "backward")
        program, run = context.history.backward, context.history.run
        names = [program.values[i].name for i in program.controls]
        slopes = run(*context.saved_tensors, *ds, **{name: context.controls[name] for name in names})
        return (None, None, None, None, *slopes)


@dataclass(eq=False)
class History:
    """Where gradients go from the results of a call.

    Args:
        alive: which results have a history, by place.
        leaves: the tensors that want a gradient; a number stands for an argument.
        saved: what the backward pass needs: ("output", place), ("input", number) or ("slot", tensor).
        backward: the Program from what is saved and the gradients of the results to those of the leaves.
        count: how many outputs of the forward Program are results; the others are saved.
        run: what replays the backward Program.
    """

    alive: tuple[int, ...]
    leaves: list[Any]
    saved: list[tuple[str, Any]]
    backward: Program
    count: int
    run: Any = None

    def leave(self, outputs: Sequence[Any], inputs: Sequence[Any], controls: dict[str, float]) -> list[Any]:
        """The results of a call, on the graph of its arguments and parameters."""
        saved = [
            outputs[where] if kind == "output" else (inputs[where] if kind == "input" else where).detach()
            for kind, where in self.saved
        ]
        leaves = [inputs[leaf] if isinstance(leaf, int) else leaf for leaf in self.leaves]
        results = list(outputs[: self.count])
        made = Leaving.apply(self, [results[place] for place in self.alive], saved, controls, *leaves)
        for place, tensor in zip(self.alive, made, strict=True):
            results[place] = tensor
        return results


@dataclass(eq=False)
class Back:
    """The backward pass of a recording, while it is being recorded."""

    alive: tuple[int, ...]
    leaves: list[Any]
    ds: list[Tensor]
    slopes: list[Tensor]


def enter(recorder: Recorder, x: Any, value: Value, array: Any) -> Tensor:
    """An input of a recording; one that wants a gradient stays on the graph."""
    given = recorder.input(value, array)
    if x.requires_grad:
        given.requires_grad, given.grad = True, x.grad
        if x._node is not None:
            attach(given, x)
    return given


def attach(given: Tensor, x: Any) -> None:
    """Let gradients that reach an input go on to the argument behind it."""
    if x.requires_grad and mode.grad:
        entering = Entering.apply(x)
        given._node, given._out = entering._node, entering._out


def alive(output: Tensor) -> bool:
    """Whether `backward()` could still be called on a result."""
    return output.requires_grad and (output._node is None or output._node.inputs is not None)


def record_backward(recorder: Recorder, outputs: Sequence[Tensor], given: Sequence[Tensor]) -> Back | None:
    """Record, inside the recording, how gradients come back from the results; None where none of them has a history."""
    places = tuple(i for i, output in enumerate(outputs) if alive(output))
    if not places or not mode.grad:
        return None
    of = {x._node if x._node is not None else x: i for i, x in enumerate(given) if x.requires_grad}
    leaves = list(_leaves([outputs[i] for i in places], of))
    targets = [given[leaf] if isinstance(leaf, int) else leaf for leaf in leaves]
    ds = []
    for i in places:
        array = np.ones_like(outputs[i]._array)
        ds.append(recorder.input(Value(array.shape, array.dtype.name, array_order(array), name=f"d{i}"), array))
    if any(target._node is None and target._hooks for target in targets):
        recorder.give_up("program.hooked", "backward")
        return None
    found = gradients([outputs[i] for i in places], ds, targets, create_graph=False, retain_graph=True)
    slopes = {id(target): slope for target, slope in found}
    reached = [(leaf, slopes[id(target)]) for leaf, target in zip(leaves, targets, strict=True) if id(target) in slopes]
    return Back(places, [leaf for leaf, _ in reached], ds, [slope for _, slope in reached])


def _leaves(outputs: Iterable[Any], arguments: dict[Any, int]) -> Iterable[Any]:
    """The parameters and arguments that results depend on; arguments by number."""
    seen: set[int] = set()
    stack = list(outputs)
    while stack:
        tensor = stack.pop()
        if not isinstance(tensor, Tracked) or not tensor.requires_grad:
            continue
        key: Any = tensor._node if tensor._node is not None else tensor
        if id(key) in seen:
            continue
        seen.add(id(key))
        if key in arguments:
            yield arguments[key]
        elif key is tensor:
            yield tensor
        else:
            stack += key.inputs or ()


def split(
    program: Program, slots: Sequence[Any], results: int, back: Back, inputs: int
) -> tuple[Program, History, list[int]]:
    """A Program of both passes as two, what they hand over, and the values that are handed over as outputs.

    Args:
        program: its inputs are those of the step, then the gradients of the results; its outputs the results, then the
            gradients of the leaves.
        slots: the tensors behind its slots.
        results: how many of its outputs are results.
        back: what was recorded.
        inputs: how many of its inputs are those of the step.
    """
    late = set(program.inputs[inputs:])
    first, second = [], []
    for number, entry in enumerate(program.entries):
        if late.intersection(entry.args):
            late.update(entry.outs)
            second.append(number)
        else:
            first.append(number)
    second = _with_numbers(program, second)
    wanted = [arg for number in second for arg in program.entries[number].args] + list(program.outputs[results:])
    late.update(out for number in second for out in program.entries[number].outs)
    written = {program.slots[slot].value for slot, _ in program.writes}
    place = {value: i for i, value in enumerate(program.inputs)}
    tensor_of = {slot.value: tensor for slot, tensor in zip(program.slots, slots, strict=True)}
    saved: dict[int, tuple[str, Any]] = {}
    handed: list[int] = []
    for value in wanted:
        weak = program.values[value].dtype == WEAK and program.values[value].origin in ("constant", "control")
        if value in late or value in saved or weak:
            continue
        if value in place:
            saved[value] = ("input", place[value])
        elif value in tensor_of and value not in written:
            saved[value] = ("slot", tensor_of[value])
        else:
            saved[value] = ("output", results + len(handed))
            handed.append(value)
    forward = _part(
        program, first, program.inputs[:inputs], (*program.outputs[:results], *handed), program.slots, program.writes
    )
    backward = _part(
        program, second, (*saved, *program.inputs[inputs:]), program.outputs[results:], (), (), keep_controls=False
    )
    return forward, History(back.alive, back.leaves, list(saved.values()), backward, results), handed


def _with_numbers(program: Program, numbers: list[int]) -> list[int]:
    """With the entries that make Python numbers for these: such as 1 - p, which nobody saves."""
    maker = {out: number for number, entry in enumerate(program.entries) for out in entry.outs}
    found = set(numbers)
    stack = list(numbers)
    while stack:
        for arg in program.entries[stack.pop()].args:
            if program.values[arg].dtype == WEAK and arg in maker and maker[arg] not in found:
                found.add(maker[arg])
                stack.append(maker[arg])
    return sorted(found)


def _part(
    program: Program, numbers: Sequence[int], inputs: Sequence[int], outputs: Sequence[int], slots: Any, writes: Any,
    keep_controls: bool = True,
) -> Program:
    """Some entries of a Program as one of their own."""
    entries = [program.entries[number] for number in numbers]
    used = {*inputs, *outputs, *(slot.value for slot in slots), *(value for _, value in writes)}
    for entry in entries:
        used.update(entry.args, entry.outs)
    controls = [i for i in program.controls if keep_controls or i in used]
    used.update(controls)
    new = {old: i for i, old in enumerate(sorted(used))}
    at = {old: i for i, old in enumerate(numbers)}
    given = set(inputs)
    values = [program.values[old]._replace(origin="input") if old in given else program.values[old] for old in new]
    return program._replace(
        values=tuple(
            value._replace(grad_of=new.get(value.grad_of) if value.grad_of is not None else None) for value in values
        ),
        entries=tuple(
            entry._replace(
                args=tuple(new[a] for a in entry.args), outs=tuple(new[o] for o in entry.outs),
                of=(at[entry.of[0]], entry.of[1]) if entry.of is not None and entry.of[0] in at else None,
            )
            for entry in entries
        ),
        slots=tuple(slot._replace(value=new[slot.value]) for slot in slots),
        inputs=tuple(new[i] for i in inputs), controls=tuple(new[i] for i in controls),
        outputs=tuple(new[i] for i in outputs), writes=tuple((slot, new[value]) for slot, value in writes),
        draws=sum(entry.primitive == "uniform" for entry in entries),
    )

