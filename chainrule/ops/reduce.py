"""Reductions over axes, running sums, and the places of extremes."""

from chainrule.errors import ShapeError
from chainrule.ops.layout import c_order
from chainrule.ops.program import Primitive, Value
from chainrule.ops.rules import reduced

Axes = tuple[int, ...]


def _axis_text(axes: Axes, keepdim: bool, rank: int | None = None) -> str:
    axis = str(axes[0]) if len(axes) == 1 else str(axes)
    return f"axis={axis}" + (", keepdims=True" if keepdim else "")


def _sum_shape(a: Value, axes: Axes, keepdim: bool) -> tuple[Value, ...]:
    return (reduced(a, axes, keepdim, "int64" if a.dtype in ("bool", "int8", "int16", "int32", "uint8") else a.dtype),)


def _kept(d, a, axes: Axes, keepdim: bool):  # type: ignore[no-untyped-def]  # derivatives are duck-typed
    return d if keepdim else d.reshape(tuple(1 if i in axes else n for i, n in enumerate(a.shape)))


SUM = Primitive(
    "sum", _sum_shape, lambda a, axes, keepdim: f"{a}.sum({_axis_text(axes, keepdim)})", formula=r"\sum {0}",
    derivative=lambda d, a, y, axes, keepdim: (_kept(d, a, axes, keepdim).expand(a.shape),),
)


def _extreme_shape(a: Value, axes: Axes, keepdim: bool) -> tuple[Value, ...]:
    for axis in axes:
        if a.shape[axis] == 0:
            raise ShapeError("ops.empty_reduction", "max, min", shape=a.shape, axis=axis)
    return (reduced(a, axes, keepdim),)


def _extreme_slope(d, a, y, axes: Axes, keepdim: bool):  # type: ignore[no-untyped-def]  # derivatives are duck-typed
    # Equal extremes share the gradient, as in PyTorch's amax.
    hit = (a == _kept(y, a, axes, keepdim)).to(d.dtype)
    return (_kept(d, a, axes, keepdim) * hit / hit.sum(axes, keepdim=True),)


def _leaders(extreme: str):  # type: ignore[no-untyped-def]  # derivatives are duck-typed
    """1 where an element is the extreme alone, 0 where it shares that, -1 elsewhere; 1 where nothing is finite."""

    def kinks(a, axes: Axes, keepdim: bool):  # type: ignore[no-untyped-def]
        top = getattr(a, extreme)(axes, keepdim=True)
        leads = a == top
        alone = leads.sum(axes, keepdim=True) == 1
        sides = (leads & alone).to("float64") - (~leads).to("float64")
        return sides.where(top.isfinite(), 1.0)

    return kinks


MAX = Primitive(
    "max", _extreme_shape, lambda a, axes, keepdim: f"{a}.max({_axis_text(axes, keepdim)})", formula=r"\max {0}",
    derivative=_extreme_slope, kinks=_leaders("amax"),
)
MIN = Primitive(
    "min", _extreme_shape, lambda a, axes, keepdim: f"{a}.min({_axis_text(axes, keepdim)})", formula=r"\min {0}",
    derivative=_extreme_slope, kinks=_leaders("amin"),
)


def _arg_shape(a: Value, axis: int, keepdim: bool) -> tuple[Value, ...]:
    if a.shape[axis] == 0:
        raise ShapeError("ops.empty_reduction", "argmax, argmin", shape=a.shape, axis=axis)
    return (reduced(a, (axis,), keepdim, "int64"),)


ARGMAX = Primitive(
    "argmax", _arg_shape, lambda a, axis, keepdim: f"{a}.argmax({_axis_text((axis,), keepdim)})",
    derivative=None, formula=r"\arg\max {0}",
)
ARGMIN = Primitive(
    "argmin", _arg_shape, lambda a, axis, keepdim: f"{a}.argmin({_axis_text((axis,), keepdim)})",
    derivative=None, formula=r"\arg\min {0}",
)

ARGSORT = Primitive(
    "argsort", lambda a, axis: (a._replace(dtype="int64", order=c_order(len(a.shape))),),
    lambda a, axis: f'np.argsort({a}, axis={axis}, kind="stable")', derivative=None,
    formula=r"\operatorname{{argsort}} {0}",
)

CUMSUM = Primitive(
    "cumsum", lambda a, axis: (a._replace(dtype="int64" if a.dtype == "bool" else a.dtype),),
    lambda a, axis: f"np.cumsum({a}, axis={axis})", formula=r"\textstyle\sum_{{j \le i}} {0}",
    derivative=lambda d, a, y, axis: (d.flip(axis).cumsum(axis).flip(axis),),
)
