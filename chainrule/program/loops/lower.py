"""From a Program to loop nests: views become steps through memory, everything else a nest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from chainrule.ops.layout import c_order
from chainrule.ops.program import PRIMITIVES, WEAK, Entry, Program, Value
from chainrule.program.loops.nests import (
    Access,
    Contract,
    Expression,
    Map,
    Nest,
    Reduce,
    Transpose,
    by_memory,
    common_loops,
    leaves,
    reordered,
)
from chainrule.program.loops.views import (
    Axis,
    Buffer,
    View,
    axis_of,
    dense,
    expanded,
    joined,
    permuted,
    reshaped,
    size_of,
    sliced,
    windowed,
)

MOST_REPEATED = 16  # times: an array that stretches further says nothing about the memory of the result
MOST_HEAVY = 2.0  # times an addition: dearer expressions are computed once, and kept
SHORT = 16  # terms of a product that are written out one after the other
LARGE = 1024  # elements of a matrix from which on a kernel of its own turns it
SERIAL = 64  # terms of a sum over rows that are added one after the other
_SHORT = {"float32": "f32", "float64": "f64", "int64": "i64", "int32": "i32", "int16": "i16", "int8": "i8", "uint8": "u8"}
_COMPARISONS = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "isnan", "isfinite"}
_LOGIC = {"logical_and", "logical_or", "logical_not"}
_HEAVY = {"exp": 4, "expm1": 6, "log": 6, "log1p": 8, "tanh": 8, "sigmoid": 6, "erf": 8, "power": 20, "sin": 6, "cos": 6}
_CHEAP = {"add", "subtract", "multiply", "divide", "negative", "cast", "maximum", "minimum", "equal", "where", "sqrt"}


class Unsupported(Exception):  # noqa: N818 - no error: another engine runs the Program
    """The engine has no loops for this Program; says why."""


def type_name(dtype: str) -> str:
    """A dtype as kernels write it."""
    if dtype == WEAK:
        return "f64"
    if dtype == "bool":
        return "bool"
    if dtype not in _SHORT:
        raise Unsupported(f"dtype {dtype}")
    return _SHORT[dtype]


class Lowering:
    """The nests of a Program, in its order, and where each of its values lies.

    Args:
        program: to be lowered.
        given: where inputs, controls and slots lie, by value.
        rows_last: values lie with the rows of the batch side by side, so that loops over them become vectors.
    """

    def __init__(self, program: Program, given: dict[int, View], rows_last: bool = False) -> None:
        self.program = program
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
            self._lower(entry)

    def _lower(self, entry: Entry) -> None:
        name = entry.primitive
        method: Callable[..., None] | None = getattr(self, f"_{name}", None)
        if method is not None:
            method(entry, **dict(entry.static))
        elif PRIMITIVES[name].loops:
            self._elementwise(entry)
        elif name in SPECIAL:
            SPECIAL[name](self, entry, **dict(entry.static))
        else:
            raise Unsupported(f"{name} has no loops")

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
        if self.views.get(index) != view or self.uses[self.roots.get(index, index)] != 1 or nest not in self.nests or nest.heavy > MOST_HEAVY:
            return None
        if any(e[0] == "at" for e in leaves(expression)):
            return None
        self.nests.remove(nest)

        def visit(e: Expression) -> Expression:
            if e[0] == "load":
                inner = self._taken_back(e[1]) if e[1].shape == view.shape else None
                return inner or ("load", expanded(e[1], view.shape))
            if e[0] == "text":
                return ("text", e[1], tuple(visit(part) for part in e[2]), e[3])
            return ("cast", e[1], e[2], visit(e[3])) if e[0] == "cast" else e

        return visit(expression)

    def dtype_of(self, expression: Expression) -> str:
        """The type of an expression's result."""
        kind = expression[0]
        if kind == "load" or kind == "at":
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

    # --- elementwise ----------------------------------------------------------------------------------------------

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
        shape = out.shape

        def visit(e: Expression) -> Expression:
            kind = e[0]
            if kind == "load":
                views.append(expanded(e[1], shape))
                return ("load", len(views) - 1)
            if kind == "at":
                views.append(e[1])
                place = len(views) - 1
                return ("at", place, tuple((visit(index), size, stride) for index, size, stride in e[2]))
            if kind == "text":
                return ("text", e[1], tuple(visit(part) for part in e[2]), e[3])
            if kind == "cast":
                return ("cast", e[1], e[2], visit(e[3]))
            return e

        return views, visit(value)

    def _elementwise(self, entry: Entry) -> None:
        name, (out,) = entry.primitive, entry.outs
        value = self.value(out)
        expression = self._expression(name, [self.operand(a) for a in entry.args], value.dtype)
        self._keep(out, expression, name)

    def _keep(self, out: int, expression: Expression, name: str) -> None:
        value = self.value(out)
        if value.shape == () and name in _CHEAP and self._outside(expression):
            self.inline[out] = self.cast(expression, value.dtype)
            return
        seen = [e[1] for e in leaves(expression) if e[0] == "load"]
        if value.shape and seen and all(view.buffer.kind in ("number", "arange") for view in seen) and name in _CHEAP | _COMPARISONS:
            self.inline[out] = _stretched(self.cast(expression, value.dtype), value.shape)
            return
        view = self.fresh_like(value, seen)
        self.emit_map(view, expression, value.dtype, _HEAVY.get(name, 1.0))
        nest = self.nests[-1]
        assert isinstance(nest, Map)
        self.maps[view.buffer] = (nest, self.cast(expression, value.dtype), out)
        self.views[out] = view

    def _outside(self, expression: Expression) -> bool:
        """Whether an expression reads nothing that this Program computes: then it may be computed wherever wanted."""
        kind = expression[0]
        if kind == "load":
            return expression[1].buffer.kind in ("control", "number")
        if kind == "text":
            return all(map(self._outside, expression[2]))
        if kind == "cast":
            return self._outside(expression[3])
        return bool(kind == "number")

    def _expression(self, name: str, args: list[Expression], dtype: str) -> Expression:
        kinds = {self.dtype_of(arg) for arg in args} - {WEAK}
        if name in _LOGIC:
            parts = [self._truth(arg) for arg in args]
        elif name in _COMPARISONS:
            common = next(iter(sorted(kinds - {"bool"})), WEAK) if kinds != {"bool"} else "int64"
            parts = [self.cast(arg, common) for arg in args]
            if name in ("isnan", "isfinite") and not common.startswith("float") and common != WEAK:
                return ("number", "False" if name == "isnan" else "True", "bool")
        elif name == "where":
            parts = [self._truth(args[0]), *(self.cast(arg, dtype) for arg in args[1:])]
        elif name == "power":
            return self._powered(args, dtype)
        elif name == "absolute" and "int" in dtype:
            (arg,) = args
            return ("text", "{0} if {0} >= 0 else -{0}", (arg,), dtype)
        else:
            parts = [self.cast(arg, dtype) for arg in args]
            if name == "sign" and "int" in dtype:
                t = type_name(dtype)
                return ("text", f"{t}({{0}} > 0) - {t}({{0}} < 0)", tuple(parts), dtype)
            if name == "divide" and parts[1][0] != "number" and self._scalar(args[1]):
                return ("text", "{0} * (1.0 / {1})", tuple(parts), dtype)  # one division, before the loop
        t = type_name(dtype) if dtype != "bool" else "f32"
        return ("text", PRIMITIVES[name].loops.replace("{t}", t), tuple(parts), dtype)

    def _scalar(self, e: Expression) -> bool:
        """Whether an expression is one number for all elements."""
        if e[0] == "load":
            return e[1].shape == ()
        return e[0] != "text" or all(map(self._scalar, e[2]))

    def _truth(self, arg: Expression) -> Expression:
        if self.dtype_of(arg) == "bool":
            return arg
        return ("text", "{0} != 0" if "int" in self.dtype_of(arg) else "{0} != 0.0", (arg,), "bool")

    def _powered(self, args: list[Expression], dtype: str) -> Expression:
        base, exponent = self.cast(args[0], dtype), args[1]
        if exponent[0] == "number":
            number = float(exponent[1])
            text = {2.0: "{0} * {0}", 1.0: "{0} + 0.0", 0.5: "sqrt({0})", -1.0: "1.0 / {0}"}.get(number)
            if text is not None and ("float" in dtype or number in (1.0, 2.0)):
                return ("text", text.replace("+ 0.0", "+ 0") if "int" in dtype else text, (base,), dtype)
        if "int" in dtype:
            raise Unsupported("powers of integers")
        return ("text", f"power_{type_name(dtype)}({{0}}, {{1}})", (base, self.cast(exponent, dtype)), dtype)

    def _cast(self, entry: Entry, dtype: str) -> None:
        (arg,) = entry.args
        expression = self.operand(arg)
        own = self.dtype_of(expression)
        if own == dtype:
            self.views[entry.outs[0]] = self.view(arg)
            return
        made = self._truth(expression) if dtype == "bool" else self.cast(expression, dtype)
        self._keep(entry.outs[0], made, "cast")

    # --- the same numbers elsewhere -------------------------------------------------------------------------------

    def _see(self, entry: Entry, seen: Callable[[View], View | None]) -> None:
        """A view of the first argument; a copy of it where no steps lead there."""
        (arg,) = entry.args
        if arg in self.inline and arg not in self.views and self.value(arg).shape:
            made_of = _seen_through(self.inline[arg], seen)
            if made_of is not None:
                self.inline[entry.outs[0]] = made_of
                return
        view = self.view(entry.args[0])
        made = seen(view)
        if made is None:
            made = seen(self.copied(view))
            if made is None:
                raise Unsupported(f"{entry.primitive} of a copy")
        self.views[entry.outs[0]] = made

    def _reshape(self, entry: Entry, shape: tuple[int, ...]) -> None:
        self._see(entry, lambda view: reshaped(view, shape))

    def _permute(self, entry: Entry, axes: tuple[int, ...]) -> None:
        self._see(entry, lambda view: permuted(view, axes))

    def _expand(self, entry: Entry, shape: tuple[int, ...]) -> None:
        self._see(entry, lambda view: expanded(view, shape))

    def _slice(self, entry: Entry, items: tuple[tuple[object, ...], ...]) -> None:
        self._see(entry, lambda view: sliced(view, items))

    def _windows(self, entry: Entry, kernel: Any, stride: Any, dilation: Any) -> None:
        self._see(entry, lambda view: windowed(view, kernel, stride, dilation))

    def _contiguous(self, entry: Entry) -> None:
        self.views[entry.outs[0]] = self.view(entry.args[0])

    def _copy(self, entry: Entry) -> None:
        self.views[entry.outs[0]] = self.view(entry.args[0])

    def _full(self, entry: Entry, shape: tuple[int, ...], fill: float, dtype: str) -> None:
        self.views[entry.outs[0]] = expanded(self.number(repr(fill), dtype), shape)

    def _arange(self, entry: Entry, start: int, stop: int, step: int, dtype: str) -> None:
        (n,) = self.value(entry.outs[0]).shape
        self.views[entry.outs[0]] = View(Buffer(dtype, 1, "arange", name="arange"), start, (axis_of(n, step),))

    def _place(self, entry: Entry, shape: tuple[int, ...], items: Any, fill: float) -> None:
        value = self.value(entry.outs[0])
        out = self.fresh(value)
        self.emit_map(out, ("number", repr(fill), WEAK), value.dtype)
        part = sliced(out, items)
        if part is None:
            raise Unsupported("place")
        self.emit_map(reshaped_like(part, self.value(entry.args[0]).shape), self.operand(entry.args[0]), value.dtype)
        self.views[entry.outs[0]] = out

    def _concatenate(self, entry: Entry, axis: int) -> None:
        value = self.value(entry.outs[0])
        out = self.fresh(value)
        start = 0
        for arg in entry.args:
            n = self.value(arg).shape[axis]
            items = (("slice", None, None, None),) * axis + (("slice", start, start + n, None),)
            part = sliced(out, items)
            assert part is not None  # memory of its own has one step an axis
            self.emit_map(part, self.operand(arg), value.dtype)
            start += n
        self.views[entry.outs[0]] = out

    # --- reductions -----------------------------------------------------------------------------------------------

    def _sum(self, entry: Entry, axes: tuple[int, ...], keepdim: bool) -> None:
        self._reduce(entry, "sum", axes, keepdim)

    def _max(self, entry: Entry, axes: tuple[int, ...], keepdim: bool) -> None:
        self._reduce(entry, "max", axes, keepdim)

    def _min(self, entry: Entry, axes: tuple[int, ...], keepdim: bool) -> None:
        self._reduce(entry, "min", axes, keepdim)

    def _argmax(self, entry: Entry, axis: int, keepdim: bool) -> None:
        self._reduce(entry, "argmax", (axis,), keepdim)

    def _argmin(self, entry: Entry, axis: int, keepdim: bool) -> None:
        self._reduce(entry, "argmin", (axis,), keepdim)

    def _reduce(self, entry: Entry, kind: str, axes: tuple[int, ...], keepdim: bool) -> None:
        value = self.value(entry.outs[0])
        shape = self.value(entry.args[0]).shape
        expression = (self.single(entry.args[0]) if kind in ("sum", "max", "min") else None) or self.operand(entry.args[0])
        axes = tuple(axis % max(len(shape), 1) for axis in axes) if shape else ()
        out = self.fresh(value)
        whole = out
        if not keepdim:  # give the result its reduced axes again, of one element
            kept = iter(out.axes)
            whole = out._replace(axes=tuple(() if i in axes else next(kept) for i in range(len(shape))))
        if kind.startswith("arg"):
            expression = ("load", self.view(entry.args[0]))
        self.emit_reduce(kind, expression, shape, whole, axes, value.dtype)
        self.views[entry.outs[0]] = out

    def emit_reduce(
        self, kind: str, expression: Expression, shape: tuple[int, ...], out: View, axes: tuple[int, ...], dtype: str
    ) -> None:
        """Reduce `axes` of an expression of that shape; over many rows first within pieces of them."""
        if not kind.startswith("arg"):
            expression = self.cast(expression, dtype)
        stretched = out._replace(
            axes=tuple(axis_of(n, 0) if i in axes else o for i, (n, o) in enumerate(zip(shape, out.axes, strict=True)))
        )
        views, tree = self._flattened(expression, stretched)
        if not views:
            views, tree = [expanded(self.number("0", dtype), shape)], tree
        loops = common_loops([*views, stretched])
        if loops is None:
            copies = [v if v.buffer.kind in ("number", "arange") else self.copied(v) for v in views]
            loops = common_loops([*copies, stretched])
            if loops is None:
                raise Unsupported("axes that do not fit into common loops")
        sizes, (*sources, target) = loops
        dims = [n for group in sizes for n in group]
        reduced = [i in axes for i, group in enumerate(sizes) for _ in group]
        self._reduced(kind, tree, dims, reduced, sources, target, dtype)

    def _reduced(
        self, kind: str, tree: Expression, dims: list[int], reduced: list[bool], sources: list[Access], target: Access,
        dtype: str,
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
        if kind in ("sum", "max", "min", "dot") and slowest is not None and reduced[slowest] and count > SERIAL:
            pieces = max(d for d in range(1, SERIAL + 1) if dims[slowest] % d == 0)
            if 1 < pieces < count:
                self._reduce_in_pieces(kind, tree, dims, reduced, sources, target, slowest, pieces, dtype)
                return
        ordered, accesses = reordered(dims, [*sources, target], [*kept_loops, *reduced_loops])
        self.nests.append(Reduce(self.label, accesses, ordered, len(kept_loops), kind, tree, dtype))

    def _reduce_in_pieces(
        self, kind: str, tree: Expression, dims: list[int], reduced: list[bool], sources: list[Access], target: Access,
        slowest: int, pieces: int, dtype: str,
    ) -> None:
        """Every piece of the slowest loop for itself, then all pieces."""
        many = dims[slowest] // pieces
        cut = [*dims[:slowest], pieces, many, *dims[slowest + 1 :]]
        inner = [*reduced[:slowest], False, True, *reduced[slowest + 1 :]]
        finer = [
            a._replace(strides=(*a.strides[:slowest], a.strides[slowest] * many, *a.strides[slowest:])) for a in sources
        ]
        shape = tuple(1 if gone else n for n, gone in zip(cut, inner, strict=True))
        partial = self.fresh(Value(shape, dtype, (slowest, *(i for i in range(len(shape)) if i != slowest))))
        between = Access(partial.buffer, partial.offset, tuple(sum(s for _, s in axis) for axis in partial.axes))
        self._reduced(kind, tree, cut, inner, finer, between, dtype)
        outer = [i == slowest for i in range(len(shape))]
        last = target._replace(strides=(*target.strides[:slowest], 0, 0, *target.strides[slowest + 1 :]))
        again = "sum" if kind == "dot" else kind
        self._reduced(again, ("load", 0), list(shape), outer, [between], last, dtype)

    # --- products -------------------------------------------------------------------------------------------------

    def _matmul(self, entry: Entry) -> None:
        a, b = (self.view(arg) for arg in entry.args)
        value = self.value(entry.outs[0])
        out = self.fresh(value)
        if "float" not in value.dtype:
            raise Unsupported(f"products of {value.dtype}")
        whole = out
        if len(a.axes) == 1:
            a = a._replace(axes=((), *a.axes))
            whole = whole._replace(axes=(*whole.axes[: len(whole.axes) - (1 if len(b.axes) > 1 else 0)], (), *whole.axes[len(whole.axes) - (1 if len(b.axes) > 1 else 0) :]))
        if len(b.axes) == 1:
            b = b._replace(axes=(*b.axes, ()))
            whole = whole._replace(axes=(*whole.axes, ()))
        batch = tuple(size_of(axis) for axis in whole.axes[:-2])
        a = expanded(a, (*batch, *a.shape[-2:]))
        b = expanded(b, (*batch, *b.shape[-2:]))
        self.contract(a, b, whole)
        self.products[out.buffer] = (a, b, whole)
        self.views[entry.outs[0]] = out

    def contract(self, a: View, b: View, c: View) -> None:
        """c = a @ b; with b copied where its columns do not lie side by side."""
        columns = joined(b.axes[-1])
        if size_of(a.axes[-1]) == 1:  # one term: every element is a product
            left, right = a._replace(axes=(*a.axes[:-1], ())), b._replace(axes=(*b.axes[:-2], (), b.axes[-1]))
            product = ("text", "{0} * {1}", (("load", left), ("load", right)), c.buffer.dtype)
            self.emit_map(c, product, c.buffer.dtype)
            return
        if size_of(b.axes[-1]) == 1:  # one column: sums of products
            right = b._replace(axes=(*b.axes[:-2], (), b.axes[-2]))
            left, right = (expanded(view, a.shape) for view in (a, right))
            product = ("text", "{0} * {1}", (("load", left), ("load", right)), c.buffer.dtype)
            self.emit_reduce("dot", product, a.shape, c, (len(a.axes) - 1,), c.buffer.dtype)
            return
        if self.rows_last:
            if len(c.axes) == 2 and size_of(a.axes[-1]) > SHORT and a.axes[-1][-1][1] == 1:
                shape = (*c.shape, size_of(a.axes[-1]))
                left = expanded(a._replace(axes=(a.axes[0], (), a.axes[1])), shape)
                right = expanded(b._replace(axes=((), b.axes[1], b.axes[0])), shape)
                product = ("text", "{0} * {1}", (("load", left), ("load", right)), c.buffer.dtype)
                self.emit_reduce("dot", product, shape, c._replace(axes=(*c.axes, ())), (2,), c.buffer.dtype)
                return
            self._contract_loops(a, b, c)
            return
        if columns and columns != ((size_of(columns), 1),):
            rank = len(b.axes)
            shared = [i for i in range(rank - 2) if all(stride == 0 for _, stride in b.axes[i])]
            core = b._replace(axes=tuple(() if i in shared else axis for i, axis in enumerate(b.axes)))
            b = expanded(self._turned(core) or self.copied(core), b.shape)
        self._contract_loops(a, b, c)

    def _turned(self, view: View) -> View | None:
        """A copy of one matrix whose rows lie side by side, made so that its columns do; None for anything else."""
        if any(view.axes[:-2]) or size_of(view.axes[-1]) * size_of(view.axes[-2]) < LARGE:
            return None
        across, along = joined(view.axes[-2]), joined(view.axes[-1])
        if len(across) != 1 or len(along) != 1 or across[0][1] != 1 or along[0][1] <= 0:
            return None
        dtype = view.buffer.dtype
        out = self.fresh(Value(view.shape, dtype, c_order(len(view.axes))))
        accesses = [Access(view.buffer, view.offset, ()), Access(out.buffer, 0, ())]
        self.nests.append(Transpose(self.label, accesses, along[0][0], across[0][0], along[0][1]))
        return out

    def _contract_loops(self, a: View, b: View, c: View) -> None:
        rank = len(c.axes)
        everything = [*c.axes[:-1], b.axes[-2], c.axes[-1]]
        zero = [axis_of(size_of(axis), 0) for axis in everything]
        wide_a = a._replace(axes=(*a.axes[:-1], a.axes[-1], zero[-1]))
        wide_b = b._replace(axes=(*b.axes[:-2], zero[rank - 2], b.axes[-2], b.axes[-1]))
        wide_c = c._replace(axes=(*c.axes[:-1], zero[rank - 1], c.axes[-1]))
        loops = common_loops([wide_a, wide_b, wide_c])
        if loops is None:
            loops = common_loops([self._plain(wide_a, a, 0), self._plain(wide_b, b, 1), wide_c])
            if loops is None:
                raise Unsupported("a product over axes that do not fit into common loops")
        sizes, accesses = loops
        batch = sum(len(g) for g in sizes[: rank - 2])
        rows = len(sizes[rank - 2])
        if not any(accesses[1].strides[:batch]):  # one right side for all: more rows
            batch, rows = 0, batch + rows
        counts = (batch, rows, len(sizes[rank - 1]), len(sizes[rank]))
        dims = tuple(n for group in sizes for n in group)
        self.nests.append(Contract(self.label, accesses, dims, counts))

    def _plain(self, wide: View, narrow: View, which: int) -> View:
        made = self.copied(narrow)
        zero = wide.axes[-1] if which == 0 else wide.axes[-3]
        if which == 0:
            return made._replace(axes=(*made.axes, zero))
        return made._replace(axes=(*made.axes[:-2], zero, *made.axes[-2:]))


def _outermost_first(axis: Axis) -> bool:
    return all(a > b for (_, a), (_, b) in zip(axis, axis[1:], strict=False))


def reshaped_like(view: View, shape: tuple[int, ...]) -> View:
    """A view with axes of one element where `shape` has them."""
    found = reshaped(view, shape)
    if found is None:
        raise Unsupported("a part of memory under another shape")
    return found


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


def _stretched(e: Expression, shape: tuple[int, ...]) -> Expression:
    """An expression whose views all have the shape of its result."""
    if e[0] == "load":
        return ("load", expanded(e[1], shape))
    if e[0] == "text":
        return ("text", e[1], tuple(_stretched(part, shape) for part in e[2]), e[3])
    return ("cast", e[1], e[2], _stretched(e[3], shape)) if e[0] == "cast" else e


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


SPECIAL: dict[str, Callable[..., None]] = {}
"""Primitives with kernels of their own: (lowering, entry, **static)."""
