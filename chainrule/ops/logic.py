"""Comparisons, logic, and changes of dtype."""

from chainrule.ops.program import Primitive, Static, Value
from chainrule.ops.rules import elementwise


def _comparison(name: str, sign: str, formula: str) -> Primitive:
    return Primitive(
        name, elementwise(name, dtype="bool"), f"{{0}} {sign} {{1}}", derivative=None, broadcasts=True,
        loops=f"{{0}} {sign} {{1}}", formula=f"{{0}} {formula} {{1}}",
    )


EQUAL = _comparison("equal", "==", "=")
NOT_EQUAL = _comparison("not_equal", "!=", r"\ne")
LESS = _comparison("less", "<", "<")
LESS_EQUAL = _comparison("less_equal", "<=", r"\le")
GREATER = _comparison("greater", ">", ">")
GREATER_EQUAL = _comparison("greater_equal", ">=", r"\ge")

LOGICAL_AND = Primitive(
    "logical_and", elementwise("logical_and", dtype="bool"), "np.logical_and({0}, {1})", loops="{0} and {1}",
    derivative=None,
    broadcasts=True, formula=r"{0} \land {1}",
)
LOGICAL_OR = Primitive(
    "logical_or", elementwise("logical_or", dtype="bool"), "np.logical_or({0}, {1})", loops="{0} or {1}",
    derivative=None,
    broadcasts=True, formula=r"{0} \lor {1}",
)
LOGICAL_NOT = Primitive(
    "logical_not", elementwise("logical_not", dtype="bool"), "np.logical_not({0})", loops="not {0}",
    derivative=None,
    formula=r"\lnot {0}",
)
ISNAN = Primitive(
    "isnan", elementwise("isnan", dtype="bool"), "np.isnan({0})", loops="{0} != {0}",
    derivative=None, formula=r"{0} = \text{{NaN}}",
)
ISFINITE = Primitive(
    "isfinite", elementwise("isfinite", dtype="bool"), "np.isfinite({0})", loops="isfinite({0})",
    derivative=None,
    formula=r"{0} \in \mathbb{{R}}",
)


def _cast_shape(a: Value, dtype: str) -> tuple[Value, ...]:
    return (elementwise("cast")(a)[0]._replace(dtype=dtype),)


def _cast_slope(d, a, y, dtype: str):  # type: ignore[no-untyped-def]  # derivatives are duck-typed
    return (d.to(a.dtype) if dtype.startswith("float") and a.dtype.kind == "f" else None,)


CAST = Primitive(
    "cast", _cast_shape, lambda a, dtype: f"{a}.astype(np.{'bool_' if dtype == 'bool' else dtype})",
    derivative=_cast_slope, formula="{0}",
)


def cast_static(dtype: str) -> Static:
    """The static arguments of a cast."""
    return (("dtype", dtype),)
