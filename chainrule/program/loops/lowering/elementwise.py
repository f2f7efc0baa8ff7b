"""Elementwise primitives: each is what its own `loops` says, with its arguments as one type."""

from __future__ import annotations

from chainrule.ops import arithmetic, elementary, logic
from chainrule.ops.program import PRIMITIVES, WEAK, Entry, Primitive
from chainrule.program.loops.lowering.lower import Lowering, Rule, stretched
from chainrule.program.loops.nests import Expression, Map, leaves
from chainrule.program.loops.types import type_name
from chainrule.program.loops.unsupported import Unsupported

_COMPARISONS = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "isnan", "isfinite"}
_LOGIC = {"logical_and", "logical_or", "logical_not"}
_HEAVY = {
    "exp": 4, "expm1": 6, "log": 6, "log1p": 8, "tanh": 8, "sigmoid": 6, "erf": 8, "power": 20, "sin": 6, "cos": 6,
}
_CHEAP = {"add", "subtract", "multiply", "divide", "negative", "cast", "maximum", "minimum", "equal", "where", "sqrt"}


def elementwise(lowering: Lowering, entry: Entry) -> None:
    """One statement for every element."""
    name, (out,) = entry.primitive, entry.outs
    value = lowering.value(out)
    expression = _expression(lowering, name, [lowering.operand(a) for a in entry.args], value.dtype)
    _keep(lowering, out, expression, name)


def _keep(lowering: Lowering, out: int, expression: Expression, name: str) -> None:
    value = lowering.value(out)
    if value.shape == () and name in _CHEAP and _outside(expression):
        lowering.inline[out] = lowering.cast(expression, value.dtype)
        return
    seen = [e[1] for e in leaves(expression) if e[0] == "load"]
    from_nothing = bool(seen) and all(view.buffer.kind in ("number", "arange") for view in seen)
    if value.shape and from_nothing and name in _CHEAP | _COMPARISONS:
        lowering.inline[out] = stretched(lowering.cast(expression, value.dtype), value.shape)
        return
    view = lowering.fresh_like(value, seen)
    lowering.emit_map(view, expression, value.dtype, _HEAVY.get(name, 1.0))
    nest = lowering.nests[-1]
    assert isinstance(nest, Map)
    lowering.maps[view.buffer] = (nest, lowering.cast(expression, value.dtype), out)
    lowering.views[out] = view


def _outside(expression: Expression) -> bool:
    """Whether an expression reads nothing that this Program computes: then it may be computed wherever wanted."""
    kind = expression[0]
    if kind == "load":
        return expression[1].buffer.kind in ("control", "number")
    if kind == "text":
        return all(_outside(part) for part in expression[2])
    if kind == "cast":
        return _outside(expression[3])
    return bool(kind == "number")


def _expression(lowering: Lowering, name: str, args: list[Expression], dtype: str) -> Expression:
    kinds = {lowering.dtype_of(arg) for arg in args} - {WEAK}
    if name in _LOGIC:
        parts = [_truth(lowering, arg) for arg in args]
    elif name in _COMPARISONS:
        common = next(iter(sorted(kinds - {"bool"})), WEAK) if kinds != {"bool"} else "int64"
        parts = [lowering.cast(arg, common) for arg in args]
        if name in ("isnan", "isfinite") and not common.startswith("float") and common != WEAK:
            return ("number", "False" if name == "isnan" else "True", "bool")
    elif name == "where":
        parts = [_truth(lowering, args[0]), *(lowering.cast(arg, dtype) for arg in args[1:])]
    elif name == "power":
        return _powered(lowering, args, dtype)
    elif name == "absolute" and "int" in dtype:
        (arg,) = args
        return ("text", "{0} if {0} >= 0 else -{0}", (arg,), dtype)
    else:
        parts = [lowering.cast(arg, dtype) for arg in args]
        if name == "sign" and "int" in dtype:
            t = type_name(dtype)
            return ("text", f"{t}({{0}} > 0) - {t}({{0}} < 0)", tuple(parts), dtype)
        if name == "multiply":
            for one, other in (parts, parts[::-1]):
                if _is_one(one):
                    return other
        if name == "divide" and parts[1][0] != "number" and _scalar(args[1]):
            return ("text", "{0} * (1.0 / {1})", tuple(parts), dtype)  # one division, before the loop
    t = type_name(dtype) if dtype != "bool" else "f32"
    return ("text", PRIMITIVES[name].loops.replace("{t}", t), tuple(parts), dtype)


def _scalar(e: Expression) -> bool:
    """Whether an expression is one number for all elements."""
    if e[0] == "load":
        return bool(e[1].shape == ())
    return e[0] != "text" or all(_scalar(part) for part in e[2])


def _is_one(e: Expression) -> bool:
    """Whether an expression is the number 1: a product with it has the same bits."""
    if e[0] == "cast":
        return _is_one(e[3])
    text = e[1] if e[0] == "number" else e[1].buffer.name if e[0] == "load" and e[1].buffer.kind == "number" else ""
    return text in ("1", "1.0")


def _truth(lowering: Lowering, arg: Expression) -> Expression:
    if lowering.dtype_of(arg) == "bool":
        return arg
    return ("text", "{0} != 0" if "int" in lowering.dtype_of(arg) else "{0} != 0.0", (arg,), "bool")


def _powered(lowering: Lowering, args: list[Expression], dtype: str) -> Expression:
    base, exponent = lowering.cast(args[0], dtype), args[1]
    if exponent[0] == "number":
        number = float(exponent[1])
        text = {2.0: "{0} * {0}", 1.0: "{0} + 0.0", 0.5: "sqrt({0})", -1.0: "1.0 / {0}"}.get(number)
        if text is not None and ("float" in dtype or number in (1.0, 2.0)):
            return ("text", text.replace("+ 0.0", "+ 0") if "int" in dtype else text, (base,), dtype)
    if "int" in dtype:
        raise Unsupported("powers of integers")
    return ("text", f"power_{type_name(dtype)}({{0}}, {{1}})", (base, lowering.cast(exponent, dtype)), dtype)


def _cast(lowering: Lowering, entry: Entry, dtype: str) -> None:
    (arg,) = entry.args
    expression = lowering.operand(arg)
    own = lowering.dtype_of(expression)
    if own == dtype:
        lowering.views[entry.outs[0]] = lowering.view(arg)
        return
    made = _truth(lowering, expression) if dtype == "bool" else lowering.cast(expression, dtype)
    _keep(lowering, entry.outs[0], made, "cast")


RULES: dict[str, Rule] = {
    rule.name: elementwise
    for family in (arithmetic, elementary, logic)
    for rule in vars(family).values()
    if isinstance(rule, Primitive) and rule.loops
}
RULES["cast"] = _cast
