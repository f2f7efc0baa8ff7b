"""Loops of an update that say the same with other numbers, as one loop over the groups of parameters."""

import ast

from chainrule.program.script.draft import substituted
from chainrule.program.script.steps import Loop, Step


def together(blocks: "list[list[Step] | Loop]") -> "list[list[Step] | Loop]":
    """The blocks, with neighbouring loops that differ in names alone as one."""
    found: list[list[Step] | Loop] = []
    for block in blocks:
        last = found[-1] if found else None
        if isinstance(block, Loop) and isinstance(last, Loop) and _joined(last, block):
            continue
        found.append(block)
    return found


def _joined(first: Loop, other: Loop) -> bool:
    """Let the first loop run over the parameters of the other one too, if that is possible."""
    if other.before or (first.closed, first.opened) != (other.closed, other.opened):
        return False
    if len(first.steps) != len(other.steps):
        return False
    own = {name for name, _ in first.opened} | {step.target for step in first.steps} | {"np"}
    twins: dict[str, str] = {}
    for one, two in zip(first.plain or first.steps, other.steps, strict=True):
        if one.target != two.target or not _alike(one.expression, two.expression, twins, own):
            return False
    if len(first.steps) < 2:
        return False
    if first.groups:
        differing = set(first.varying)
        if any(a != b and a not in differing for a, b in twins.items()):
            return False
    else:
        first.varying = [a for a, b in twins.items() if a != b]
        first.plain = first.steps
        first.groups = [(first.names, first.varying)]
        given: dict[str, ast.expr] = {name: ast.Name(local(name)) for name in first.varying}
        first.steps = [Step(s.target, substituted(s.expression, given), s.value) for s in first.steps]
    first.groups.append((other.names, [twins[name] for name in first.varying]))
    return True


def local(name: str) -> str:
    """What a number of a group is called inside the loop."""
    return name.lower()


def _alike(one: ast.AST, two: ast.AST, twins: dict[str, str], own: set[str]) -> bool:
    """Whether two expressions are the same but for names that stand for numbers; those are noted."""
    if type(one) is not type(two):
        return False
    if isinstance(one, ast.Name) and isinstance(two, ast.Name):
        if one.id in own or two.id in own:
            return one.id == two.id
        return twins.setdefault(one.id, two.id) == two.id
    for name, mine in ast.iter_fields(one):
        theirs = getattr(two, name)
        if isinstance(mine, ast.AST):
            if not _alike(mine, theirs, twins, own):
                return False
        elif isinstance(mine, list):
            if len(mine) != len(theirs) or not all(
                _alike(a, b, twins, own) for a, b in zip(mine, theirs, strict=True)
            ):
                return False
        elif mine != theirs:
            return False
    return True
