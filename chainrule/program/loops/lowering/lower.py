"""From a Program to loop nests: views become steps through memory, everything else a nest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import prod

from chainrule.ops.layout import c_order
from chainrule.ops.program import WEAK, Entry, Program, Value
from chainrule.program.loops.nests import (
    Expression,
    Map,
    Nest,
    by_memory,
    common_loops,
    leaves,
    reordered,
)
from chainrule.program.loops.types import type_name
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import (
    Axis,
    Buffer,
    View,
    dense,
    expanded,
    joined,
)

MOST_REPEATED = 16  # times: an array that stretches further says nothing about the memory of the result
MOST_HEAVY = 2.0  # times an addition: dearer expressions are computed once, and kept

Rule = Callable[..., None]
"""Lowers an entry: (lowering, entry, **static)."""


class Lowering:
    """The nests of a Program, in its order, and where each of its values lies.

    Args:
        program: to be lowered.
        rules: how each primitive is lowered.
        given: where inputs, controls and slots lie, by value.
        rows_last: values lie with the rows of the batch side by side, so that loops over them become vectors.
    """

    def __init__(
        self, program: Program, rules: Mapping[str, Rule], given: dict[int, View], rows_last: bool = False
    ) -> None:
        self.program = program
        self.rules = rules
        self.nests: list[Nest] = []
        self.views: dict[int, View] = dict(given)
        self.inline: dict[int, Expression] = {}
        self.maps: dict[Buffer, tuple[Map, Expression, int]] = {}
        self.roots, self.uses = _uses(program)
        self.products: dict[Buffer, tuple[View, View, View]] = {}
        self.done: set[int] = set()  # values that an entry before theirs has made already
        self.label = ""
        self.rows_last = rows_last

    def run(self) -> None:
        """Lower every entry."""
        for entry in self.program.entries:
            if self.done.issuperset(entry.outs):
                continue
            self.label = self._label(entry)
            if any(0 in self.value(v).shape for v in (*entry.args, *entry.outs)):
                raise Unsupported("an array without elements")
            rule = self.rules.get(entry.primitive)
            if rule is None:
                raise Unsupported(f"{entry.primitive} has no loops")
            rule(self, entry, **dict(entry.static))

    def _label(self, entry: Entry) -> str:
        if entry.region is None:
            return entry.primitive
        region = self.program.regions[entry.region]
        name = f"{region.module}: {region.name}" if region.module else region.name
        return f"backward of {name}" if region.backward_of is not None else name

    # --- values ---------------------------------------------------------------------------------------------------

    def value(self, index: int) -> Value:
        """The description of a value."""
        return self.program.values[index]

    def view(self, index: int) -> View:
        """Where a value lies; one that was only an expression is written down."""
        if index in self.views:
            return self.views[index]
        value = self.value(index)
        if value.origin == "constant":
            return self.number(value.name, value.dtype)
        out = self.fresh(value)
        self.emit_map(out, self.inline[index], value.dtype)
        self.views[index] = out
        return out

    def number(self, literal: str, dtype: str) -> View:
        """A number that stands in the text itself."""
        return View(Buffer(dtype, 1, "number", name=literal), 0, ())

    def fresh(self, value: Value) -> View:
        """Memory for a value, in its own order."""
        if self.rows_last and value.rows is not None and len(value.shape) > 1:
            others = [axis for axis in range(len(value.shape)) if axis != value.rows]
            value = value._replace(order=(*others, value.rows))
        return dense(Buffer(value.dtype, prod(value.shape), name=f"t_{type_name(value.dtype)}"), value)

    def fresh_like(self, value: Value, views: Sequence[View]) -> View:
        """Memory for a value laid out as the largest of these views is: what lies together there stays together."""
        if not value.shape or self.rows_last:
            return self.fresh(value)
        largest, found = 0, None
        for view in (expanded(v, value.shape) for v in views if v.buffer.kind not in ("number", "arange")):
            count = prod(n for axis in view.axes for n, stride in axis if stride)
            if count > largest:
                largest, found = count, view
        whole = prod(value.shape)
        if found is None or largest * MOST_REPEATED < whole:
            return self.fresh(value)
        factors = [(abs(stride), -i, n) for i, axis in enumerate(found.axes) for n, stride in joined(axis)]
        steady = sorted((f for f in factors if f[0]), reverse=True)
        repeated = sorted((f for f in factors if not f[0]), reverse=True)
        if repeated and value.order and -repeated[0][1] != value.order[0]:
            return self.fresh(value)
        ordered = [*steady[:-1], *repeated, *steady[-1:]]
        axes: list[list[tuple[int, int]]] = [[] for _ in value.shape]
        step = 1
        for _, i, n in reversed(ordered):
            axes[-i].append((n, step))
            step *= n
        inner = tuple(tuple(reversed(axis)) for axis in axes)
        if not all(_outermost_first(axis) for axis in inner):
            return self.fresh(value)
        return View(Buffer(value.dtype, whole, name=f"t_{type_name(value.dtype)}"), 0, inner)

    def copied(self, view: View, order: Sequence[int] | None = None) -> View:
        """The same numbers in memory of their own, row by row (or in another order of the axes)."""
        shape = view.shape
        value = Value(shape, view.buffer.dtype, tuple(order) if order is not None else c_order(len(shape)))
        out = self.fresh(value)
        self.emit_map(out, ("load", view), value.dtype)
        return out

    def home(self, view: View) -> Lowering:
        """Where a copy of that is made."""
        del view
        return self

    def operand(self, index: int) -> Expression:
        """How an expression reads a value."""
        value = self.value(index)
        if value.origin == "constant" and value.dtype == WEAK:
            return ("number", value.name, WEAK)
        if index in self.inline and index not in self.views:
            return self.inline[index]
        return ("load", self.view(index))

    def single(self, index: int) -> Expression | None:
        """The expression that a value was made by, if only one entry reads it: its nest is taken back."""
        view = self.views.get(index)
        return None if view is None else self._taken_back(view)

    def _taken_back(self, view: View) -> Expression | None:
        found = self.maps.get(view.buffer)
        if found is None:
            return None
        nest, expression, index = found
        alone = self.views.get(index) == view and self.uses[self.roots.get(index, index)] == 1
        if not alone or nest not in self.nests or nest.heavy > MOST_HEAVY:
            return None
        if any(e[0] == "at" for e in leaves(expression)):
            return None
        self.nests.remove(nest)
        return self._inside(expression, view.shape)

    def _inside(self, e: Expression, shape: tuple[int, ...]) -> Expression:
        """An expression with those in it that only it reads."""
        if e[0] == "load":
            inner = self._taken_back(e[1]) if e[1].shape == shape else None
            return inner or ("load", expanded(e[1], shape))
        if e[0] == "text":
            return ("text", e[1], tuple(self._inside(part, shape) for part in e[2]), e[3])
        return ("cast", e[1], e[2], self._inside(e[3], shape)) if e[0] == "cast" else e

    def dtype_of(self, expression: Expression) -> str:
        """The type of an expression's result."""
        kind = expression[0]
        if kind in {"load", "at"}:
            return str(expression[1].buffer.dtype)
        return str(expression[2] if kind == "number" else expression[1] if kind == "cast" else expression[3])

    def cast(self, expression: Expression, dtype: str) -> Expression:
        """An expression as another type."""
        own = self.dtype_of(expression)
        if own == dtype or (own == WEAK and dtype == "float64") or (own == "float64" and dtype == WEAK):
            return expression
        if expression[0] == "number":
            return ("number", expression[1], dtype)
        return ("cast", dtype, own, expression)

    # --- nests ------------------------------------------------------------------------------------------------------

    def emit_map(self, out: View, value: Expression, dtype: str, heavy: float = 1.0) -> None:
        """One statement for every element of `out`."""
        value = self.cast(value, dtype)
        views, tree = self._flattened(value, out)
        loops = common_loops([*views, out])
        if loops is None:
            copies = [v if v.buffer.kind == "number" else self.copied(v) for v in views]
            loops = common_loops([*copies, out])
            if loops is None:
                raise Unsupported("axes that do not fit into common loops")
        sizes, accesses = loops
        dims = tuple(n for group in sizes for n in group)
        dims, accesses = reordered(dims, accesses, by_memory(dims, accesses[-1].strides))
        self.nests.append(Map(self.label, accesses, dims, tree, heavy))

    def _flattened(self, value: Expression, out: View) -> tuple[list[View], Expression]:
        """An expression with its views pulled out into a list, each stretched to the shape of `out`."""
        views: list[View] = []
        return views, _numbered(value, out.shape, views)


