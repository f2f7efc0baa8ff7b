"""Run a Program entry by entry, and keep every number: as it is, in float64, or with some values put in by hand."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.ops.program import PRIMITIVES, WEAK, Entry, Program
from chainrule.ops.text import compile_primitive, compile_program

Array = npt.NDArray[Any]


def constants(program: Program) -> dict[int, Any]:
    """The Python numbers that stand in a Program, by value."""
    found: dict[int, Any] = {}
    for index, value in enumerate(program.values):
        if value.origin == "constant" and value.dtype == WEAK:
            found[index] = {"True": True, "False": False}.get(value.name) if value.name in ("True", "False") else (
                int(value.name) if value.name.lstrip("-").isdigit() else float(value.name)
            )
    return found


def evaluated(
    program: Program, given: Mapping[int, Any], instead: Mapping[int, Any] | None = None
) -> dict[int, Any]:
    """Every value of a Program.

    Args:
        program: what is run, in its order.
        given: a number or array for each free value.
        instead: values that take these numbers, whatever the Program would compute; later ones follow from them.

    Returns:
        dict: value to number or array.
    """
    held: dict[int, Any] = {**constants(program), **given}
    forced = instead or {}
    for entry in program.entries:
        if not forced.keys() >= set(entry.outs):
            result = runner(entry, program)(*[held[a] for a in entry.args])
            held.update(zip(entry.outs, result if type(result) is tuple else (result,), strict=True))
        held.update((out, forced[out]) for out in entry.outs if out in forced)
    return held


def runner(entry: Entry, program: Program) -> Callable[..., Any]:
    """One entry as a function of its arguments."""
    if entry.body is None:
        return _primitive(entry.primitive, len(entry.args), entry.static)
    args = tuple(dict.fromkeys(entry.args))
    values = tuple(
        value._replace(origin="input" if index in args else "entry") for index, value in enumerate(program.values)
    )
    alone = Program(values, (entry,), inputs=args, outputs=entry.outs)
    run = compile_program(alone, "scan_step")
    return lambda *given: tuple(run(*dict(zip(entry.args, given, strict=True)).values()))


@cache
def _primitive(name: str, count: int, static: Any) -> Callable[..., Any]:
    return compile_primitive(PRIMITIVES[name], count, static)


def needed(program: Program, ends: tuple[int, ...]) -> Program:
    """Only the entries that some values need: what is run again and again."""
    wanted, entries = set(ends), []
    for entry in reversed(program.entries):
        if wanted.intersection(entry.outs):
            entries.append(entry)
            wanted.update(entry.args)
    return program._replace(entries=tuple(reversed(entries)), outputs=ends, writes=())


def in_float64(program: Program) -> Program:
    """The same Program with float64 wherever it names float32; draws stay the ones they are."""
    return program._replace(
        values=tuple(v._replace(dtype="float64") if v.dtype == "float32" else v for v in program.values),
        entries=tuple(_widened(entry) for entry in program.entries),
    )


def _widened(entry: Entry) -> Entry:
    if entry.body is not None:
        entry = entry._replace(body=in_float64(entry.body))
    if entry.primitive == "uniform" or ("dtype", "float32") not in entry.static:
        return entry
    static = tuple(("dtype", "float64") if pair == ("dtype", "float32") else pair for pair in entry.static)
    return entry._replace(static=static)


def widened(given: Mapping[int, Any]) -> dict[int, Any]:
    """Numbers in float64, where they are floats."""
    return {
        index: array.astype(np.float64) if isinstance(array, np.ndarray) and array.dtype == np.float32 else array
        for index, array in given.items()
    }


def function_of(program: Program, ends: tuple[int, ...]) -> Callable[[Mapping[int, Any]], tuple[Any, ...]]:
    """Some values of a Program as a function of its free ones, compiled as one text."""
    part = needed(program, ends)
    run = compile_program(part, "part")
    free = part.free
    return lambda given: run(*[given[index] for index in free])
