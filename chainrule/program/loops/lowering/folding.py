"""Windows added back into images, running sums, and random numbers: loops with an order of their own."""

from __future__ import annotations

from math import prod
from typing import Any

from chainrule.ops.program import Entry
from chainrule.program.loops.lowering.correlation import correlated
from chainrule.program.loops.lowering.lower import Lowering, Rule
from chainrule.program.loops.nests import Custom, by_memory, common_loops, reordered
from chainrule.program.loops.text.writer import Writer
from chainrule.program.loops.types import type_name
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import View, windowed


def _fold(lowering: Lowering, entry: Entry, shape: Any, kernel: Any, stride: Any, dilation: Any) -> None:
    value = lowering.value(entry.outs[0])
    source = lowering.view(entry.args[0])  # (N, OH, OW, KH, KW, C)
    if stride == (1, 1) and correlated(lowering, entry, source, kernel, dilation):
        return
    out = lowering.fresh(value)
    lowering.emit_map(out, ("number", "0", "weak"), value.dtype)
    target = windowed(out, kernel, stride, dilation)
    assert target is not None  # memory of its own has one step an axis
    loops = common_loops([source, target])
    if loops is None:
        loops = common_loops([lowering.copied(source), target])
        if loops is None:
            raise Unsupported("windows that do not fit into common loops")
    sizes, accesses = loops
    groups = []
    start = 0
    for group in sizes:
        groups.append(list(range(start, start + len(group))))
        start += len(group)
    n, oh, ow, kh, kw, c = groups
    dims, (read, write) = reordered([k for g in sizes for k in g], accesses, [*n, *kh, *kw, *oh, *ow, *c])
    images = prod(sizes[0])
    writer = Writer(small=False, kept={out.buffer})
    names = []
    writer.line(f"# {lowering.label}")
    if len(n) == 1:
        names.append("u")
        writer.line("for u in range(start, stop):")
        writer.indent += 1
    else:
        images = 1
    for k, size in list(enumerate(dims))[len(names) :]:
        names.append(writer.fresh("j"))
        kind = "vector" if k == len(dims) - 1 and size >= 8 else "range"
        writer.line(f"for {names[-1]} in {kind}({writer.integer(size)}):")
        writer.indent += 1
    spot = writer.load(write, names)
    writer.line(f"{spot} = {spot} + {writer.load(read, names)}")
    emitted = writer.finished("fold", lowering.label)
    order = [b for b in emitted.arguments if not isinstance(b, int)]
    reaches = {
        read.buffer: (read.strides[0], read.offset, read.offset + _reach(dims[1:], read.strides[1:])),
        write.buffer: (write.strides[0], write.offset, write.offset + _reach(dims[1:], write.strides[1:])),
    }
    prints = tuple(reaches[b] if images > 1 else None for b in order)
    kept = [read if b is read.buffer else write for b in order]
    written = tuple(k for k, b in enumerate(order) if b is write.buffer)
    lowering.nests.append(Custom(lowering.label, kept, emitted, written, images, prints, prod(dims) * 3e-4))
    lowering.views[entry.outs[0]] = out


def _reach(sizes: tuple[int, ...], strides: tuple[int, ...]) -> int:
    return sum((n - 1) * max(s, 0) for n, s in zip(sizes, strides, strict=True))


def _cumsum(lowering: Lowering, entry: Entry, axis: int) -> None:
    value = lowering.value(entry.outs[0])
    source = lowering.view(entry.args[0])
    out = lowering.fresh(value)
    loops = common_loops([source, out])
    if loops is None:
        raise Unsupported("a running sum over axes that do not fit into common loops")
    sizes, accesses = loops
    flat = [(i, n) for i, group in enumerate(sizes) for n in group]
    along = [k for k, (i, _) in enumerate(flat) if i == axis]
    others = [k for k, (i, _) in enumerate(flat) if i != axis]
    dims = [n for _, n in flat]
    order = [k for k in by_memory(dims, accesses[1].strides) if k in others]
    ordered, (read, write) = reordered(dims, accesses, [*order, *along])
    writer = Writer(small=False, kept={out.buffer})
    writer.line(f"# {lowering.label}")
    names, split = [], bool(order)
    for k, size in enumerate(ordered):
        if k == len(order):
            writer.line(f"total = {type_name(value.dtype)}(0)")
        first = split and k == 0
        names.append("u" if first else writer.fresh("j"))
        writer.line(f"for {names[-1]} in range({'start, stop' if first else writer.integer(size)}):")
        writer.indent += 1
    if not along:
        writer.line(f"total = {type_name(value.dtype)}(0)")
    term = writer.load(read, names)
    writer.line(f"total = total + {term if read.buffer.dtype == value.dtype else f'{type_name(value.dtype)}({term})'}")
    writer.line(f"{writer.load(write, names)} = total")
    emitted = writer.finished("cumsum", lowering.label)
    order_b = [b for b in emitted.arguments if not isinstance(b, int)]
    mine = {read.buffer: read, write.buffer: write}
    kept = [mine[b] for b in order_b]
    prints: tuple[tuple[int, int, int] | None, ...] = tuple(
        (a.strides[0], a.offset, a.offset + _reach(ordered[1:], a.strides[1:])) if split else None for a in kept
    )
    written = tuple(k for k, b in enumerate(order_b) if b is out.buffer)
    pieces = ordered[0] if split else 1
    lowering.nests.append(Custom(lowering.label, kept, emitted, written, pieces, prints, prod(ordered) * 1e-3))
    lowering.views[entry.outs[0]] = out


def _uniform(lowering: Lowering, entry: Entry, shape: tuple[int, ...], dtype: str) -> None:
    from chainrule.program.loops.philox import uniform_kernel

    seed, n = (lowering.view(arg) for arg in entry.args)
    value = lowering.value(entry.outs[0])
    out: View = lowering.fresh(value)
    from chainrule.program.loops.nests import Access
    from chainrule.program.loops.text.writer import Emitted

    emitted = Emitted(uniform_kernel(dtype), [seed.buffer, n.buffer, out.buffer], label=lowering.label)
    accesses = [Access(view.buffer, view.offset, ()) for view in (seed, n, out)]
    count = prod(shape)
    prints = (None, None, (1, 0, 0))
    lowering.nests.append(Custom(lowering.label, accesses, emitted, (2,), count, prints, count * 1e-3))
    lowering.views[entry.outs[0]] = out


RULES: dict[str, Rule] = {"fold": _fold, "cumsum": _cumsum, "uniform": _uniform}
