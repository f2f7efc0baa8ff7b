"""Which entries of a training step are its forward pass, its backward pass, and its update."""

from typing import Literal

from chainrule.ops.program import Program

Part = Literal["forward", "backward", "update"]


def parts(program: Program) -> list[Part]:
    """The part of each entry.

    The forward pass ends with the loss. The update begins with the first region behind it that is no way back: of
    clipping, or of the optimizer; what depends on numbers and counters alone belongs to it as well.
    """
    last = max((n for n, entry in enumerate(program.entries) if program.outputs[0] in entry.outs), default=-1)
    update = len(program.entries)
    for number in range(last + 1, len(program.entries)):
        region = program.entries[number].region
        if region is not None and not _is_way_back(program, region):
            update = number
            break
    moved = {slot.value for slot in program.slots if slot.role in ("counter", "moment")}
    plain = moved | set(program.controls) | {i for i, v in enumerate(program.values) if v.origin == "constant"}
    found: list[Part] = []
    for number, entry in enumerate(program.entries):
        if number <= last:
            found.append("forward")
            continue
        counted = bool(moved.intersection(entry.args)) and plain.issuperset(entry.args)
        if counted:
            plain.update(entry.outs)
            moved.update(entry.outs)
        found.append("update" if number >= update or counted else "backward")
    return found


def _is_way_back(program: Program, region: int) -> bool:
    here: int | None = region
    while here is not None:
        if program.regions[here].backward_of is not None:
            return True
        here = program.regions[here].parent
    return False
