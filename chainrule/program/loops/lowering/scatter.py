"""Elements found by index arrays: read one by one, or written, or added to, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from chainrule.ops.program import Entry, Value
from chainrule.program.loops.lowering.lower import Lowering, Rule
from chainrule.program.loops.nests import Custom, Expression, Map
from chainrule.program.loops.text.loops import by_unit
from chainrule.program.loops.text.writer import Writer
from chainrule.program.loops.types import type_name
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import Axis, View, axis_of, expanded, joined, offset_of, size_of, sliced

Items = tuple[tuple[object, ...], ...]
Moves = tuple[tuple[Expression, int, int], ...]


def _single(lowering: Lowering, view: View, axes: Sequence[int]) -> View:
    """A view whose given axes have one step each."""
    return view if all(len(joined(view.axes[i])) <= 1 for i in axes) else lowering.copied(view)


def found(
    lowering: Lowering, view: View, items: Items, indices: Sequence[int], shape: tuple[int, ...]
) -> tuple[View, Moves]:
    """`view[items]` as a view of its result's shape that index arrays move on: as NumPy arranges its axes."""
    axis = 0
    fancy, moves, offset = [], [], view.offset
    kept: list[tuple[int, Axis]] = []
    for place, (kind, *rest) in enumerate(items):
        if kind == "new":
            kept.append((place, ()))
            continue
        if kind in ("array", "int"):
            fancy.append((place, kind, rest[0], axis))
        else:
            part = sliced(view, (("slice", None, None, None),) * axis + (("slice", *rest),))
            if part is None:
                raise Unsupported("a slice beside indices")
            offset += part.offset - view.offset
            kept.append((place, part.axes[axis]))
        axis += 1
    kept += [(len(items), rest_axis) for rest_axis in view.axes[axis:]]
    arrays = [int(str(j)) for _, kind, j, _ in fancy if kind == "array"]
    block = max(len(lowering.value(indices[j]).shape) for j in arrays)
    first = fancy[0][0]
    adjacent = [place for place, *_ in fancy] == list(range(first, first + len(fancy)))
    start = sum(place < first for place, _ in kept) if adjacent else 0
    own: list[Axis] = [a for _, a in kept]
    common = [axis_of(n, 0) for n in shape[start : start + block]]
    axes = (*own[:start], *common, *own[start:])
    behind = len(own) - start
    for _, kind, what, at in fancy:
        (size, stride), *more = [*joined(view.axes[at]), (1, 0)][:2] if view.axes[at] else [(1, 0)]
        del more
        if kind == "int":
            offset += offset_of(view.axes[at], int(str(what)) % size_of(view.axes[at]))
            continue
        index = lowering.view(indices[int(str(what))])
        index = index._replace(axes=(*index.axes, *([()] * behind)))
        if index.buffer.dtype == "bool":
            raise Unsupported("a mask as an index")
        load: Expression = lowering.cast(("load", expanded(index, shape)), "int64")
        moves.append((load, size, stride))
    return View(view.buffer, offset, axes), tuple(moves)


def _indexed_axes(items: Items) -> list[int]:
    axes, axis = [], 0
    for kind, *_ in items:
        if kind in ("array", "int", "slice"):
            axes.append(axis)
        axis += kind != "new"
    return axes


def _take(lowering: Lowering, entry: Entry, items: Items) -> None:
    source, *indices = entry.args
    value = lowering.value(entry.outs[0])
    view = _single(lowering, lowering.view(source), _indexed_axes(items))
    base, moves = found(lowering, view, items, indices, value.shape)
    out = lowering.fresh(value)
    lowering.emit_map(out, ("at", base, moves), value.dtype)
    lowering.views[entry.outs[0]] = out


def _gather(lowering: Lowering, entry: Entry, axis: int) -> None:
    value = lowering.value(entry.outs[0])
    view = _single(lowering, lowering.view(entry.args[0]), [axis])
    out = lowering.fresh(value)
    lowering.emit_map(out, ("at", *_along(lowering, view, entry.args[1], axis, value.shape)), value.dtype)
    lowering.views[entry.outs[0]] = out


def _along(lowering: Lowering, view: View, index: int, axis: int, shape: tuple[int, ...]) -> tuple[View, Moves]:
    (size, stride), *_ = [*joined(view.axes[axis]), (1, 0)]
    axes = tuple(axis_of(n, 0) if i == axis else view.axes[i] for i, n in enumerate(shape))
    load = lowering.cast(("load", lowering.view(index)), "int64")
    return view._replace(axes=axes), ((load, size, stride),)


