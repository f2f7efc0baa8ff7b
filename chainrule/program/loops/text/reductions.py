"""Reductions as text: the order of every sum stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from chainrule.ops.program import WEAK
from chainrule.program.loops.nests import Access, Reduce, merged
from chainrule.program.loops.text.writer import UNROLLED, Writer, bracketed, open_loop, open_loops
from chainrule.program.loops.types import type_name

WIDE, WIDEST = 16, 128  # partial sums along a row


def write_reduction(nest: Reduce, sizes: Sequence[int], accesses: list[Access], writer: Writer, loop: str) -> None:
    """A reduction inside one unit."""
    extra = len(sizes) - 1 - len(nest.dims)  # the rest of the outermost loop counts among the kept ones
    kept_count = nest.kept + extra if nest.kept else extra
    cut = 1 + kept_count
    kept, kept_accesses = merged(sizes[:cut], [a._replace(strides=a.strides[:cut]) for a in accesses], first=1)
    inner, rest = merged(sizes[cut:], [a._replace(strides=a.strides[cut:], offset=0) for a in accesses])
    made = [k._replace(strides=(*k.strides, *r.strides)) for k, r in zip(kept_accesses, rest, strict=True)]
    count = prod(inner)
    along = max(abs(access.strides[-1]) for access in made[:-1]) if inner else 0
    across = max(abs(access.strides[len(kept) - 1]) for access in made[:-1]) if len(kept) > 1 else None
    for key in [key for key in writer.local if key[0] is made[-1].buffer]:
        del writer.local[key]
    before = dict(writer.local)
    if nest.kind.startswith("arg"):
        _arg_reduce(nest, kept, inner, made, writer, loop)
    elif across is not None and across < along and count > UNROLLED:
        _across(nest, kept, inner, made, writer, loop)
    else:
        _along(nest, kept, inner, made, writer, loop)
    if len(kept) > 1:
        writer.local = before


def _along(
    nest: Reduce, kept: Sequence[int], inner: Sequence[int], accesses: list[Access], writer: Writer, loop: str
) -> None:
    """One accumulator for each result; along a long row several, added up as a tree."""
    names = [loop, *open_loops(writer, kept[1:], "j", vector=len(inner) == 0 or prod(inner) <= UNROLLED)]
    own = writer.indent
    out = accesses[-1]._replace(strides=accesses[-1].strides[: len(kept)])
    last = inner[-1] if inner else 1
    acc = writer.fresh("acc")
    gappy = nest.kind in ("max", "min") and not _contiguous(accesses)
    if last <= UNROLLED or "float" not in nest.dtype or gappy:
        writer.line(f"{acc} = {start_of(nest)}")
        outer = open_loops(writer, inner[:-1], "k", vector=False, unroll=prod(inner) <= UNROLLED)
        if inner:
            k = writer.fresh("k")
            unrolled = last <= UNROLLED or writer.lanes is not None
            writer.line(f"for {k} in {'unroll' if unrolled else 'range'}({writer.integer(last)}):")
            writer.indent += 1
            outer = [*outer, k]
        writer.line(f"{acc} = {term_of(nest, accesses, [*names, *outer], writer, acc)}")
        writer.indent = own
        writer.store(out, names, acc, bare=False)
        writer.indent = own - (len(kept) - 1)
        return
    width = WIDE if last < 4 * WIDEST else WIDEST
    if writer.lanes is not None:
        total = _written_out(nest, [*inner[:-1], last], width, accesses, writer, names)
        writer.store(out, names, total, bare=False)
        writer.indent = own - (len(kept) - 1)
        return
    t = type_name(nest.dtype)
    writer.line(f"{acc} = local({t}, {width})")
    lane = writer.fresh("l")
    writer.line(f"for {lane} in vector({width}):")
    writer.lines.append((writer.indent + 1, f"{acc}[{lane}] = {start_of(nest)}", None))
    outer = open_loops(writer, inner[:-1], "k", vector=False)
    whole, left = divmod(last, width)
    block, lane, k = writer.fresh("b"), writer.fresh("l"), writer.fresh("k")
    writer.line(f"for {block} in range({writer.integer(whole)}):")
    writer.indent += 1
    writer.line(f"for {lane} in vector({width}):")
    writer.indent += 1
    writer.line(f"{k} = {block} * {width} + {lane}")
    writer.line(f"{acc}[{lane}] = {term_of(nest, accesses, [*names, *outer, k], writer, f'{acc}[{lane}]')}")
    writer.indent -= 2
    if left:
        lane, k = writer.fresh("l"), writer.fresh("k")
        writer.line(f"for {lane} in {'vector' if left >= 4 else 'range'}({writer.integer(left)}):")
        writer.indent += 1
        writer.line(f"{k} = {writer.integer(whole * width)} + {lane}")
        writer.line(f"{acc}[{lane}] = {term_of(nest, accesses, [*names, *outer, k], writer, f'{acc}[{lane}]')}")
    writer.indent = own
    half = width // 2
    while half:
        lane = writer.fresh("l")
        writer.line(f"for {lane} in {'vector' if half >= 4 else 'unroll'}({half}):")
        value = _combined(nest.kind, nest.dtype, f"{acc}[{lane}]", f"{acc}[{lane} + {half}]")
        writer.lines.append((writer.indent + 1, f"{acc}[{lane}] = {value}", None))
        half //= 2
    writer.store(out, names, f"{acc}[0]", bare=True)
    writer.indent = own - (len(kept) - 1)


def _written_out(
    nest: Reduce, inner: Sequence[int], width: int, accesses: list[Access], writer: Writer, names: list[str]
) -> str:
    """The same partial sums and the same tree, term by term; the variable that holds the result."""

    def part(lane: int, step: int) -> str:
        if step < width:
            one, two = part(lane, 2 * step), part(lane + step, 2 * step)
            value = _combined(nest.kind, nest.dtype, one, two)
        else:
            value = start_of(nest)
        acc = writer.fresh("acc")
        writer.line(f"{acc} = {value}")
        if step == width:
            for place in product(*map(range, inner[:-1]), range(lane, inner[-1], width)):
                writer.line(f"{acc} = {term_of(nest, accesses, [*names, *map(str, place)], writer, acc)}")
        return acc

    return part(0, 1)


def _contiguous(accesses: Sequence[Access]) -> bool:
    return all(abs(access.strides[-1]) <= 1 for access in accesses[:-1])


def _across(
    nest: Reduce, kept: Sequence[int], inner: Sequence[int], accesses: list[Access], writer: Writer, loop: str
) -> None:
    """Row after row onto the results, which lie side by side."""
    out = accesses[-1]._replace(strides=accesses[-1].strides[: len(kept)])
    own = writer.indent
    outer = [loop, *open_loops(writer, kept[1:-1], "j", vector=False)]
    level = writer.indent
    j = writer.fresh("j")
    open_loop(writer, j, kept[-1], innermost=True)
    index = writer.index(out, [*outer, j])
    name = writer.name(out.buffer)
    writer.line(f"{name}[{index}] = {start_of(nest)}", out.buffer)
    writer.indent = level
    rows = open_loops(writer, inner, "k", vector=False)
    j = writer.fresh("j")
    open_loop(writer, j, kept[-1], innermost=True)
    loops = [*outer, j, *rows]
    index = writer.index(out, [*outer, j])
    writer.loaded.add(out.buffer)
    writer.line(f"{name}[{index}] = {term_of(nest, accesses, loops, writer, f'{name}[{index}]')}", out.buffer)
    writer.indent = own


def _arg_reduce(
    nest: Reduce, kept: Sequence[int], inner: Sequence[int], accesses: list[Access], writer: Writer, loop: str
) -> None:
    """The place of the first extreme; of the first NaN where there is one."""
    names = [loop, *open_loops(writer, kept[1:], "j", vector=False)]
    own = writer.indent
    out = accesses[-1]._replace(strides=accesses[-1].strides[: len(kept)])
    best, place, x, k = writer.fresh("best"), writer.fresh("place"), writer.fresh("x"), writer.fresh("k")
    zeros = ["0"] * len(inner)
    dtype = accesses[0].buffer.dtype
    first = writer.load(accesses[0], [*names, *zeros])
    writer.line(f"{best} = {first if dtype != 'bool' else f'i64({first})'}")
    writer.line(f"{place} = 0")
    writer.line(f"for {k} in range({writer.integer(prod(inner))}):")
    writer.indent += 1
    loops, rest = [], k
    for i, n in enumerate(inner):
        below = prod(inner[i + 1 :])
        loops.append(f"({rest} // {writer.integer(below)})" if below > 1 else rest)
        if below > 1:
            rest = f"({rest} % {writer.integer(below)})"
        del n
    value = writer.load(accesses[0], [*names, *loops])
    writer.line(f"{x} = {value if dtype != 'bool' else f'i64({value})'}")
    sign = ">" if nest.kind == "argmax" else "<"
    better = f"{x} {sign} {best}"
    if "float" in dtype:
        better = f"(not ({best} != {best})) and (({x} {sign} {best}) or ({x} != {x}))"
    flag = writer.fresh("better")
    writer.line(f"{flag} = {better}")
    writer.line(f"{place} = {k} if {flag} else {place}")
    writer.line(f"{best} = {x} if {flag} else {best}")
    writer.indent = own
    writer.store(out, names, place, bare=False)
    writer.indent = own - (len(kept) - 1)


def term_of(nest: Reduce, accesses: Sequence[Access], loops: Sequence[str], writer: Writer, acc: str) -> str:
    """The new value of an accumulator."""
    if nest.kind == "dot":
        one, two = (writer.load(access, loops) for access in accesses[:2])
        return f"fma({one}, {two}, {acc})"
    value = writer.expression(nest.value, accesses, loops)
    if "int" in nest.dtype and nest.kind in ("max", "min"):
        held = writer.fresh("x")
        writer.line(f"{held} = {value}")
        value = held
    return _combined(nest.kind, nest.dtype, acc, value)


def start_of(nest: Reduce) -> str:
    """What an accumulator begins with."""
    first = _first(nest.kind, nest.dtype)
    return first if nest.dtype == "bool" else f"{type_name(nest.dtype)}({first})"


def _first(kind: str, dtype: str) -> str:
    if kind in ("sum", "dot"):
        return "0.0" if "float" in dtype else "0"
    if "float" in dtype or dtype == WEAK:
        return "(-1e999)" if "max" in kind else "1e999"
    if dtype == "bool":
        return "False" if "max" in kind else "True"
    bits = {"int64": 63, "int32": 31, "int16": 15, "int8": 7, "uint8": 8}[dtype]
    if "max" not in kind:
        return str((1 << bits) - 1)
    return "0" if dtype == "uint8" else f"(-{(1 << bits) - 1} - 1)"


def _combined(kind: str, dtype: str, acc: str, value: str) -> str:
    value = bracketed(value)
    if kind in ("sum", "dot"):
        return f"{acc} + {value}"
    if dtype == "bool":
        return f"{acc} or {value}" if kind == "max" else f"{acc} and {value}"
    if "float" in dtype or dtype == WEAK:
        return f"{'maximum' if kind == 'max' else 'minimum'}({acc}, {value})"
    return f"{value} if {value} {'>' if kind == 'max' else '<'} {acc} else {acc}"
