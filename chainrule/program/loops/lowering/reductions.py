"""Sums and extremes over axes; over many rows first within pieces of them, then over the pieces."""

from __future__ import annotations

from math import prod

from chainrule.ops.program import Entry, Value
from chainrule.program.loops.lowering.lower import Lowering, Rule
from chainrule.program.loops.nests import Access, Expression, Reduce, by_memory, common_loops, reordered
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import View, axis_of, expanded

SERIAL = 64  # terms of a sum over rows that are added one after the other


def _sum(lowering: Lowering, entry: Entry, axes: tuple[int, ...], keepdim: bool) -> None:
    _reduce(lowering, entry, "sum", axes, keepdim)


def _max(lowering: Lowering, entry: Entry, axes: tuple[int, ...], keepdim: bool) -> None:
    _reduce(lowering, entry, "max", axes, keepdim)


def _min(lowering: Lowering, entry: Entry, axes: tuple[int, ...], keepdim: bool) -> None:
    _reduce(lowering, entry, "min", axes, keepdim)


def _argmax(lowering: Lowering, entry: Entry, axis: int, keepdim: bool) -> None:
    _reduce(lowering, entry, "argmax", (axis,), keepdim)


def _argmin(lowering: Lowering, entry: Entry, axis: int, keepdim: bool) -> None:
    _reduce(lowering, entry, "argmin", (axis,), keepdim)


def _reduce(lowering: Lowering, entry: Entry, kind: str, axes: tuple[int, ...], keepdim: bool) -> None:
    value = lowering.value(entry.outs[0])
    shape = lowering.value(entry.args[0]).shape
    (arg,) = entry.args
    alone = lowering.single(arg) if kind in ("sum", "max", "min") else None
    expression = alone or lowering.operand(arg)
    axes = tuple(axis % max(len(shape), 1) for axis in axes) if shape else ()
    out = lowering.fresh(value)
    whole = out
    if not keepdim:  # give the result its reduced axes again, of one element
        kept = iter(out.axes)
        whole = out._replace(axes=tuple(() if i in axes else next(kept) for i in range(len(shape))))
    if kind.startswith("arg"):
        expression = ("load", lowering.view(entry.args[0]))
    reduced(lowering, kind, expression, shape, whole, axes, value.dtype)
    lowering.views[entry.outs[0]] = out


def reduced(
    lowering: Lowering, kind: str, expression: Expression, shape: tuple[int, ...], out: View, axes: tuple[int, ...],
    dtype: str,
) -> None:
    """Reduce `axes` of an expression of that shape; over many rows first within pieces of them."""
    if not kind.startswith("arg"):
        expression = lowering.cast(expression, dtype)
    stretched = out._replace(
        axes=tuple(axis_of(n, 0) if i in axes else o for i, (n, o) in enumerate(zip(shape, out.axes, strict=True)))
    )
    views, tree = lowering._flattened(expression, stretched)
    if not views:
        views = [expanded(lowering.number("0", dtype), shape)]
    loops = common_loops([*views, stretched])
    if loops is None:
        copies = [v if v.buffer.kind in ("number", "arange") else lowering.copied(v) for v in views]
        loops = common_loops([*copies, stretched])
        if loops is None:
            raise Unsupported("axes that do not fit into common loops")
    sizes, (*sources, target) = loops
    dims = [n for group in sizes for n in group]
    reduced = [i in axes for i, group in enumerate(sizes) for _ in group]
    _reduced(lowering, kind, tree, dims, reduced, sources, target, dtype)


def _reduced(
    lowering: Lowering, kind: str, tree: Expression, dims: list[int], reduced: list[bool], sources: list[Access],
    target: Access, dtype: str,
) -> None:
    real = [i for i, n in enumerate(dims) if n > 1]
    if len(real) < len(dims):
        sources = [a._replace(strides=tuple(a.strides[i] for i in real)) for a in sources]
        target = target._replace(strides=tuple(target.strides[i] for i in real))
        dims, reduced = [dims[i] for i in real], [reduced[i] for i in real]
    source = max(sources, key=lambda a: prod(n for n, s in zip(dims, a.strides, strict=True) if s))
    arg = by_memory(dims, source.strides)
    kept_loops = [i for i in arg if not reduced[i]]
    order = range(len(dims)) if kind.startswith("arg") else arg
    reduced_loops = [i for i in order if reduced[i]]
    count = prod(dims[i] for i in reduced_loops)
    slowest = next((i for i in arg if dims[i] > 1 and source.strides[i]), None)
    pieced = kind in ("sum", "max", "min", "dot") and not lowering.rows_last
    if pieced and slowest is not None and reduced[slowest] and count > SERIAL:
        pieces = max(d for d in range(1, SERIAL + 1) if dims[slowest] % d == 0)
        if 1 < pieces < count:
            _reduce_in_pieces(lowering, kind, tree, dims, reduced, sources, target, slowest, pieces, dtype)
            return
    ordered, accesses = reordered(dims, [*sources, target], [*kept_loops, *reduced_loops])
    lowering.nests.append(Reduce(lowering.label, accesses, ordered, len(kept_loops), kind, tree, dtype))


def _reduce_in_pieces(
    lowering: Lowering, kind: str, tree: Expression, dims: list[int], reduced: list[bool], sources: list[Access],
    target: Access, slowest: int, pieces: int, dtype: str,
) -> None:
    """Every piece of the slowest loop for itself, then all pieces."""
    many = dims[slowest] // pieces
    cut = [*dims[:slowest], pieces, many, *dims[slowest + 1 :]]
    inner = [*reduced[:slowest], False, True, *reduced[slowest + 1 :]]
    finer = [
        a._replace(strides=(*a.strides[:slowest], a.strides[slowest] * many, *a.strides[slowest:])) for a in sources
    ]
    shape = tuple(1 if gone else n for n, gone in zip(cut, inner, strict=True))
    partial = lowering.fresh(Value(shape, dtype, (slowest, *(i for i in range(len(shape)) if i != slowest))))
    between = Access(partial.buffer, partial.offset, tuple(sum(s for _, s in axis) for axis in partial.axes))
    _reduced(lowering, kind, tree, cut, inner, finer, between, dtype)
    outer = [i == slowest for i in range(len(shape))]
    last = target._replace(strides=(*target.strides[:slowest], 0, 0, *target.strides[slowest + 1 :]))
    again = "sum" if kind == "dot" else kind
    _reduced(lowering, again, ("load", 0), list(shape), outer, [between], last, dtype)


RULES: dict[str, Rule] = {"sum": _sum, "max": _max, "min": _min, "argmax": _argmax, "argmin": _argmin}
