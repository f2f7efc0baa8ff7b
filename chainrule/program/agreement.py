"""Whether two recordings of one step say the same: only then is either of them trusted."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.ops.program import Program
from chainrule.program.assumptions import same, shown
from chainrule.program.capture import Recording, flat
from chainrule.tape.recorder import same_memory
from chainrule.tape.tracked import wrap


def difference(one: Recording, two: Recording) -> str | None:
    """Where two recordings differ, in a few words with the line; None when they agree."""
    if one.program != two.program:
        return _programs(one.program, two.program)
    for number, slot in enumerate(one.program.slots):
        if not _same_slot(one, two, number):
            return f"{slot.names[0]} ({shown(one.slots[number])}){_reader(one.program, slot.value)}"
    if not _same_histories(one, two):
        return "backward"
    if not _same_structure(one.structure, two.structure):
        return f"return: {_plain(one.structure)} / {_plain(two.structure)}"
    if _places(one) != _places(two):
        return "controls"
    return None


def _same_histories(one: Recording, two: Recording) -> bool:
    a, b = one.history, two.history
    if a is None or b is None:
        return a is b
    pairs = [*zip(a.saved, b.saved, strict=False)]
    alike = all(x[0] == y[0] and (x[1] is y[1] or (x[0] != "slot" and x[1] == y[1])) for x, y in pairs)
    leaves = [id(leaf) if not isinstance(leaf, int) else leaf for leaf in a.leaves]
    others = [id(leaf) if not isinstance(leaf, int) else leaf for leaf in b.leaves]
    return alike and len(a.saved) == len(b.saved) and (a.alive, a.backward, leaves) == (b.alive, b.backward, others)


def same_numbers(one: Recording, two: Recording) -> bool:
    """Whether the controls that are read from nowhere have the same numbers."""
    return all(
        name in one.sources or same(number, two.controls[name])
        for name, number in one.controls.items()
    )


def fresh_slots(recording: Recording, other: Recording) -> tuple[int, ...]:
    """The slots that each of two recordings has of its own: what the step makes anew each time."""
    slots = enumerate(recording.program.slots)
    return tuple(i for i, slot in slots if slot.role != "gradient" and _is_fresh(recording, other, i))


def settled(recording: Recording, fresh: Collection[int]) -> Recording:
    """The recording with constants for what the step makes anew each time: its arrays as they were before it wrote.

    Of everything else that was written, it forgets how it was before.
    """
    program, slots = recording.program, list(recording.slots)
    for i in fresh:
        slots[i] = wrap(recording.before.get(i, slots[i]._array))
    forget_writes(recording, fresh)
    kept = tuple(write for write in program.writes if write[0] not in fresh)
    structure = recording.structure if recording.history is None else flat(len(program.outputs))
    return replace(recording, program=program._replace(writes=kept), slots=slots, structure=structure)


def forget_writes(recording: Recording, fresh: Collection[int]) -> None:
    """Forget how everything that was written was before, but for what each run makes anew."""
    recording.before = {i: array for i, array in recording.before.items() if i in fresh}


def _is_fresh(one: Recording, two: Recording, number: int) -> bool:
    """Whether a slot is something that each run of the step makes for itself."""
    return one.slots[number] is not two.slots[number] and not _shared(one, two, number)


def _shared(one: Recording, two: Recording, number: int) -> bool:
    a, b = one.slots[number], two.slots[number]
    return a._storage is not None and a._storage is b._storage and same_memory(a._array, b._array)


def _same_slot(one: Recording, two: Recording, number: int) -> bool:
    if one.slots[number] is two.slots[number]:
        return True
    if one.program.slots[number].role == "gradient" or number in one.lasting or number in two.lasting:
        return False
    if _shared(one, two, number):
        return True
    return same(*(np.asarray(each.before.get(number, each.slots[number]._array)) for each in (one, two)))


def _places(recording: Recording) -> dict[str, tuple[int, Any, int | None]]:
    return {name: (id(held), key, place) for name, (held, key, place) in recording.sources.items()}


def _same_structure(a: Any, b: Any) -> bool:
    if a[0] != b[0]:
        return False
    if a[0] == "tensor":
        return bool(a[1] == b[1])
    if a[0] == "plain":
        return same(a[1], b[1]) if isinstance(a[1], (str, bytes, int, float, complex, np.generic)) else a[1] is b[1]
    if isinstance(a[1], dict):
        return list(a[1]) == list(b[1]) and all(_same_structure(a[1][key], b[1][key]) for key in a[1])
    return len(a[1]) == len(b[1]) and all(map(_same_structure, a[1], b[1]))


def _plain(structure: Any) -> str:
    kind, parts = structure
    if kind == "plain":
        return shown(parts)
    if kind == "tensor":
        return "tensor"
    inner = parts.values() if isinstance(parts, dict) else parts
    return f"{kind.__name__}({', '.join(map(_plain, inner))})"


def _programs(one: Program, two: Program) -> str:
    for a, b in zip(one.entries, two.entries, strict=False):
        first, second = _said(one, a), _said(two, b)
        if first != second:
            return f"{first} / {second}, {a.where[0]}:{a.where[1]}"
    if len(one.entries) != len(two.entries):
        longer = max(one.entries, two.entries, key=len)
        last = longer[min(len(one.entries), len(two.entries))]
        return f"{len(one.entries)} / {len(two.entries)} entries, {last.where[0]}:{last.where[1]}"
    fields: Any = zip(Program._fields, one, two, strict=True)
    for field, first, second in fields:
        if first != second:
            rows = zip(first, second, strict=False) if isinstance(first, tuple) else ()
            return f"{field}: {next((f'{x} / {y}' for x, y in rows if x != y), '')}"
    return ""


def _said(program: Program, entry: Any) -> str:
    args = []
    for i in entry.args:
        value = program.values[i]
        args.append(value.name if value.origin == "constant" else f"{value.dtype}{list(value.shape)}")
    static = "".join(f", {name}={value}" for name, value in entry.static)
    return f"{entry.primitive}({', '.join(args)}{static})"


def _reader(program: Program, value: int) -> str:
    for entry in program.entries:
        if value in entry.args:
            return f", {entry.where[0]}:{entry.where[1]}"
    return ""
