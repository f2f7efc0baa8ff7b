"""Which value of a Program is the gradient of which: read off the recording."""

from chainrule.glass.recording import Recorded
from chainrule.glass.stages import Stage

_PASSES = {"add": (0, 1), "subtract": (0,), "reshape": (0,), "copy": (0,), "contiguous": (0,)}


def slopes(recorded: Recorded, found: list[Stage]) -> dict[int, int]:
    """The value of the gradient, for the output of every stage, every input and every parameter that has one."""
    program = recorded.program
    marked: dict[int, list[int]] = {}
    for index, described in enumerate(program.values):
        if described.grad_of is not None:
            marked.setdefault(described.grad_of, []).append(index)
    adds = [entry for entry in program.entries if entry.primitive == "add"]
    known: dict[int, int] = {}

    def total(value: int, parts: list[int]) -> None:
        group, last = set(parts), parts[-1]
        for entry in adds:
            if len(entry.args) == 2 and set(entry.args) <= group:
                group.add(entry.outs[0])
                last = entry.outs[0]
        known[value] = last

    takers: dict[int, list[tuple[str, int, int]]] = {}
    for stage in found:
        for place in stage.entries:
            entry = program.entries[place]
            for position, arg in enumerate(entry.args):
                takers.setdefault(arg, []).append((entry.primitive, position, entry.outs[0]))
    ordered = [stage.output for stage in reversed(found) if stage.output >= 0]
    for value in [*ordered, *program.inputs]:
        parts = list(marked.get(value, []))
        for primitive, position, out in takers.get(value, []):
            same = program.values[out].shape == program.values[value].shape
            if out in known and same and position in _PASSES.get(primitive, ()):
                parts.append(known[out])  # an addition hands its own gradient on, which is marked only once
        if parts:
            total(value, parts)
    known.update((recorded.parameters[name], grad) for name, grad in recorded.gradients.items())
    return known
