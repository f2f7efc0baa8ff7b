"""Expressions of the kernel subset in LLVM.

A literal is weak: it takes the type that the other side, the target or the call asks for; alone it is f64 or i64.
Variables of different types never mix; the text says `f32(x)`.
"""

import ast
import operator
from collections.abc import Callable
from typing import Any

from chainrule.program.loops import intrinsics
from chainrule.program.loops.scalars import BOOL, F64, I64, SCALARS, Scalar, constant
from chainrule.program.loops.scope import Array, Scope, Value

FLOATS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
WHOLES = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.FloorDiv: "udiv", ast.Mod: "urem",
    ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.LShift: "shl",
}  # fmt: skip
FOLDED: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.BitXor: operator.xor, ast.LShift: operator.lshift,
}  # fmt: skip
BITS = {ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor"}
COMPARED = {
    ast.Eq: ("oeq", "eq", "eq"), ast.NotEq: ("une", "ne", "ne"), ast.Lt: ("olt", "slt", "ult"),
    ast.LtE: ("ole", "sle", "ule"), ast.Gt: ("ogt", "sgt", "ugt"), ast.GtE: ("oge", "sge", "uge"),
}  # fmt: skip


def number(node: ast.expr) -> float | None:
    """The number that literals alone make, in Python's arithmetic; None where there is more than literals."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=float() | int() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = number(operand)
            return None if inner is None else -inner
        case ast.BinOp(left=left, op=op, right=right) if type(op) in FOLDED:
            one, two = number(left), number(right)
            if one is None or two is None:
                return None
            try:
                found: float = FOLDED[type(op)](one, two)
            except (ArithmeticError, TypeError, ValueError):
                return None
            return found
    return None


def weak(node: ast.expr) -> type | None:
    """`float` or `int` for literals, or a choice between literals, which take whatever type is wanted; else None."""
    if isinstance(node, ast.IfExp):
        kinds = {weak(node.body), weak(node.orelse)}
        return None if None in kinds else float if float in kinds else int
    value = number(node)
    return None if value is None else type(value)


def expression(scope: Scope, node: ast.expr, want: Scalar | None = None) -> Value:
    """The value of an expression.

    Args:
        scope: the names.
        node: the expression.
        want: type that a literal takes; what is not a literal keeps its own.
    """
    value = number(node)
    if value is not None:
        return _literal(scope, node, value, want)
    match node:
        case ast.Constant(value=bool() as answer):
            scope.literals[node] = (answer, BOOL)
            result = Value(BOOL, constant(answer, BOOL))
        case ast.Name():
            result = _name(scope, node)
        case ast.BinOp():
            result = _binary(scope, node)
        case ast.UnaryOp():
            result = _unary(scope, node)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            result = _compared(scope, node, left, op, right)
        case ast.BoolOp():
            result = _joined(scope, node)
        case ast.IfExp():
            condition = truth(scope, node.test)
            one, two = together(scope, node, [node.body, node.orelse], want)
            kind = one.scalar.register
            name = scope.writer.value(f"select i1 {condition}, {kind} {one.name}, {kind} {two.name}")
            result = Value(one.scalar, name)
        case ast.Subscript():
            result = _load(scope, *element(scope, node))
        case ast.Call():
            result = _call(scope, node)
        case _:
            scope.refuse(node, "an expression outside the subset")
    return result


def of_type(scope: Scope, node: ast.expr, scalar: Scalar) -> Value:
    """The value of an expression that must have the type `scalar`."""
    value = expression(scope, node, scalar)
    if value.scalar is not scalar:
        scope.refuse(node, f"{value.scalar.name} where {scalar.name} is needed; write {scalar.name}(...)")
    return value


def truth(scope: Scope, node: ast.expr) -> str:
    """The i1 of a condition."""
    return of_type(scope, node, BOOL).name


def together(scope: Scope, node: ast.AST, parts: list[ast.expr], want: Scalar | None = None) -> list[Value]:
    """Values of one type: the literals among them take the type of the others."""
    strong = {i: expression(scope, part, want) for i, part in enumerate(parts) if weak(part) is None}
    kinds = {value.scalar.name for value in strong.values()}
    if len(kinds) > 1:
        scope.refuse(node, f"{' and '.join(sorted(kinds))} do not mix; write a cast")
    if strong:
        want = next(iter(strong.values())).scalar
    elif want is None:
        want = F64 if any(weak(part) is float for part in parts) else I64
    return [strong[i] if i in strong else expression(scope, part, want) for i, part in enumerate(parts)]


def element(scope: Scope, node: ast.Subscript) -> tuple[Array, str]:
    """The array of `x[i]` and LLVM's name of the element's address."""
    array = scope.arrays.get(node.value.id) if isinstance(node.value, ast.Name) else None
    if array is None:
        scope.refuse(node, "only flat arrays have elements")
    index = of_type(scope, node.slice, I64)
    memory = array.scalar.memory
    return array, scope.writer.value(f"getelementptr inbounds {memory}, ptr {array.pointer}, i64 {index.name}")


def _load(scope: Scope, array: Array, address: str) -> Value:
    scalar = array.scalar
    name = scope.writer.value(f"load {scalar.memory}, ptr {address}, align {scalar.size}")
    if scalar is BOOL:
        name = scope.writer.value(f"icmp ne i8 {name}, 0")
    return Value(scalar, name)


def _literal(scope: Scope, node: ast.expr, value: float, want: Scalar | None) -> Value:
    if want is None:
        want = F64 if type(value) is float else I64
    if want is BOOL or (type(value) is float and want.kind != "float"):
        scope.refuse(node, f"{value!r} where {want.name} is needed")
    try:
        spelled = constant(value, want)
    except OverflowError as error:
        scope.refuse(node, str(error))
    scope.literals[node] = (value, want)
    return Value(want, spelled)


def _name(scope: Scope, node: ast.Name) -> Value:
    name = node.id
    if name in scope.values:
        return scope.values[name]
    if name in scope.slots:
        scalar, pointer = scope.slots[name]
        return Value(scalar, scope.writer.value(f"load {scalar.register}, ptr {pointer}"))
    return scope.refuse(node, f"{name} is an array" if name in scope.arrays else f"{name} has no value yet")


def _binary(scope: Scope, node: ast.BinOp) -> Value:
    if weak(node.left) is not None and weak(node.right) is not None:
        scope.refuse(node, "literals alone, of no type; write f32(...)")
    one, two = together(scope, node, [node.left, node.right])
    scalar = one.scalar
    table = {"float": FLOATS, "int": WHOLES, "bool": BITS}[scalar.kind]
    operation = table.get(type(node.op))
    if operation is None:
        scope.refuse(node, f"{type(node.op).__name__} of {scalar.name} is outside the subset")
    return Value(scalar, scope.writer.value(f"{operation} {scalar.register} {one.name}, {two.name}"))


def _unary(scope: Scope, node: ast.UnaryOp) -> Value:
    if isinstance(node.op, ast.Not):
        return Value(BOOL, scope.writer.value(f"xor i1 {truth(scope, node.operand)}, true"))
    if not isinstance(node.op, ast.USub):
        scope.refuse(node, f"{type(node.op).__name__} is outside the subset")
    if weak(node.operand) is not None:
        scope.refuse(node, "literals alone, of no type; write f32(...)")
    value = expression(scope, node.operand)
    if value.scalar is BOOL:
        scope.refuse(node, "a minus before a bool")
    how = "fneg {0} {1}" if value.scalar.kind == "float" else "sub {0} 0, {1}"
    return Value(value.scalar, scope.writer.value(how.format(value.scalar.register, value.name)))


def _compared(scope: Scope, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Value:
    if type(op) not in COMPARED:
        scope.refuse(node, f"{type(op).__name__} is outside the subset")
    if weak(left) is not None and weak(right) is not None:
        scope.refuse(node, "a comparison of literals")
    one, two = together(scope, node, [left, right])
    floats, signed, unsigned = COMPARED[type(op)]
    scalar = one.scalar
    how = f"fcmp {floats}" if scalar.kind == "float" else f"icmp {signed if scalar.signed else unsigned}"
    return Value(BOOL, scope.writer.value(f"{how} {scalar.register} {one.name}, {two.name}"))


def _joined(scope: Scope, node: ast.BoolOp) -> Value:
    operation = "and" if isinstance(node.op, ast.And) else "or"
    result = truth(scope, node.values[0])
    for part in node.values[1:]:
        result = scope.writer.value(f"{operation} i1 {result}, {truth(scope, part)}")
    return Value(BOOL, result)


def _call(scope: Scope, node: ast.Call) -> Value:
    if not isinstance(node.func, ast.Name) or node.keywords:
        scope.refuse(node, "a call outside the subset")
    name = node.func.id
    if name in SCALARS:
        if len(node.args) != 1:
            scope.refuse(node, f"{name}() takes one argument")
        part = node.args[0]
        kind = weak(part)
        if kind is not None and SCALARS[name] is not BOOL and (kind is int or SCALARS[name].kind == "float"):
            return expression(scope, part, SCALARS[name])
        return intrinsics.cast(scope, expression(scope, part), SCALARS[name])
    if name in intrinsics.ARGUMENTS:
        if len(node.args) != intrinsics.ARGUMENTS[name]:
            scope.refuse(node, f"{name}() takes {intrinsics.ARGUMENTS[name]} argument(s)")
        if all(weak(part) is not None for part in node.args):
            scope.refuse(node, f"{name}() of literals alone, of no type; write f32(...)")
        parts = [node.args[0]] if name == "shr" else node.args
        values = together(scope, node, parts)
        if name == "shr":
            values.append(of_type(scope, node.args[1], values[0].scalar))
        return intrinsics.intrinsic(scope, node, name, values)
    try:
        function = scope.module.function(name)
    except KeyError:
        scope.refuse(node, f"{name}() is neither a builtin nor a library function")
    if function is None:
        scope.refuse(node, f"{name}() calls itself")
    if len(node.args) != len(function.arguments):
        scope.refuse(node, f"{name}() takes {len(function.arguments)} argument(s)")
    given = [of_type(scope, part, scalar) for part, scalar in zip(node.args, function.arguments, strict=True)]
    listed = ", ".join(f"{value.scalar.register} {value.name}" for value in given)
    result = function.result
    return Value(result, scope.writer.value(f"call {result.register} @{function.symbol}({listed})"))
