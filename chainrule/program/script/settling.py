"""Lines put where they are used: numbers into every expression, small views into each function that needs them."""

import ast
from dataclasses import replace

from chainrule.ops.program import WEAK, Value
from chainrule.ops.text import number_text
from chainrule.program.script.draft import Draft, Line, name_of, parsed, substituted

CHEAP = frozenset(("arange", "full", "reshape", "permute", "expand", "slice", "windows"))
"""What is rather written again than carried from one function to another."""


def settled(draft: Draft, lines: list[Line]) -> tuple[Draft, list[Line]]:
    """The lines without those that make Python numbers, and with small views made again in each function.

    Args:
        draft: of the step; it gets the values of what is made again.
        lines: in order.
    """
    values = list(draft.program.values)
    numbers: dict[str, ast.expr] = {}
    again: dict[tuple[int, str], ast.expr] = {}
    cheap: dict[int, Line] = {}
    found: list[Line] = []
    for line in lines:
        expression = substituted(line.expression, numbers)
        out = line.outs[0]
        if values[out].dtype == WEAK and len(line.outs) == 1:
            numbers[name_of(out)] = expression
            continue
        line = replace(line, expression=expression)
        if line.body is not None:
            line = replace(line, body=_with_own_values(line.body, values))
        found += _made_again(line, cheap, again, values)
        line = replace(line, expression=substituted(line.expression, {
            name_of(value): node for (value, part), node in again.items() if part == line.part
        }))
        if line.primitive in CHEAP:
            cheap[out] = line
        found.append(line)
    program = draft.program._replace(values=tuple(values))
    return replace(draft, program=program), _alive(draft, found)


def _with_own_values(body: Draft, values: list[Value]) -> Draft:
    """The loop of a scan with numbers of values that nobody else has."""
    new = {}
    for old, known in enumerate(body.program.values):
        new[old] = len(values)
        values.append(known)
    weak = {name_of(i): parsed(number_text(v.name)) for i, v in enumerate(body.program.values) if _is_number(v)}
    given: dict[str, ast.expr] = {name_of(old): ast.Name(name_of(i)) for old, i in new.items()} | weak
    numbers: dict[str, ast.expr] = {}
    lines = []
    for line in body.lines:
        expression = substituted(substituted(line.expression, given), numbers)
        outs = tuple(new[out] for out in line.outs)
        if values[outs[0]].dtype == WEAK:
            numbers[name_of(outs[0])] = expression
            continue
        lines.append(replace(line, expression=expression, outs=outs, region=None))
    program = body.program._replace(
        inputs=tuple(new[i] for i in body.program.inputs), outputs=tuple(new[i] for i in body.program.outputs)
    )
    views = {new[value]: (new[base], axes) for value, (base, axes) in body.views.items()}
    return replace(body, program=program, lines=lines, views=views)


def _is_number(value: Value) -> bool:
    return value.origin == "constant" and value.dtype == WEAK


def _made_again(
    line: Line, cheap: dict[int, Line], again: dict[tuple[int, str], ast.expr], values: list[Value]
) -> list[Line]:
    """Copies, in the function of this line, of the small views of another function that it needs."""
    found: list[Line] = []
    for value in line.needs:
        source = cheap.get(value)
        if source is None or source.part != "forward" or line.part == "forward" or (value, line.part) in again:
            continue
        values.append(values[value])
        copy = replace(source, outs=(len(values) - 1,), part=line.part)
        again[value, line.part] = ast.Name(name_of(len(values) - 1))
        inner = _made_again(copy, cheap, again, values)
        given = {name_of(v): node for (v, part), node in again.items() if part == line.part and v != value}
        found += [*inner, replace(copy, expression=substituted(copy.expression, given))]
    return found


def _alive(draft: Draft, lines: list[Line]) -> list[Line]:
    """The lines that something needs."""
    wanted = {*draft.written.values(), draft.loss}
    kept = []
    for line in reversed(lines):
        if wanted.intersection(line.outs):
            wanted.update(line.needs)
            kept.append(line)
    return kept[::-1]
