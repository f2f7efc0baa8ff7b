"""Matrix products, single or many at once, of whatever steps through memory."""

from __future__ import annotations

from chainrule.ops.layout import c_order
from chainrule.ops.program import Entry, Value
from chainrule.program.loops.lowering.lower import Lowering, Rule
from chainrule.program.loops.lowering.reductions import reduced
from chainrule.program.loops.nests import Access, Contract, Transpose, common_loops
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import View, axis_of, expanded, joined, size_of

NEAR = 4  # elements that neighbours lie apart, so that they can still be read side by side
SHORT = 16  # terms of a product that are written out one after the other
LARGE = 1024  # elements of a matrix from which on a kernel of its own turns it


def _matmul(lowering: Lowering, entry: Entry) -> None:
    a, b = (lowering.view(arg) for arg in entry.args)
    value = lowering.value(entry.outs[0])
    out = lowering.fresh(value)
    if "float" not in value.dtype:
        raise Unsupported(f"products of {value.dtype}")
    whole = out
    if len(a.axes) == 1:
        a = a._replace(axes=((), *a.axes))
        last = len(whole.axes) - (1 if len(b.axes) > 1 else 0)
        whole = whole._replace(axes=(*whole.axes[:last], (), *whole.axes[last:]))
    if len(b.axes) == 1:
        b = b._replace(axes=(*b.axes, ()))
        whole = whole._replace(axes=(*whole.axes, ()))
    batch = tuple(size_of(axis) for axis in whole.axes[:-2])
    a = expanded(a, (*batch, *a.shape[-2:]))
    b = expanded(b, (*batch, *b.shape[-2:]))
    contract(lowering, a, b, whole)
    lowering.products[out.buffer] = (a, b, whole)
    lowering.views[entry.outs[0]] = out


def contract(lowering: Lowering, a: View, b: View, c: View) -> None:
    """c = a @ b; with b copied where its columns do not lie side by side."""
    columns = joined(b.axes[-1])
    if size_of(a.axes[-1]) == 1:  # one term: every element is a product
        left, right = a._replace(axes=(*a.axes[:-1], ())), b._replace(axes=(*b.axes[:-2], (), b.axes[-1]))
        product = ("text", "{0} * {1}", (("load", left), ("load", right)), c.buffer.dtype)
        lowering.emit_map(c, product, c.buffer.dtype)
        return
    if size_of(b.axes[-1]) == 1:  # one column: sums of products
        right = b._replace(axes=(*b.axes[:-2], (), b.axes[-2]))
        left, right = (expanded(view, a.shape) for view in (a, right))
        product = ("text", "{0} * {1}", (("load", left), ("load", right)), c.buffer.dtype)
        reduced(lowering, "dot", product, a.shape, c, (len(a.axes) - 1,), c.buffer.dtype)
        return
    if lowering.rows_last:
        if len(c.axes) == 2 and size_of(a.axes[-1]) > SHORT and a.axes[-1][-1][1] <= NEAR:
            shape = (*c.shape, size_of(a.axes[-1]))
            left = expanded(a._replace(axes=(a.axes[0], (), a.axes[1])), shape)
            right = expanded(b._replace(axes=((), b.axes[1], b.axes[0])), shape)
            product = ("text", "{0} * {1}", (("load", left), ("load", right)), c.buffer.dtype)
            reduced(lowering, "dot", product, shape, c._replace(axes=(*c.axes, ())), (2,), c.buffer.dtype)
            return
        _loops(lowering, a, b, c)
        return
    if columns and columns != ((size_of(columns), 1),):
        rank = len(b.axes)
        shared = [i for i in range(rank - 2) if all(stride == 0 for _, stride in b.axes[i])]
        core = b._replace(axes=tuple(() if i in shared else axis for i, axis in enumerate(b.axes)))
        b = expanded(_turned(lowering.home(core), core) or lowering.copied(core), b.shape)
    _loops(lowering, a, b, c)


def _turned(lowering: Lowering, view: View) -> View | None:
    """A copy of one matrix whose rows lie side by side, made so that its columns do; None for anything else."""
    if any(view.axes[:-2]) or size_of(view.axes[-1]) * size_of(view.axes[-2]) < LARGE:
        return None
    across, along = joined(view.axes[-2]), joined(view.axes[-1])
    if len(across) != 1 or len(along) != 1 or across[0][1] != 1 or along[0][1] <= 0:
        return None
    dtype = view.buffer.dtype
    out = lowering.fresh(Value(view.shape, dtype, c_order(len(view.axes))))
    accesses = [Access(view.buffer, view.offset, ()), Access(out.buffer, 0, ())]
    lowering.nests.append(Transpose(lowering.label, accesses, along[0][0], across[0][0], along[0][1]))
    return out


def _loops(lowering: Lowering, a: View, b: View, c: View) -> None:
    rank = len(c.axes)
    everything = [*c.axes[:-1], b.axes[-2], c.axes[-1]]
    zero = [axis_of(size_of(axis), 0) for axis in everything]
    wide_a = a._replace(axes=(*a.axes[:-1], a.axes[-1], zero[-1]))
    wide_b = b._replace(axes=(*b.axes[:-2], zero[rank - 2], b.axes[-2], b.axes[-1]))
    wide_c = c._replace(axes=(*c.axes[:-1], zero[rank - 1], c.axes[-1]))
    loops = common_loops([wide_a, wide_b, wide_c])
    if loops is None:
        loops = common_loops([_plain(lowering, wide_a, a, 0), _plain(lowering, wide_b, b, 1), wide_c])
        if loops is None:
            raise Unsupported("a product over axes that do not fit into common loops")
    sizes, accesses = loops
    batch = sum(len(g) for g in sizes[: rank - 2])
    rows = len(sizes[rank - 2])
    if not any(accesses[1].strides[:batch]):  # one right side for all: more rows
        batch, rows = 0, batch + rows
    counts = (batch, rows, len(sizes[rank - 1]), len(sizes[rank]))
    dims = tuple(n for group in sizes for n in group)
    lowering.nests.append(Contract(lowering.label, accesses, dims, counts))


def _plain(lowering: Lowering, wide: View, narrow: View, which: int) -> View:
    made = lowering.copied(narrow)
    zero = wide.axes[-1] if which == 0 else wide.axes[-3]
    if which == 0:
        return made._replace(axes=(*made.axes, zero))
    return made._replace(axes=(*made.axes[:-2], zero, *made.axes[-2:]))


RULES: dict[str, Rule] = {"matmul": _matmul}
