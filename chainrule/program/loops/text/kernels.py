"""A run of nests as one kernel: a loop over the units of their track, and theirs inside."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from chainrule.program.loops.nests import Access, Contract, Expression, Map, Nest, Reduce, merged
from chainrule.program.loops.text.loops import Loops, grouped, is_column, is_map
from chainrule.program.loops.text.products import write_product
from chainrule.program.loops.text.reductions import start_of, term_of, write_reduction
from chainrule.program.loops.text.writer import Emitted, Writer, open_loop, open_loops
from chainrule.program.loops.types import type_name
from chainrule.program.loops.views import Buffer


def kernel_of(nests: Sequence[Nest], units: int, name: str, kept: set[Buffer], small: bool = False) -> Emitted:
    """One kernel for nests that follow each other in a track of so many units."""
    groups = grouped(nests, units)
    writer = Writer(small, kept)
    label = ", ".join(dict.fromkeys(nest.label for nest in nests))
    if len(groups) == 1 and is_map(groups[0]) and not small:
        flat = _flat(groups[0], writer, units)
        if flat is not None:
            emitted = writer.finished(name, label)
            emitted.factor = flat
            return emitted
    if units > 1 and not small and all(map(is_column, groups)) and not all(map(is_map, groups)):
        _columns(groups, writer)
    else:
        body_of_units(groups, writer, units)
    return writer.finished(name, label)


def body_of_units(groups: Sequence[Loops], writer: Writer, units: int) -> None:
    """`for u in range(start, stop)`, and every group inside."""
    writer.local.clear()
    plain = all(prod(group.sizes[1:]) == 1 and is_map(group) for group in groups)
    if units == 1:
        loop = "0"
    else:
        loop = "u"
        begin = "vector(start, stop)" if plain else "range(start, stop)"
        writer.line(writer.opening("u", units, innermost=plain) if writer.small else f"for u in {begin}:")
        writer.indent += 1
    for group in groups:
        labels = dict.fromkeys(nest.label for nest, _ in group.nests)
        writer.line(f"# {', '.join(labels)}")
        nest, accesses = group.nests[0]
        if isinstance(nest, Reduce):
            write_reduction(nest, group.sizes, accesses, writer, loop)
        elif isinstance(nest, Contract):
            write_product(nest, group.sizes, accesses, writer, loop)
        else:
            _maps(group, writer, loop)
    if loop == "u":
        writer.indent -= 1
    writer.local.clear()


def _columns(groups: Sequence[Loops], writer: Writer) -> None:
    """Every group for all units before the next: rows are added up onto results that lie side by side."""
    for group in groups:
        writer.local.clear()
        writer.line(f"# {', '.join(dict.fromkeys(nest.label for nest, _ in group.nests))}")
        nest, accesses = group.nests[0]
        if isinstance(nest, Reduce):
            inner = group.sizes[2:]
            out = accesses[-1]
            name = writer.name(out.buffer)
            at = writer.index(out, ["u", *["0"] * (len(group.sizes) - 1)])
            writer.line("for u in vector(start, stop):")
            writer.lines.append((writer.indent + 1, f"{name}[{at}] = {start_of(nest)}", out.buffer))
            rows = open_loops(writer, inner, "k", vector=False)
            writer.line("for u in vector(start, stop):")
            writer.indent += 1
            writer.loaded.add(out.buffer)
            value = term_of(nest, accesses, ["u", "0", *rows], writer, f"{name}[{at}]")
            writer.line(f"{name}[{at}] = {value}", out.buffer)
            writer.indent -= 1 + len(rows)
        else:
            writer.line("for u in vector(start, stop):")
            writer.indent += 1
            for one, own in group.nests:
                statement(one, own, ["u", *["0"] * (len(group.sizes) - 1)], writer)
            writer.indent -= 1
    writer.local.clear()


def _flat(group: Loops, writer: Writer, units: int) -> int | None:
    """All loops as one, units included, where every access steps evenly; what a unit is then multiplied by."""
    everything = [access for _, accesses in group.nests for access in accesses]
    sizes, made = merged((units, *group.sizes[1:]), everything)
    if len(sizes) > 1:
        return None
    if not sizes:
        made = [access._replace(strides=(0,)) for access in made]
    own = iter(made)
    writer.line(f"# {', '.join(dict.fromkeys(nest.label for nest, _ in group.nests))}")
    loop = "i" if sizes else "0"
    if sizes:
        writer.line("for i in vector(start, stop):")
        writer.indent += 1
    for nest, accesses in group.nests:
        statement(nest, [next(own) for _ in accesses], [loop], writer)
    return prod(group.sizes[1:])


def _maps(group: Loops, writer: Writer, loop: str) -> None:
    everything = [access for _, accesses in group.nests for access in accesses]
    sizes, made = merged(group.sizes, everything, first=1)
    own = iter(made)
    names = [loop]
    outer = dict(writer.local)
    for k, n in enumerate(sizes[1:]):
        names.append(writer.fresh("j"))
        open_loop(writer, names[-1], n, k == len(sizes) - 2)
    for nest, accesses in group.nests:
        statement(nest, [next(own) for _ in accesses], names, writer)
    writer.indent -= len(sizes) - 1
    if len(sizes) > 1:  # names of the elements end with their loop
        written = {accesses[-1].buffer for _, accesses in group.nests}
        writer.local = {key: held for key, held in outer.items() if key[0] not in written}


def statement(nest: Nest, accesses: Sequence[Access], loops: Sequence[str], writer: Writer) -> None:
    """One statement of a map, inside its loops."""
    assert isinstance(nest, Map)
    value = writer.expression(nest.value, accesses, loops)
    dtype = accesses[-1].buffer.dtype
    if dtype != "bool" and not _typed(nest.value, accesses):
        value = f"{type_name(dtype)}({value})"
    writer.store(accesses[-1], loops, value, bare=not value.isidentifier())


def _typed(e: Expression, accesses: Sequence[Access]) -> bool:
    """Whether an expression has a type of its own: it reads something, or casts."""
    if e[0] in ("load", "at"):
        return accesses[e[1]].buffer.kind not in ("number", "arange")
    return e[0] == "cast" or (e[0] == "text" and any(_typed(part, accesses) for part in e[2]))
