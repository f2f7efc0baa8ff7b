"""Which lines stand for themselves, and which become part of the line that uses them: one idea a line."""

import ast
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from chainrule.ops.program import WEAK, Program
from chainrule.program.script.draft import Line, name_of, substituted, values_in

LONGEST = 84
"""Characters of an expression that is still taken in at one look."""
TRIVIAL = frozenset(("reshape", "slice", "arange", "full", "permute", "expand", "cast", "uniform"))
"""What is no idea of its own."""


def inlined(
    program: Program, lines: list[Line], names: Mapping[int, str], weak: Collection[int], kept: Collection[int]
) -> list[Line]:
    """The lines that are left when small steps have become part of others; every order of operations stays.

    Args:
        program: of the lines.
        lines: in order.
        names: value to its name.
        weak: values whose name is not worth a line.
        kept: values that must stand alone: what is written, returned or used by another function.
    """
    uses: Counter[int] = Counter(value for line in lines for value in line.needs)
    put: dict[str, ast.expr] = {}
    found = []
    for given in lines:
        line = replace(given, expression=substituted(given.expression, put))
        if len(line.outs) == 1 and line.outs[0] not in kept and line.body is None:
            value = line.outs[0]
            if _goes(program, line, uses[value], value not in weak and value in names, names):
                put[name_of(value)] = line.expression
                continue
        found.append(line)
    return found


def _goes(program: Program, line: Line, uses: int, named: bool, names: Mapping[int, str]) -> bool:
    """Whether a line becomes part of the lines that use it."""
    value, primitive = program.values[line.outs[0]], line.primitive
    counted = value.dtype == "int64" and not value.shape and primitive == "add"
    small = not values_in(line.expression) or value.dtype == WEAK or primitive in TRIVIAL or counted
    if named and primitive == "reshape" and uses > 1:
        return False
    if small and length(line.expression, names) <= LONGEST // 2 and (uses <= 2 or value.dtype == WEAK or counted):
        return primitive != "uniform" or uses == 1
    return uses == 1 and not named and length(line.expression, names) <= LONGEST * 2 // 3


def length(expression: ast.expr, names: Mapping[int, str]) -> int:
    """How long an expression will be."""
    given = {name_of(value): ast.Name(names.get(value, "xxxx")) for value in values_in(expression)}
    return len(ast.unparse(substituted(expression, given)))
