"""What a marked loop must not do: carry a float from one turn to the next.

LLVM takes the mark for permission to add in another order. So sums over a marked loop are refused: their order is
written in the text, as partial sums side by side in a local array.
"""

import ast


def carried(loop: ast.For) -> set[str]:
    r"""Names that a turn of the loop reads before it has given them a value, though it gives them one.

    Example:
        >>> sorted(carried(ast.parse("for j in vector(n):\n  a = x[j]\n  s = s + a").body[0]))
        ['s']
    """
    written: set[str] = set()
    early: set[str] = set()
    _follow(loop.body, written, early)
    return early & {name for part in loop.body for name in _assigned(part)}


def stuck(loop: ast.For) -> set[str]:
    r"""Arrays that the loop both reads and writes, at an index that is the same in every turn.

    Example:
        >>> stuck(ast.parse("for j in vector(n):\n  y[0] += x[j]\n  z[j] += x[j]").body[0])
        {'y'}
    """
    assert isinstance(loop.target, ast.Name)
    moving = {loop.target.id}
    nodes = [node for part in loop.body for node in ast.walk(part)]
    while True:  # until no assignment adds a name
        found = set(moving)
        for node in nodes:
            if isinstance(node, ast.Assign | ast.AugAssign) and moving & _names(node.value):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
        if found == moving:
            break
        moving = found
    read: set[str] = set()
    still: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            if isinstance(node.ctx, ast.Load):
                read.add(node.value.id)
            elif not moving & _names(node.slice):
                still.add(node.value.id)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript):
            read |= _names(node.target.value)
    return read & still


def _follow(body: list[ast.stmt], written: set[str], early: set[str]) -> None:
    """Go through statements in order: `early` gathers names read before they are in `written`."""
    for part in body:
        match part:
            case ast.If(test=test, body=yes, orelse=no):
                early |= _names(test) - written
                sides = set(written), set(written)
                _follow(yes, sides[0], early)
                _follow(no, sides[1], early)
                written |= sides[0] & sides[1]
            case ast.For(target=target, iter=bounds, body=inner):
                early |= _names(bounds) - written
                once = isinstance(bounds, ast.Call) and isinstance(bounds.func, ast.Name) and bounds.func.id == "unroll"
                inside = written if once else set(written)
                inside |= _names(target)
                _follow(inner, inside, early)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                early |= _names(value) - written
                written.add(name)
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                early |= (_names(value) | {name}) - written
                written.add(name)
            case _:
                early |= _names(part) - written


def _assigned(part: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(part) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _names(part: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
