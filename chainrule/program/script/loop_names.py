"""What a script calls the values inside a loop over steps: gates of a recurrent layer, its states, their gradients."""

import ast
from collections.abc import Iterator

from chainrule.program.script.draft import Draft, Line, values_in

GATES = {
    ("lstm_gates", "sigmoid"): ("i", "f", "o"), ("lstm_gates", "tanh"): ("g", "a"),
    ("gru_gates", "sigmoid"): ("r", "u"), ("gru_gates", "tanh"): ("n",), ("gru_gates", "subtract"): ("change",),
}
"""Input, forget and output gate and what is new of an LSTM; reset and update gate and what is new of a GRU."""
SLOPES = {4: ("di", "df", "dg", "do"), 3: ("dr", "du", "dn")}
STATES = ("h", "c")


def names_inside(line: Line, count: int) -> dict[int, str]:
    """Names of the values of a loop that have one in the field.

    Args:
        line: the loop.
        count: of the states that are carried.
    """
    assert line.body is not None
    return dict(_backward(line.body, count) if line.part == "backward" else _forward(line.body, count))


def names_of_stacks(line: Line, count: int, inside: dict[int, str]) -> list[str]:
    """What the loop gives of every step, by name; `inside` has the names of its values."""
    assert line.body is not None
    program, ahead = line.body.program, "d" if line.part == "backward" else ""
    before = {value: f"{ahead}{STATES[min(place, 1)]}s_before" for place, value in enumerate(program.inputs[:count])}
    found = []
    for value in program.outputs[count:]:
        name = inside.get(value, f"{ahead}h").removesuffix("_new")
        found.append(before.get(value, name if name.endswith("s") else f"{name}s"))
    return found


def _forward(body: Draft, count: int) -> Iterator[tuple[int, str]]:
    waiting = {key: list(names) for key, names in GATES.items()}
    gru = any(line.kind == "gru_gates" for line in body.lines)
    for line in body.lines:
        names = waiting.get((line.kind, line.primitive))
        if names:
            yield line.outs[0], names.pop(0)
        elif line.kind == "" and line.primitive == "add":
            yield line.outs[0], "sums" if gru else "z"
    for value, state in zip(body.program.outputs[:count], STATES, strict=False):
        yield value, f"{state}_new"


def _backward(body: Draft, count: int) -> Iterator[tuple[int, str]]:
    states = set(body.program.inputs[:count])
    for line in body.lines:
        if line.primitive == "add" and states.intersection(line.needs):
            place = body.program.inputs.index(next(v for v in line.needs if v in states))
            yield line.outs[0], f"d{STATES[min(place, 1)]}_t"
        elif line.primitive == "subtract" and isinstance(line.expression, ast.BinOp):
            yield line.outs[0], "fresh"
    joined = [line for line in body.lines if line.primitive == "concatenate"]
    for line, name in zip(joined, ("dz", "dsums"), strict=False):
        parts = values_in(line.expression)
        for value, part in zip(parts, SLOPES.get(len(parts), ()), strict=False):
            if name == "dz":
                yield value, part
        yield line.outs[0], name
    if not joined:
        for value in body.program.outputs[count:]:
            yield value, "dz"
    for value, state in zip(body.program.outputs[:count], STATES, strict=False):
        yield value, f"d{state}_before"