def _index_add(lowering: Lowering, entry: Entry, shape: tuple[int, ...], items: Items) -> None:
    source, *indices = entry.args
    value = lowering.value(entry.outs[0])
    out = lowering.fresh(value)
    lowering.emit_map(out, ("number", "0", "weak"), value.dtype)
    target, moves = found(lowering, out, items, indices, lowering.value(source).shape)
    _scatter(lowering, target, moves, lowering.operand(source), value.dtype, add=True)
    lowering.views[entry.outs[0]] = out


def _scatter_add(lowering: Lowering, entry: Entry, shape: tuple[int, ...], axis: int) -> None:
    source, index = entry.args
    value = lowering.value(entry.outs[0])
    out = lowering.fresh(value)
    lowering.emit_map(out, ("number", "0", "weak"), value.dtype)
    target, moves = _along(lowering, out, index, axis, lowering.value(index).shape)
    _scatter(lowering, target, moves, lowering.operand(source), value.dtype, add=True)
    lowering.views[entry.outs[0]] = out


def _put(lowering: Lowering, entry: Entry, items: Items) -> None:
    source, given, *indices = entry.args
    value = lowering.value(entry.outs[0])
    out = lowering.fresh(value)
    lowering.emit_map(out, lowering.operand(source), value.dtype)
    if indices:
        from chainrule.ops.index import indexed_shape

        shape = indexed_shape(value.shape, items, tuple(lowering.value(i).shape for i in indices))
        target, moves = found(lowering, out, items, indices, shape)
        _scatter(lowering, target, moves, lowering.operand(given), value.dtype, add=False)
    else:
        part = sliced(out, items)
        assert part is not None  # memory of its own has one step an axis
        lowering.emit_map(part, lowering.operand(given), value.dtype)
    lowering.views[entry.outs[0]] = out


def _scatter(
    lowering: Lowering, target: View, moves: Moves, value: Expression, dtype: str, add: bool
) -> None:
    """Write, or add, one element after the other, at places that index arrays name."""
    before = len(lowering.nests)
    shape = target.shape
    stand_in = lowering.fresh(Value(shape, dtype, tuple(range(len(shape)))))
    at: Expression = ("at", target, moves)
    whole = lowering.cast(value, dtype)
    if add:
        whole = ("text", "{0} + {1}", (at, whole), dtype)
    tree: Expression = ("text", "{0}{1}", (at, whole), dtype)
    lowering.emit_map(stand_in, tree, dtype)
    nest = lowering.nests.pop()
    assert isinstance(nest, Map)
    assert len(lowering.nests) >= before
    writer = Writer(small=False, kept=set())
    group = by_unit(nest, 1)
    _, accesses = group.nests[0]
    place, right = nest.value[2]
    names = ["0"]
    writer.line(f"# {lowering.label}")
    for n in group.sizes[1:]:
        names.append(writer.fresh("j"))
        writer.line(f"for {names[-1]} in range({writer.integer(n)}):")
        writer.indent += 1
    spot = writer.expression(place, accesses, names)
    if add:
        right = ("text", "{0} + {1}", (place, right[2][1]), dtype)
        amount = writer.expression(right[2][1], accesses, names)
        writer.line(f"{spot} = {spot} + {_cast(amount, dtype)}")
    else:
        writer.line(f"{spot} = {writer.expression(right, accesses, names)}")
    writer.kept = set(writer.names)
    emitted = writer.finished("scatter", lowering.label)
    buffers = [b for b in emitted.arguments if not isinstance(b, int)]
    kept = [next(a for a in accesses if a.buffer is b) for b in buffers]
    written = tuple(k for k, b in enumerate(buffers) if b is target.buffer)
    lowering.nests.append(
        Custom(lowering.label, kept, emitted, written, 1, (None,) * len(kept), prod(shape) * 2e-3)
    )


def _cast(text: str, dtype: str) -> str:
    return text if dtype == "bool" else f"{type_name(dtype)}({text})"


RULES: dict[str, Rule] = {
    "take": _take, "gather": _gather, "index_add": _index_add, "scatter_add": _scatter_add, "put": _put,
}
