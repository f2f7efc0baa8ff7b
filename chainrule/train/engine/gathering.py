"""A step that finds its rows by itself: from the whole data, by their numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.ops.layout import array_order
from chainrule.ops.program import Entry, Program, Slot, Value


def gathering(program: Program, data: Sequence[np.ndarray[Any, Any]], rows: int) -> Program:
    """The same step, with one input: the numbers of its rows, (rows,) int64; `data` are its last slots.

    Args:
        program: a step whose inputs are rows of `data`.
        data: one array for each input.
        rows: of a batch.
    """
    values, slots, entries = list(program.values), list(program.slots), []
    values.append(Value((rows,), "int64", (0,), 0, origin="input", name="rows"))
    numbers = len(values) - 1
    for index, array in zip(program.inputs, data, strict=True):
        given = program.values[index]
        name = f"all {given.name}"
        values.append(Value(array.shape, array.dtype.name, array_order(array), 0, origin="slot", name=name))
        values[index] = given._replace(origin="entry", name="")
        slots.append(Slot((name,), len(values) - 1, "buffer"))
        entries.append(Entry("take", (len(values) - 1, numbers), (index,), (("items", (("array", 0),)),)))
    moved = len(entries)
    entries += [e if e.of is None else e._replace(of=(e.of[0] + moved, e.of[1])) for e in program.entries]
    return program._replace(values=tuple(values), slots=tuple(slots), entries=tuple(entries), inputs=(numbers,))
