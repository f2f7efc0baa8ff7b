"""Arithmetic between two arrays that stretch to a common shape, and the choice between two by a third."""

from typing import Any

from chainrule.ops.program import Primitive, Value
from chainrule.ops.rules import elementwise

ADD = Primitive(
    "add", elementwise("add"), "{0} + {1}", broadcasts=True, formula="{0} + {1}",
    loops="{0} + {1}",
    derivative=lambda d, a, b, y: (d, d),
)

SUBTRACT = Primitive(
    "subtract", elementwise("subtract"), "{0} - {1}", broadcasts=True, formula="{0} - {1}",
    loops="{0} - {1}",
    derivative=lambda d, a, b, y: (d, -d),
)

MULTIPLY = Primitive(
    "multiply", elementwise("multiply"), "{0} * {1}", broadcasts=True, formula=r"{0} \cdot {1}",
    loops="{0} * {1}",
    derivative=lambda d, a, b, y: (d * b, d * a),
)

DIVIDE = Primitive(
    "divide", elementwise("divide", floating=True), "{0} / {1}", broadcasts=True, formula=r"\frac{{{0}}}{{{1}}}",
    loops="{0} / {1}",
    derivative=lambda d, a, b, y: (d / b, -d * y / b),
)

NEGATIVE = Primitive(
    "negative", elementwise("negative"), "-{0}", formula="-{0}",
    loops="-{0}",
    derivative=lambda d, a, y: (-d,),
)


def _power_slopes(d, a, b, y):  # type: ignore[no-untyped-def]  # derivatives are duck-typed
    if not hasattr(b, "shape"):
        if b == 0:
            return None, None
        return (d * a * 2.0 if b == 2 else d * b * a ** (b - 1)), None
    # 0 ** b does not change with b, though its logarithm is not finite.
    logarithm = a.log().where(a > 0, 0.0) if hasattr(a, "shape") else _logarithm(a)
    return d * b * a ** (b - 1), d * y * logarithm


def _logarithm(number: float) -> float:
    from math import log

    return log(number) if number > 0 else 0.0


POWER = Primitive(
    "power", elementwise("power"), "{0} ** {1}", broadcasts=True, formula="{{{0}}}^{{{1}}}", bakes_numbers=True,
    loops="power_{t}({0}, {1})", derivative=_power_slopes,
)


# Where both are equal each takes half, as in PyTorch; a NaN on either side stays a NaN.
def _share(d: Any, chosen: Any, equal: Any) -> Any:
    return d.where(chosen, (d * 0.5).where(equal, 0.0))


MAXIMUM = Primitive(
    "maximum", elementwise("maximum"), "np.maximum({0}, {1})", broadcasts=True, formula=r"\max({0}, {1})",
    loops="maximum({0}, {1})",
    derivative=lambda d, a, b, y: (_share(d, a > b, a == b), _share(d, a < b, a == b)),
    kinks=lambda a, b: a - b,
)

MINIMUM = Primitive(
    "minimum", elementwise("minimum"), "np.minimum({0}, {1})", broadcasts=True, formula=r"\min({0}, {1})",
    loops="minimum({0}, {1})",
    derivative=lambda d, a, b, y: (_share(d, a < b, a == b), _share(d, a > b, a == b)),
    kinks=lambda a, b: a - b,
)


def _where_shape(condition: Value, a: Value, b: Value) -> tuple[Value, ...]:
    (chosen,) = elementwise("where")(a, b)
    (full,) = elementwise("where", dtype=chosen.dtype)(condition._replace(dtype=chosen.dtype), a, b)
    return (full,)


WHERE = Primitive(
    "where", _where_shape, "np.where({0}, {1}, {2})", broadcasts=True,
    formula=r"{1} \text{{ if }} {0} \text{{ else }} {2}",
    loops="{1} if {0} else {2}",
    derivative=lambda d, c, a, b, y: (None, d.where(c, 0.0), d.where(~c, 0.0)),
)
