"""Builtins of the kernel subset and casts between its types, in LLVM."""

import ast

from chainrule.program.loops.scalars import BOOL, F32, F64, I32, I64, Scalar, constant
from chainrule.program.loops.scope import Scope, Value

ARGUMENTS = {
    "fma": 3, "sqrt": 1, "abs": 1, "floor": 1, "rint": 1, "copysign": 2, "minimum": 2, "maximum": 2, "isnan": 1,
    "isfinite": 1, "bits": 1, "from_bits": 1, "shr": 2, "mulhi": 2, "pow": 2, "sin": 1, "cos": 1, "likely": 1,
}  # fmt: skip
# LLVM's name of what is one instruction.
DIRECT = {"fma": "fma", "sqrt": "sqrt", "floor": "floor", "rint": "rint", "copysign": "copysign"}
LIBM = frozenset({"pow", "sin", "cos"})


def intrinsic(scope: Scope, node: ast.Call, name: str, values: list[Value]) -> Value:
    """The builtin `name` of values that have one type."""
    write = scope.writer.value
    scalar, first = values[0].scalar, values[0].name
    kind = scalar.register
    if name == "likely":
        _must(scope, node, scalar.kind == "bool")
        scope.module.declare("declare i1 @llvm.expect.i1(i1, i1)")
        return Value(BOOL, write(f"call i1 @llvm.expect.i1(i1 {first}, i1 true)"))
    if name in ("shr", "mulhi"):
        _must(scope, node, scalar.kind == "int")
        return Value(scalar, _shifted(scope, values) if name == "shr" else _high(scope, values))
    if name == "from_bits":
        _must(scope, node, scalar in (I32, I64))
        result = F32 if scalar is I32 else F64
        return Value(result, write(f"bitcast {kind} {first} to {result.register}"))
    if name == "abs" and scalar.kind == "int":
        if not scalar.signed:
            return values[0]
        negative = write(f"sub {kind} 0, {first}")
        return Value(scalar, _choice(scope, f"icmp slt {kind} {first}, 0", scalar, negative, first))
    if name in ("minimum", "maximum") and scalar.kind == "int":
        order = ("s" if scalar.signed else "u") + ("lt" if name == "minimum" else "gt")
        second = values[1].name
        return Value(scalar, _choice(scope, f"icmp {order} {kind} {first}, {second}", scalar, first, second))
    _must(scope, node, scalar.kind == "float")
    match name:
        case "abs":
            return Value(scalar, _magnitude(scope, values[0]))
        case "minimum" | "maximum":
            # As NumPy: the second of two equals (which tells apart -0 and 0), and any NaN, the first before the second.
            order = "olt" if name == "minimum" else "ogt"
            chosen = _choice(scope, f"fcmp {order} {kind} {first}, {values[1].name}", scalar, first, values[1].name)
            return Value(scalar, _choice(scope, f"fcmp uno {kind} {first}, {first}", scalar, first, chosen))
        case "isnan":
            return Value(BOOL, write(f"fcmp uno {kind} {first}, {first}"))
        case "isfinite":
            limit = constant(float("inf"), scalar)
            return Value(BOOL, write(f"fcmp olt {kind} {_magnitude(scope, values[0])}, {limit}"))
        case "bits":
            result = I32 if scalar is F32 else I64
            return Value(result, write(f"bitcast {kind} {first} to {result.register}"))
    given = ", ".join(f"{kind} {value.name}" for value in values)
    if name in LIBM:
        # nobuiltin: the number is libm's, never a rewriting of LLVM's.
        symbol = name + ("f" if scalar is F32 else "")
        scope.module.declare(f"declare {kind} @{symbol}({', '.join([kind] * len(values))}) #1")
        return Value(scalar, write(f"call {kind} @{symbol}({given}) #1"))
    symbol = f"llvm.{DIRECT[name]}.{scalar.name}"
    scope.module.declare(f"declare {kind} @{symbol}({', '.join([kind] * len(values))})")
    return Value(scalar, write(f"call {kind} @{symbol}({given})"))


def cast(scope: Scope, value: Value, target: Scalar) -> Value:
    """A value as another type: integers keep their low bits, floats lose their fraction."""
    source = value.scalar
    if source is target or (source.register == target.register and source.kind == target.kind):
        return Value(target, value.name)
    if target is BOOL:
        how = f"fcmp une {source.register} {value.name}, {constant(0.0, source)}"
        if source.kind == "int":
            how = f"icmp ne {source.register} {value.name}, 0"
        return Value(BOOL, scope.writer.value(how))
    if source.kind == "float" and target.kind == "float":
        operation = "fpext" if target is F64 else "fptrunc"
    elif source.kind == "float":
        operation = "fptosi" if target.signed else "fptoui"
    elif target.kind == "float":
        operation = "sitofp" if source.signed else "uitofp"
    elif target.size > source.size or source is BOOL:
        operation = "sext" if source.signed else "zext"
    else:
        operation = "trunc"
    name = scope.writer.value(f"{operation} {source.register} {value.name} to {target.register}")
    if operation.startswith("fpto"):
        # Of NaN, or of a number out of range, LLVM would be free to make something else at each use.
        name = scope.writer.value(f"freeze {target.register} {name}")
    return Value(target, name)


def _must(scope: Scope, node: ast.Call, fits: bool) -> None:
    if not fits:
        scope.refuse(node, "a builtin of a type it has no meaning for")


def _choice(scope: Scope, condition: str, scalar: Scalar, one: str, two: str) -> str:
    test = scope.writer.value(condition)
    return scope.writer.value(f"select i1 {test}, {scalar.register} {one}, {scalar.register} {two}")


def _magnitude(scope: Scope, value: Value) -> str:
    kind = value.scalar.register
    symbol = f"llvm.fabs.{value.scalar.name}"
    scope.module.declare(f"declare {kind} @{symbol}({kind})")
    return scope.writer.value(f"call {kind} @{symbol}({kind} {value.name})")


def _shifted(scope: Scope, values: list[Value]) -> str:
    return scope.writer.value(f"lshr {values[0].scalar.register} {values[0].name}, {values[1].name}")


def _high(scope: Scope, values: list[Value]) -> str:
    """The upper half of the unsigned product of two integers."""
    kind, bits = values[0].scalar.register, 8 * values[0].scalar.size
    one, two = (scope.writer.value(f"zext {kind} {value.name} to i{2 * bits}") for value in values)
    product = scope.writer.value(f"mul i{2 * bits} {one}, {two}")
    upper = scope.writer.value(f"lshr i{2 * bits} {product}, {bits}")
    return scope.writer.value(f"trunc i{2 * bits} {upper} to {kind}")
