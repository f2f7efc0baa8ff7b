"""One text for batches of any number of rows, from the lines of two sizes: what differs is a function of m."""

import ast
from copy import deepcopy
from dataclasses import replace
from typing import Any

from chainrule.program.script.draft import Draft, Line, name_of, parsed, substituted

ROWS = "m"
"""What a script calls the number of rows of its batch."""


def merged(draft: Draft, rows: int, other: Draft, others: int) -> list[Line] | None:
    """The lines of `draft`, with `m` for its number of rows; None when the two are not the same but for that.

    Args:
        draft: of batches of so many `rows`.
        rows: of these batches.
        other: of batches of so many `others`.
        others: of the other batches.
    """
    twins = _twins(draft, other)
    if twins is None or len(draft.lines) != len(other.lines):
        return None
    ends = {slot: twins.get(value) for slot, value in other.written.items()}
    if draft.written != ends or (other.loss is not None and draft.loss != twins.get(other.loss)):
        return None
    found = []
    for one, two in zip(draft.lines, other.lines, strict=True):
        given: dict[str, ast.expr] = {name_of(old): ast.Name(name_of(new)) for old, new in twins.items()}
        together = _together(one.expression, substituted(two.expression, given), rows, others)
        if together is None or one.outs != tuple(twins.get(out) for out in two.outs) or one.part != two.part:
            return None
        body = one.body
        if one.body is not None and two.body is not None:
            lines = merged(one.body, rows, two.body, others)
            if lines is None:
                return None
            body = replace(one.body, lines=lines)
        found.append(replace(one, expression=together, body=body))
    return found


def shapes_in_rows(draft: Draft, rows: int, other: Draft, others: int) -> dict[int, tuple[str, ...]]:
    """Shapes as text, with `m` for the number of rows: of each value that both steps have."""
    found = {}
    both = _Both(rows, others)
    for theirs, mine in (_twins(draft, other) or {}).items():
        pair = draft.program.values[mine].shape, other.program.values[theirs].shape
        if len(pair[0]) == len(pair[1]):
            found[mine] = tuple(map(both.size, *pair))
    return found


def _twins(draft: Draft, other: Draft) -> dict[int, int] | None:
    """Values of the other draft to those that are the same in this one; None when the steps differ."""
    one, two = draft.program, other.program
    found = dict(zip((*two.inputs, *two.controls), (*one.inputs, *one.controls), strict=False))
    found.update((b.value, a.value) for a, b in zip(one.slots, two.slots, strict=False))
    if len(one.entries) != len(two.entries) or len(one.slots) != len(two.slots):
        return None
    for a, b in zip(one.entries, two.entries, strict=True):
        if a.primitive != b.primitive or len(a.outs) != len(b.outs):
            return None
        found.update(zip(b.outs, a.outs, strict=True))
    shift = len(one.values) - len(two.values)
    known = {out for line in other.lines for out in line.outs} - set(found)
    found.update((value, value + shift) for value in known)  # what the drafts have added at the end
    return found


def _together(one: ast.expr, two: ast.expr, rows: int, others: int) -> ast.expr | None:
    """The first expression, with what differs from the second one written in m."""
    try:
        found: ast.expr = _Both(rows, others).both(deepcopy(one), two)
        return found
    except _DifferError:
        return None


class _DifferError(Exception):
    pass


class _Both:
    def __init__(self, rows: int, others: int) -> None:
        self.rows, self.others = rows, others

    def both(self, one: Any, two: Any) -> Any:
        """One syntax tree that is both."""
        if type(one) is not type(two):
            raise _DifferError
        if isinstance(one, ast.Constant) and isinstance(two, ast.Constant):
            if repr(one.value) == repr(two.value):
                return one
            return self.number(one.value, two.value)
        for name, mine in ast.iter_fields(one):
            theirs = getattr(two, name)
            if isinstance(mine, list):
                if len(mine) != len(theirs):
                    raise _DifferError
                pairs = zip(mine, theirs, strict=True)
                setattr(one, name, [self.both(a, b) if isinstance(a, ast.AST) else a for a, b in pairs])
            elif isinstance(mine, ast.AST):
                setattr(one, name, self.both(mine, theirs))
            elif mine != theirs:
                raise _DifferError
        return one

    def number(self, one: Any, two: Any) -> ast.expr:
        """A number that depends on the rows, as an expression that gives both exactly."""
        if not isinstance(one, int | float) or type(one) is not type(two):
            raise _DifferError
        for text in self.candidates(float(one), float(two)):
            tree = compile(text, "<rows>", "eval")
            if all(_same(eval(tree, {ROWS: m}), c) for m, c in ((self.rows, one), (self.others, two))):  # noqa: S307
                return parsed(text)
        return parsed(f"{{{self.rows}: {one!r}, {self.others}: {two!r}}}[{ROWS}]")

    def size(self, one: int, two: int) -> str:
        """A size of an array, as text."""
        text = "" if one == two else ast.unparse(self.number(one, two))
        return str(one) if text == "" or "[" in text else text.replace(" * ", "")

    def candidates(self, one: float, two: float) -> list[str]:
        """Formulas that may give these numbers: of a count, of its inverse, of what makes a variance unbiased."""
        found = []
        slope = (one - two) / (self.rows - self.others)
        if slope.is_integer():
            shift = one - slope * self.rows
            found.append(_times(int(slope)) + (f" {'+' if shift > 0 else '-'} {abs(int(shift))}" if shift else ""))
        if one > 1:
            k = round(one / (one - 1) / self.rows)
            if k:
                found.append(f"{_times(k)} / ({_times(k)} - 1)")
        if one:
            k = round(1 / one / self.rows)
            if k:
                found.append(f"1 / {_times(k)}" if k == 1 else f"1 / ({_times(k)})")
        return found


def _same(made: object, wanted: object) -> bool:
    return type(made) is type(wanted) and made == wanted


def _times(k: int) -> str:
    return ROWS if k == 1 else f"{k} * {ROWS}"
