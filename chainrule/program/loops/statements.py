"""Statements of the kernel subset in LLVM."""

import ast

from chainrule.program.loops.expressions import element, expression, of_type, truth, weak
from chainrule.program.loops.intrinsics import ARGUMENTS
from chainrule.program.loops.scalars import BOOL, I64, SCALARS, Scalar, constant
from chainrule.program.loops.scope import Array, Scope, Value

KEEP_ROLLED = '!"llvm.loop.unroll.disable"'
MARKS = {
    "range": (),
    # Of our own, for `objects.vectorised`: LLVM takes its own mark for leave to add in another order. And only the
    # vectoriser may unroll such a loop: unrolled before, it would be left to chance.
    "vector": ('!"chainrule.vector"', KEEP_ROLLED),
    "unroll": ('!"llvm.loop.unroll.full"',),
}
LOOPS = frozenset(MARKS)
RESERVED = frozenset({*LOOPS, *ARGUMENTS, *SCALARS, "local"})


def block(scope: Scope, body: list[ast.stmt]) -> None:
    """Translate statements in order."""
    for node in body:
        statement(scope, node)


def statement(scope: Scope, node: ast.stmt) -> None:
    """Translate one statement."""
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
            return
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="local"))):
            _local(scope, node, name)
        case ast.Assign(targets=[ast.Name(id=name)]):
            target = scope.slots.get(name)
            _assign(scope, node, name, expression(scope, node.value, target.scalar if target else None))
        case ast.Assign(targets=[ast.Subscript() as target]):
            _store(scope, node, target, node.value)
        case ast.AugAssign(target=ast.Name(id=name) as target):
            read = ast.copy_location(ast.Name(name, ast.Load()), target)
            total = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
            _assign(scope, node, name, expression(scope, total))
        case ast.AugAssign(target=ast.Subscript() as target):
            _store(scope, node, target, ast.copy_location(ast.BinOp(target, node.op, node.value), node))
        case ast.For(
            target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id=kind), args=parts, keywords=[]), orelse=[]
        ) if kind in LOOPS:
            _loop(scope, node, name, kind, parts)
        case ast.If():
            _branch(scope, node)
        case _:
            scope.refuse(node, f"{type(node).__name__} is outside the subset")


def _assign(scope: Scope, node: ast.stmt, name: str, value: Value) -> None:
    if name in RESERVED:
        scope.refuse(node, f"{name} is a builtin")
    if name in scope.values or name in scope.arrays:
        scope.refuse(node, f"{name} is a parameter or an array; it keeps its value")
    if name not in scope.slots:
        scalar = value.scalar
        scope.slots[name] = Array(scalar, scope.writer.slot(scalar.register, constant(0, scalar)))
    scalar, pointer = scope.slots[name]
    if scalar is not value.scalar:
        scope.refuse(node, f"{name} is {scalar.name} and cannot become {value.scalar.name}")
    scope.writer.line(f"store {scalar.register} {value.name}, ptr {pointer}")


def _store(scope: Scope, node: ast.stmt, target: ast.Subscript, what: ast.expr) -> None:
    array, address = element(scope, target)
    value = of_type(scope, what, array.scalar)
    name = value.name
    if array.scalar is BOOL:
        name = scope.writer.value(f"zext i1 {name} to i8")
    scope.writer.line(f"store {array.scalar.memory} {name}, ptr {address}, align {array.scalar.size}")


def _local(scope: Scope, node: ast.Assign, name: str) -> None:
    assert isinstance(node.value, ast.Call)
    match node.value.args:
        case [ast.Name(id=kind), ast.Constant(value=int(count))] if kind in SCALARS and count > 0:
            scalar = SCALARS[kind]
        case _:
            scope.refuse(node, "local(type, number) takes a type and a literal")
    if name in RESERVED or name in scope.values or name in scope.slots or name in scope.arrays:
        scope.refuse(node, f"{name} has a meaning already")
    scope.arrays[name] = Array(scalar, scope.writer.slot(f"[{count} x {scalar.memory}]", None))


def _bounds(scope: Scope, node: ast.For, kind: str, parts: list[ast.expr]) -> tuple[Value, Value, int | Value]:
    """Start, stop and step of a loop; a step that is a literal as a number."""
    limit = 3 if kind == "range" else 2 if kind == "vector" else 1
    if not 1 <= len(parts) <= limit:
        scope.refuse(node, f"{kind}() takes up to {limit} argument(s)")
    if kind == "unroll" and weak(parts[0]) is not int:
        scope.refuse(node, "unroll(n) takes a literal")
    first = of_type(scope, parts[0], I64) if len(parts) > 1 else Value(I64, "0")
    last = of_type(scope, parts[min(1, len(parts) - 1)], I64)
    step: int | Value = 1
    if len(parts) == 3:
        try:
            step = int(ast.literal_eval(parts[2]))
        except ValueError:
            step = of_type(scope, parts[2], I64)
        if step == 0:
            scope.refuse(node, "a step of 0")
    return first, last, step


def _loop(scope: Scope, node: ast.For, name: str, kind: str, parts: list[ast.expr]) -> None:
    first, last, step = _bounds(scope, node, kind, parts)
    writer = scope.writer
    head, body, end = (writer.new(stem) for stem in ("head", "body", "end"))
    counter = writer.slot("i64", "0")
    writer.line(f"store i64 {first.name}, ptr {counter}")
    writer.line(f"br label %{head}")
    writer.label(head)
    at = writer.value(f"load i64, ptr {counter}")
    order = "sgt" if isinstance(step, int) and step < 0 else "slt"  # a step that is no literal is positive
    going = writer.value(f"icmp {order} i64 {at}, {last.name}")
    writer.line(f"br i1 {going}, label %{body}, label %{end}")
    writer.label(body)
    _assign(scope, node, name, Value(I64, at))
    block(scope, node.body)
    now = writer.value(f"load i64, ptr {counter}")
    after = writer.value(f"add nsw i64 {now}, {step if isinstance(step, int) else step.name}")
    writer.line(f"store i64 {after}, ptr {counter}")
    marks = MARKS[kind]
    if kind == "range" and any(isinstance(part, ast.For) for part in ast.walk(node) if part is not node):
        marks = (KEEP_ROLLED,)  # twice the same inner loops gains nothing and costs code
    mark = f", !llvm.loop {scope.module.mark(*marks)}" if marks else ""
    writer.line(f"br label %{head}{mark}")
    writer.label(end)


def _branch(scope: Scope, node: ast.If) -> None:
    writer = scope.writer
    yes, no, end = (writer.new(stem) for stem in ("then", "else", "end"))
    condition = truth(scope, node.test)
    writer.line(f"br i1 {condition}, label %{yes}, label %{no}")
    for label, body in ((yes, node.body), (no, node.orelse)):
        writer.label(label)
        block(scope, body)
        writer.line(f"br label %{end}")
    writer.label(end)


def result(scope: Scope, node: ast.stmt, want: Scalar) -> Value:
    """The value that a library function returns in its last statement."""
    if not isinstance(node, ast.Return) or node.value is None:
        scope.refuse(node, "a library function ends with `return expression`")
    return expression(scope, node.value, want)
