"""Expressions of the kernel subset in LLVM.

A literal is weak: it takes the type that the other side, the target or the call asks for; alone it is f64 or i64.
Variables of different types never mix; the text says `f32(x)`.
"""

import ast

from chainrule.program.loops import intrinsics
from chainrule.program.loops.scalars import BOOL, F64, I64, SCALARS, Scalar, constant
from chainrule.program.loops.scope import Array, Scope, Value

FLOATS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
WHOLES = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.FloorDiv: "udiv", ast.Mod: "urem",
    ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.LShift: "shl",
}  # fmt: skip
BITS = {ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor"}
COMPARED = {
    ast.Eq: ("oeq", "eq", "eq"), ast.NotEq: ("une", "ne", "ne"), ast.Lt: ("olt", "slt", "ult"),
    ast.LtE: ("ole", "sle", "ule"), ast.Gt: ("ogt", "sgt", "ugt"), ast.GtE: ("oge", "sge", "uge"),
}  # fmt: skip


def weak(node: ast.expr) -> str | None:
    """`"float"` or `"int"` for an expression of literals alone, which takes whatever type it is wanted in."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=float()):
            return "float"
        case ast.Constant(value=int()):
            return "int"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return weak(operand)
        case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
            kinds = {weak(left), weak(right)}
            if None in kinds:
                return None
            return "float" if "float" in kinds or isinstance(getattr(node, "op", None), ast.Div) else "int"
    return None


def expression(scope: Scope, node: ast.expr, want: Scalar | None = None) -> Value:
    """The value of an expression.

    Args:
        scope: the names.
        node: the expression.
        want: type that a literal takes; what is not a literal keeps its own.
    """
    match node:
        case ast.Constant():
            return _literal(scope, node, want)
        case ast.Name():
            return _name(scope, node)
        case ast.BinOp():
            return _binary(scope, node, want)
        case ast.UnaryOp():
            return _unary(scope, node, want)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(scope, node, left, op, right)
        case ast.BoolOp():
            return _joined(scope, node)
        case ast.IfExp():
            condition = truth(scope, node.test)
            one, two = together(scope, node, [node.body, node.orelse], want)
            kind = one.scalar.register
            name = scope.writer.value(f"select i1 {condition}, {kind} {one.name}, {kind} {two.name}")
            return Value(one.scalar, name)
        case ast.Subscript():
            array, address = element(scope, node)
            return _load(scope, array, address)
        case ast.Call():
            return _call(scope, node, want)
    scope.refuse(node, "an expression outside the subset")


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
        want = F64 if any(weak(part) == "float" for part in parts) else I64
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


def _literal(scope: Scope, node: ast.Constant, want: Scalar | None) -> Value:
    kind = type(node.value)
    if kind is bool:
        return Value(BOOL, constant(node.value, BOOL))
    if kind not in (int, float):
        scope.refuse(node, "a literal that is no number")
    if want is None:
        want = F64 if kind is float else I64
    if want is BOOL or (kind is float and want.kind != "float"):
        scope.refuse(node, f"{node.value!r} where {want.name} is needed")
    try:
        return Value(want, constant(node.value, want))
    except OverflowError as error:
        scope.refuse(node, str(error))


def _name(scope: Scope, node: ast.Name) -> Value:
    name = node.id
    if name in scope.values:
        return scope.values[name]
    if name in scope.slots:
        scalar, pointer = scope.slots[name]
        return Value(scalar, scope.writer.value(f"load {scalar.register}, ptr {pointer}"))
    scope.refuse(node, f"{name} is an array, not a number" if name in scope.arrays else f"{name} has no value yet")


def _binary(scope: Scope, node: ast.BinOp, want: Scalar | None) -> Value:
    one, two = together(scope, node, [node.left, node.right], want)
    scalar = one.scalar
    table = {"float": FLOATS, "int": WHOLES, "bool": BITS}[scalar.kind]
    operation = table.get(type(node.op))
    if operation is None:
        scope.refuse(node, f"{type(node.op).__name__} of {scalar.name} is outside the subset")
    return Value(scalar, scope.writer.value(f"{operation} {scalar.register} {one.name}, {two.name}"))


def _unary(scope: Scope, node: ast.UnaryOp, want: Scalar | None) -> Value:
    if isinstance(node.op, ast.Not):
        return Value(BOOL, scope.writer.value(f"xor i1 {truth(scope, node.operand)}, true"))
    if not isinstance(node.op, ast.USub):
        scope.refuse(node, f"{type(node.op).__name__} is outside the subset")
    if isinstance(node.operand, ast.Constant) and type(node.operand.value) in (int, float):
        return _literal(scope, ast.copy_location(ast.Constant(-node.operand.value), node), want)
    value = expression(scope, node.operand, want)
    if value.scalar.kind == "float":
        return Value(value.scalar, scope.writer.value(f"fneg {value.scalar.register} {value.name}"))
    if value.scalar.kind == "int":
        return Value(value.scalar, scope.writer.value(f"sub {value.scalar.register} 0, {value.name}"))
    scope.refuse(node, "a minus before a bool")


def _compared(scope: Scope, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Value:
    if type(op) not in COMPARED:
        scope.refuse(node, f"{type(op).__name__} is outside the subset")
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


def _call(scope: Scope, node: ast.Call, want: Scalar | None) -> Value:
    if not isinstance(node.func, ast.Name) or node.keywords:
        scope.refuse(node, "a call outside the subset")
    name = node.func.id
    if name in SCALARS:
        if len(node.args) != 1:
            scope.refuse(node, f"{name}() takes one argument")
        part = node.args[0]
        if weak(part) is not None and (weak(part) == "int" or SCALARS[name].kind == "float"):
            return expression(scope, part, SCALARS[name])
        return intrinsics.cast(scope, expression(scope, part), SCALARS[name])
    if name in intrinsics.ARGUMENTS:
        if len(node.args) != intrinsics.ARGUMENTS[name]:
            scope.refuse(node, f"{name}() takes {intrinsics.ARGUMENTS[name]} argument(s)")
        parts = [node.args[0]] if name == "shr" else node.args
        values = together(scope, node, parts, want if name not in intrinsics.OTHER_RESULT else None)
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
