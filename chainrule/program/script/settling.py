"""Lines put where they are used: numbers into every expression, small views into each function that needs them."""

import ast
from collections.abc import Collection
from dataclasses import replace

from chainrule.ops.program import WEAK, Value
from chainrule.ops.text import number_text
from chainrule.program.script.draft import Draft, Line, name_of, parsed, substituted

CHEAP = frozenset(("arange", "full", "reshape", "permute", "expand", "slice", "windows"))
"""What is rather written again than carried from one function to another."""


def settled(draft: Draft, lines: list[Line], results: Collection[int] = ()) -> tuple[Draft, list[Line]]:
    """The lines without those that make Python numbers, and with small views made again in each function.

    Args:
        draft: of the step; it gets the values of what is made again.
        lines: in order.
        results: of layers: they have a name, and are never made again.
    """
    values = list(draft.program.values)
    numbers: dict[str, ast.expr] = {}
    again: dict[tuple[int, str], ast.expr] = {}
    cheap: dict[int, Line] = {}
    found: list[Line] = []
    for given in lines:
        expression = substituted(given.expression, numbers)
        out = given.outs[0]
        if values[out].dtype == WEAK and len(given.outs) == 1:
            numbers[name_of(out)] = expression
            continue
        body = None if given.body is None else _with_own_values(given.body, values)
        line = replace(given, expression=expression, body=body)
        found += _made_again(line, cheap, again, values, draft.copies)
        here = {name_of(value): node for (value, part), node in again.items() if part == line.part}
        found.append(replace(line, expression=substituted(expression, here)))
        if line.primitive in CHEAP and out not in results:
            cheap[out] = found[-1]
    found = _parted(draft, _alive(draft, found), values)
    return replace(draft, program=draft.program._replace(values=tuple(values))), found


def _parted(draft: Draft, lines: list[Line], values: list[Value]) -> list[Line]:
    """Gradients that several parameters have in common, under a name for each: of two biases that are added."""
    update = [line for line in lines if line.part == "update"]
    inside = {out for line in update for out in line.outs}
    slots = draft.program.slots
    ends = {new: slot for slot, new in draft.written.items() if slots[slot].role == "parameter"}
    reached: dict[int, set[int]] = {}
    for line in reversed(update):
        ends_here = {ends[out] for out in line.outs if out in ends}
        found = ends_here.union(*(reached.get(out, set()) for out in line.outs))
        for value in line.needs:
            reached.setdefault(value, set()).update(found)
    fixed = {slot.value for slot in slots} | set(draft.program.controls)
    made: list[Line] = []
    given: dict[tuple[int, int], ast.expr] = {}
    for value in {v for line in update for v in line.needs} - inside - fixed:
        users = [line for line in update if value in line.needs]
        owners = [_owner(line, reached, ends) for line in users]
        known = list(dict.fromkeys(owner for owner in owners if owner is not None))
        if len(known) < 2:
            continue
        waiting = list(known)
        source = next(line for line in lines if value in line.outs)
        for line, owner in zip(users, owners, strict=True):
            mine = waiting.pop(0) if owner is None and waiting else owner
            key = (value, -1 if mine is None else mine)
            if key not in given:
                values.append(values[value]._replace(grad_of=None if mine is None else slots[mine].value))
                new = len(values) - 1
                given[key] = ast.Name(name_of(new))
                made.append(replace(source, outs=(new,), expression=ast.Name(name_of(value)), primitive="permute"))
            place = next(i for i, other in enumerate(lines) if other is line)
            lines[place] = replace(line, expression=substituted(line.expression, {name_of(value): given[key]}))
            update[update.index(line)] = lines[place]
    first = next((i for i, line in enumerate(lines) if line.part == "update"), len(lines))
    return [*lines[:first], *made, *lines[first:]]


def _owner(line: Line, reached: dict[int, set[int]], ends: dict[int, int]) -> int | None:
    """The one parameter that a line changes in the end."""
    found = {ends[out] for out in line.outs if out in ends}.union(*(reached.get(out, set()) for out in line.outs))
    return found.pop() if len(found) == 1 else None


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
    line: Line, cheap: dict[int, Line], again: dict[tuple[int, str], ast.expr], values: list[Value],
    copies: dict[int, int],
) -> list[Line]:
    """Copies, in the function of this line, of the small views of another function that it needs."""
    found: list[Line] = []
    for value in line.needs:
        source = cheap.get(value)
        if source is None or source.part != "forward" or line.part == "forward" or (value, line.part) in again:
            continue
        values.append(values[value])
        copies[len(values) - 1] = value
        copy = replace(source, outs=(len(values) - 1,), part=line.part)
        again[value, line.part] = ast.Name(name_of(len(values) - 1))
        inner = _made_again(copy, cheap, again, values, copies)
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
