"""Products as plain loops, for steps that are too small for the tile."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from chainrule.program.loops.nests import Access, Contract
from chainrule.program.loops.text.writer import UNROLLED, Writer, open_loop, open_loops
from chainrule.program.loops.types import type_name


def write_product(nest: Contract, sizes: Sequence[int], accesses: list[Access], writer: Writer, loop: str) -> None:
    """A product as plain loops: each element one chain, in the order of its terms."""
    batch, rows, terms, _ = nest.counts
    more = len(sizes) - 1 - len(nest.dims)
    head = 1 + more + batch + rows
    result = [*sizes[:head], *sizes[head + terms :]]
    a, b, c = (
        access._replace(strides=(*s[:head], *s[head + terms :], *s[head : head + terms]))
        for access, s in ((access, access.strides) for access in accesses)
    )
    inner = list(sizes[head : head + terms])
    for key in [key for key in writer.local if key[0] is c.buffer]:
        del writer.local[key]
    before = dict(writer.local)
    order = sorted(range(1, len(result)), key=lambda i: -abs(c.strides[i]))
    place = {i: writer.fresh("j") for i in order}
    for i in order:
        open_loop(writer, place[i], result[i], innermost=i == order[-1] and prod(inner) <= UNROLLED)
    names = [loop, *(place[i] for i in range(1, len(result)))]
    own = writer.indent
    acc = writer.fresh("acc")
    writer.line(f"{acc} = {type_name(c.buffer.dtype)}(0.0)")
    deep = open_loops(writer, inner, "k", vector=False, unroll=prod(inner) <= UNROLLED)
    writer.line(f"{acc} = fma({writer.load(a, [*names, *deep])}, {writer.load(b, [*names, *deep])}, {acc})")
    writer.indent = own
    out = c._replace(strides=c.strides[: len(result)])
    writer.store(out, names, acc, bare=False)
    writer.indent = own - (len(result) - 1)
    writer.local = before
