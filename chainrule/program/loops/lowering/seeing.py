"""The same numbers elsewhere: views of them, parts put together, and arrays made from nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.ops.program import WEAK, Entry
from chainrule.program.loops.lowering.lower import Lowering, Rule
from chainrule.program.loops.nests import Expression
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import Buffer, View, axis_of, expanded, permuted, reshaped, sliced, windowed


def _see(lowering: Lowering, entry: Entry, seen: Callable[[View], View | None]) -> None:
    """A view of the first argument; a copy of it where no steps lead there."""
    (arg,) = entry.args
    if arg in lowering.inline and arg not in lowering.views and lowering.value(arg).shape:
        made_of = _seen_through(lowering.inline[arg], seen)
        if made_of is not None:
            lowering.inline[entry.outs[0]] = made_of
            return
    view = lowering.view(entry.args[0])
    made = seen(view)
    if made is None:
        made = seen(lowering.copied(view))
        if made is None:
            raise Unsupported(f"{entry.primitive} of a copy")
    lowering.views[entry.outs[0]] = made


def _reshape(lowering: Lowering, entry: Entry, shape: tuple[int, ...]) -> None:
    _see(lowering, entry, lambda view: reshaped(view, shape))


def _permute(lowering: Lowering, entry: Entry, axes: tuple[int, ...]) -> None:
    _see(lowering, entry, lambda view: permuted(view, axes))


def _expand(lowering: Lowering, entry: Entry, shape: tuple[int, ...]) -> None:
    _see(lowering, entry, lambda view: expanded(view, shape))


def _slice(lowering: Lowering, entry: Entry, items: tuple[tuple[object, ...], ...]) -> None:
    _see(lowering, entry, lambda view: sliced(view, items))


def _windows(lowering: Lowering, entry: Entry, kernel: Any, stride: Any, dilation: Any) -> None:
    _see(lowering, entry, lambda view: windowed(view, kernel, stride, dilation))


def _contiguous(lowering: Lowering, entry: Entry) -> None:
    lowering.views[entry.outs[0]] = lowering.view(entry.args[0])


def _copy(lowering: Lowering, entry: Entry) -> None:
    lowering.views[entry.outs[0]] = lowering.view(entry.args[0])


def _full(lowering: Lowering, entry: Entry, shape: tuple[int, ...], fill: float, dtype: str) -> None:
    lowering.views[entry.outs[0]] = expanded(lowering.number(repr(fill), dtype), shape)


def _arange(lowering: Lowering, entry: Entry, start: int, stop: int, step: int, dtype: str) -> None:
    (n,) = lowering.value(entry.outs[0]).shape
    lowering.views[entry.outs[0]] = View(Buffer(dtype, 1, "arange", name="arange"), start, (axis_of(n, step),))


def _place(lowering: Lowering, entry: Entry, shape: tuple[int, ...], items: Any, fill: float) -> None:
    value = lowering.value(entry.outs[0])
    out = lowering.fresh(value)
    lowering.emit_map(out, ("number", repr(fill), WEAK), value.dtype)
    part = sliced(out, items)
    if part is None:
        raise Unsupported("place")
    (arg,) = entry.args
    lowering.emit_map(reshaped_like(part, lowering.value(arg).shape), lowering.operand(arg), value.dtype)
    lowering.views[entry.outs[0]] = out


def _concatenate(lowering: Lowering, entry: Entry, axis: int) -> None:
    value = lowering.value(entry.outs[0])
    out = lowering.fresh(value)
    start = 0
    for arg in entry.args:
        n = lowering.value(arg).shape[axis]
        items = (("slice", None, None, None),) * axis + (("slice", start, start + n, None),)
        part = sliced(out, items)
        assert part is not None  # memory of its own has one step an axis
        lowering.emit_map(part, lowering.operand(arg), value.dtype)
        start += n
    lowering.views[entry.outs[0]] = out


def _seen_through(e: Expression, seen: Callable[[View], View | None]) -> Expression | None:
    """An expression of views, each seen in another way; None where no steps lead there."""
    if e[0] == "load":
        view = seen(e[1])
        return None if view is None else ("load", view)
    if e[0] == "text":
        parts = tuple(_seen_through(part, seen) for part in e[2])
        return None if None in parts else ("text", e[1], parts, e[3])
    if e[0] == "cast":
        inner = _seen_through(e[3], seen)
        return None if inner is None else ("cast", e[1], e[2], inner)
    return e


def reshaped_like(view: View, shape: tuple[int, ...]) -> View:
    """A view with axes of one element where `shape` has them."""
    found = reshaped(view, shape)
    if found is None:
        raise Unsupported("a part of memory under another shape")
    return found


RULES: dict[str, Rule] = {
    "reshape": _reshape,
    "permute": _permute,
    "expand": _expand,
    "slice": _slice,
    "windows": _windows,
    "contiguous": _contiguous,
    "copy": _copy,
    "full": _full,
    "arange": _arange,
    "place": _place,
    "concatenate": _concatenate,
}