def _numbered(e: Expression, shape: tuple[int, ...], views: list[View]) -> Expression:
    """An expression that reads by number; its views, stretched to one shape, go to the end of a list."""
    kind = e[0]
    if kind == "load":
        views.append(expanded(e[1], shape))
        return ("load", len(views) - 1)
    if kind == "at":
        views.append(e[1])
        place = len(views) - 1
        return ("at", place, tuple((_numbered(index, shape, views), size, stride) for index, size, stride in e[2]))
    if kind == "text":
        return ("text", e[1], tuple(_numbered(part, shape, views) for part in e[2]), e[3])
    if kind == "cast":
        return ("cast", e[1], e[2], _numbered(e[3], shape, views))
    return e


def _outermost_first(axis: Axis) -> bool:
    return all(a > b for (_, a), (_, b) in pairwise(axis))


_ALIASES = {"reshape", "permute", "expand", "slice", "windows", "copy", "contiguous", "cast"}


def _uses(program: Program) -> tuple[dict[int, int], Counter[int]]:
    """For a value that may lie in another's memory, that other; and how many entries read each memory."""
    roots: dict[int, int] = {}
    uses: Counter[int] = Counter()
    for entry in program.entries:
        if entry.primitive in _ALIASES:
            roots[entry.outs[0]] = roots.get(entry.args[0], entry.args[0])
            if entry.primitive != "cast" or program.values[entry.outs[0]].dtype == program.values[entry.args[0]].dtype:
                continue
        uses.update(roots.get(arg, arg) for arg in entry.args)
        if entry.primitive == "cast":
            del roots[entry.outs[0]]
    uses.update(roots.get(v, v) for v in (*program.outputs, *(v for _, v in program.writes)))
    return roots, uses


def stretched(e: Expression, shape: tuple[int, ...]) -> Expression:
    """An expression whose views all have the shape of its result."""
    if e[0] == "load":
        return ("load", expanded(e[1], shape))
    if e[0] == "text":
        return ("text", e[1], tuple(stretched(part, shape) for part in e[2]), e[3])
    return ("cast", e[1], e[2], stretched(e[3], shape)) if e[0] == "cast" else e
