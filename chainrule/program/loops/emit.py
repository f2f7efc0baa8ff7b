"""The nests of a track as text: one plain function for each run of loops between two products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

from chainrule.ops.program import WEAK
from chainrule.program.loops.kernel import Kernel
from chainrule.program.loops.nests import Access, Contract, Expression, Map, Nest, Reduce, merged
from chainrule.program.loops.types import type_name
from chainrule.program.loops.views import Buffer

LITERAL = 32  # larger sizes are parameters, so that one text serves every size
UNROLLED = 16  # terms of a sum that are written out
LANES = 64  # networks of one block, side by side
WIDE, WIDEST = 16, 128  # partial sums along a row


@dataclass(eq=False)
class Loops:
    """Nests inside one and the same loops: sizes, and the accesses of each nest by loop; loop 0 is that over units."""

    sizes: tuple[int, ...]
    nests: list[tuple[Nest, list[Access]]]


@dataclass(eq=False)
class Emitted:
    """A kernel, and what is put in for its parameters.

    Args:
        kernel: the text.
        arguments: for each parameter a buffer or a number.
        factor: what `start` and `stop` of the track are multiplied by.
        label: the layers it serves.
        flat: whether its units have become part of one flat loop.
    """

    kernel: Kernel
    arguments: list[Buffer | int]
    factor: int = 1
    label: str = ""


@dataclass(eq=False)
class Writer:
    """One kernel while it is written.

    Args:
        small: sizes stand in the text as they are, and what lives within the step stands in local arrays.
        kept: buffers that somebody else will read.
        lanes: for many networks side by side, the buffers that differ between them: network `l` of block `b`.
    """

    small: bool
    kept: set[Buffer]
    lanes: set[Buffer] | None = None
    lines: list[tuple[int, str, Buffer | None]] = field(default_factory=list)  # (indent, text, what a store writes)
    names: dict[Buffer, str] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    loaded: set[Buffer] = field(default_factory=set)
    local: dict[tuple[Buffer, str], str] = field(default_factory=dict)  # what stands in a variable already
    count: int = 0
    indent: int = 1

    def line(self, text: str, store: Buffer | None = None) -> None:
        """One line of the text."""
        self.lines.append((self.indent, text, store))

    def fresh(self, stem: str) -> str:
        """A new name."""
        self.count += 1
        return f"{stem}{self.count}"

    def integer(self, n: int) -> str:
        """A number as it stands in the text: itself, or a parameter."""
        if self.small or -LITERAL <= n <= LITERAL:
            return str(n)
        return self.numbers.setdefault(n, f"n{len(self.numbers)}")

    def name(self, buffer: Buffer) -> str:
        """What a buffer is called."""
        if buffer not in self.names:
            stem = "".join(letter if letter.isalnum() else "_" for letter in buffer.name)
            taken = set(self.names.values())
            stem = f"v_{stem}" if stem[:1].isdigit() else stem
            self.names[buffer] = stem if stem not in taken else f"{stem}_{len(taken)}"
        return f"{self.names[buffer]}_here" if self._shared(buffer) else self.names[buffer]

    def _shared(self, buffer: Buffer) -> bool:
        """Whether all networks side by side read the same: it is read once, before the loop over them."""
        return self.lanes is not None and buffer not in self.lanes and buffer.kind != "temporary"

    def _brought_in(self, buffers: list[Buffer]) -> list[str]:
        lines = []
        for buffer in filter(self._shared, buffers):
            name = self.names[buffer]
            lines.append(f"    {name}_here = local({type_name(buffer.dtype)}, {buffer.size})")
            lines.append(f"    for i in unroll({buffer.size}):")
            lines.append(f"        {name}_here[i] = {name}[i]")
        return lines

    def index(self, access: Access, loops: Sequence[str]) -> str:
        """Where an access lies inside these loops."""
        terms = []
        for stride, loop in zip(access.strides, loops, strict=True):
            if stride == 1:
                terms.append(loop)
            elif stride:
                terms.append(f"{loop} * {self.integer(stride)}" if stride > 0 else f"{loop} * ({self.integer(stride)})")
        if access.offset or not terms:
            terms.append(self.integer(access.offset))
        index = " + ".join(terms)
        if self.lanes is not None and access.buffer in self.lanes:
            return f"(b * {access.buffer.size} + {index}) * {LANES} + l"
        return index

    def opening(self, name: str, n: int, innermost: bool) -> str:
        """The head of a loop."""
        if self.lanes is not None or (self.small and n <= UNROLLED and not (innermost and n >= 4)):
            return f"for {name} in unroll({n}):"
        kind = "range" if not innermost else "vector" if n >= 4 else "unroll"
        return f"for {name} in {kind}({self.integer(n)}):"

    def load(self, access: Access, loops: Sequence[str], more: str = "") -> str:
        """An element as an expression."""
        buffer = access.buffer
        if buffer.kind == "number":
            return literal(buffer.name, buffer.dtype)
        index = self.index(access, loops) + more
        if buffer.kind == "arange":
            plain = buffer.dtype == "int64" and any(access.strides)
            return f"({index})" if plain else f"{type_name(buffer.dtype)}({index})"
        if (buffer, index) in self.local:
            return self.local[buffer, index]
        self.loaded.add(buffer)
        return f"{self.name(buffer)}[{index}]"

    def expression(self, e: Expression, accesses: Sequence[Access], loops: Sequence[str]) -> str:
        """An expression of a nest as text."""
        kind = e[0]
        if kind == "load":
            return self.load(accesses[e[1]], loops)
        if kind == "at":
            moves = []
            for index, size, stride in e[2]:
                place = self.fresh("at")
                self.line(f"{place} = {self.expression(index, accesses, loops)}")
                limit = self.integer(size)
                self.line(f"{place} = {place} + {limit} if {place} < 0 else {place}")
                self.line(f"{place} = 0 if {place} < 0 else {place}")
                self.line(f"{place} = {limit} - 1 if {place} >= {limit} else {place}")
                moves.append(f" + {place} * {self.integer(stride)}")
            return self.load(accesses[e[1]], loops, "".join(moves))
        if kind == "number":
            return literal(e[1], e[2])
        if kind == "cast":
            inner = self.expression(e[3], accesses, loops)
            if e[1] == "bool":
                return f"({inner} != 0)" if "int" in e[2] else f"({inner} != 0.0)"
            return f"{type_name(e[1])}({inner})"
        parts = [_bracketed(self.expression(part, accesses, loops)) for part in e[2]]
        return str(e[1]).format(*parts)

    def store(self, access: Access, loops: Sequence[str], value: str, bare: bool) -> None:
        """Write an element, and remember the variable that holds it."""
        index = self.index(access, loops)
        held = self.fresh("t") if bare else value
        if bare:
            self.line(f"{held} = {value}")
        self.line(f"{self.name(access.buffer)}[{index}] = {held}", access.buffer)
        for key in [key for key in self.local if key[0] is access.buffer]:
            del self.local[key]
        self.local[access.buffer, index] = held

    def finished(self, name: str, label: str) -> Emitted:
        """The kernel, without what nobody reads."""
        dead = {
            buffer for buffer in self.names
            if buffer.kind == "temporary" and buffer not in self.kept and buffer not in self.loaded
        }
        lines = [(indent, text) for indent, text, store in self.lines if store not in dead or store is None]
        inside = [b for b in self.names if self.small and b.kind == "temporary"]
        own = [f"    {self.names[b]} = local({type_name(b.dtype)}, {b.size})" for b in inside if b not in dead]
        own += self._brought_in([b for b in self.names if b not in inside and b not in dead])
        body = "\n".join([*own, *("    " * indent + text for indent, text in lines)]) or "    pass"
        alive = [buffer for buffer in self.names if buffer not in dead and buffer not in inside]
        params = [(self.names[b], f"{type_name(b.dtype)}*") for b in alive] + [(n, "i64") for n in self.numbers.values()]
        head = f"def {name}({', '.join(['start', 'stop', *(p for p, _ in params)])}):"
        kernel = Kernel(name, f"{head}\n{body}\n", tuple(params))
        return Emitted(kernel, [*alive, *self.numbers], label=label)


def literal(text: str, dtype: str) -> str:
    """A number as text of its type."""
    if dtype == "bool":
        return "True" if text in ("True", "1", "1.0") else "False"
    if dtype in ("float32", "float64", WEAK):
        number = float(text)
        if number != number:
            return "(1e999 - 1e999)"
        if number in (float("inf"), -float("inf")):
            return "1e999" if number > 0 else "(-1e999)"
        return repr(number) if number >= 0 and not text.startswith("-") else f"({number!r})"
    whole = int(float(text)) if text not in ("True", "False") else int(text == "True")
    return str(whole) if whole >= 0 else f"({whole})"


def _bracketed(text: str) -> str:
    return text if text.replace("_", "").replace(".", "").isalnum() or _enclosed(text) else f"({text})"


def _enclosed(text: str) -> bool:
    """Whether a text is one name, call, element or bracket."""
    if not text or text[-1] not in ")]":
        return False
    depth, begun = 0, False
    for i, letter in enumerate(text):
        if letter in "([":
            depth, begun = depth + 1, True
        elif letter in ")]":
            depth -= 1
            if depth == 0 and i != len(text) - 1:
                return False
        elif (depth == 0 and begun) or (depth == 0 and not (letter.isalnum() or letter in "_.")):
            return False
    return True


def by_unit(nest: Nest, units: int) -> Loops:
    """A nest with its outermost loop cut into units: that loop, then what is left of it, then the others."""
    dims: tuple[int, ...] = nest.dims  # type: ignore[attr-defined]  # a Map, Reduce or Contract
    accesses = nest.accesses
    if dims and dims[0] % units:
        kept = len(dims) if isinstance(nest, Map) else nest.kept if isinstance(nest, Reduce) else 0
        first, tail = merged(dims[:kept], [a._replace(strides=a.strides[:kept]) for a in accesses])
        accesses = [m._replace(strides=(*m.strides, *a.strides[kept:])) for m, a in zip(tail, accesses, strict=True)]
        if isinstance(nest, Reduce):
            nest.kept = len(first)
        dims = (*first, *dims[kept:])
        nest.dims, nest.accesses = dims, accesses  # type: ignore[attr-defined]  # the same loops, fewer of them
    own = isinstance(nest, Map) or (isinstance(nest, Reduce) and nest.kept > 0) or isinstance(nest, Contract)
    if not dims or not own or units == 1:
        return Loops((1, *dims), [(nest, [a._replace(strides=(0, *a.strides)) for a in accesses])])
    many = dims[0] // units
    made = [a._replace(strides=(a.strides[0] * many, *a.strides)) for a in accesses]
    return Loops((units, many, *dims[1:]), [(nest, made)])


def kernel_of(nests: Sequence[Nest], units: int, name: str, kept: set[Buffer], small: bool = False) -> Emitted:
    """One kernel for nests that follow each other in a track of so many units."""
    groups = grouped(nests, units)
    writer = Writer(small, kept)
    label = ", ".join(dict.fromkeys(nest.label for nest in nests))
    if len(groups) == 1 and _is_map(groups[0]) and not small:
        flat = _flat(groups[0], writer, units)
        if flat is not None:
            emitted = writer.finished(name, label)
            emitted.factor = flat
            return emitted
    if units > 1 and not small and all(map(_is_column, groups)) and not all(map(_is_map, groups)):
        _columns(groups, writer)
    else:
        body_of_units(groups, writer, units)
    return writer.finished(name, label)


def alike(nests: Sequence[Nest], units: int) -> list[list[Nest]]:
    """The nests cut into runs that are all columns, or none; where no column is among them, as they are."""
    kinds = [_column_kind(nest, units) for nest in nests]
    if units == 1 or True not in kinds:
        return [list(nests)]
    runs: list[list[Nest]] = []
    last: bool | None = None
    for nest, kind in zip(nests, kinds, strict=True):
        if not runs or (kind is not None and last is not None and kind != last):
            runs.append([])
        runs[-1].append(nest)
        last = kind if kind is not None else last
    return runs


def _column_kind(nest: Nest, units: int) -> bool | None:
    """Whether a nest is a column; None where it is one number a unit, which goes with either."""
    group = by_unit(nest, units)
    if _is_column(group):
        return None if _is_map(group) else True
    return False


def _is_column(group: Loops) -> bool:
    """Whether units lie side by side in memory, each one number: then loops over them become vectors."""
    nest, accesses = group.nests[0]
    if _is_map(group):
        return prod(group.sizes[1:]) == 1
    if not isinstance(nest, Reduce) or nest.kind.startswith("arg") or nest.kept != 1 or group.sizes[1] != 1:
        return False
    return any(a.strides[0] == 1 for a in accesses[:-1]) and all(a.strides[0] in (0, 1) for a in accesses)


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
            writer.lines.append((writer.indent + 1, f"{name}[{at}] = {_start(nest)}", out.buffer))
            rows = _open(writer, inner, "k", vector=False)
            writer.line("for u in vector(start, stop):")
            writer.indent += 1
            writer.loaded.add(out.buffer)
            value = _term(nest, accesses, ["u", "0", *rows], writer, f"{name}[{at}]")
            writer.line(f"{name}[{at}] = {value}", out.buffer)
            writer.indent -= 1 + len(rows)
        else:
            writer.line("for u in vector(start, stop):")
            writer.indent += 1
            for one, own in group.nests:
                _statement(one, own, ["u", *["0"] * (len(group.sizes) - 1)], writer)
            writer.indent -= 1
    writer.local.clear()


def body_of_units(groups: Sequence[Loops], writer: Writer, units: int) -> None:
    """`for u in range(start, stop)`, and every group inside."""
    writer.local.clear()
    plain = all(prod(group.sizes[1:]) == 1 and _is_map(group) for group in groups)
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
            _reduce(nest, group.sizes, accesses, writer, loop)
        elif isinstance(nest, Contract):
            _contract(nest, group.sizes, accesses, writer, loop)
        else:
            _maps(group, writer, loop)
    if loop == "u":
        writer.indent -= 1
    writer.local.clear()


def grouped(nests: Sequence[Nest], units: int) -> list[Loops]:
    """Nests gathered into common loops where each element depends only on itself."""
    groups: list[Loops] = []
    for nest in nests:
        own = by_unit(nest, units)
        last = groups[-1] if groups else None
        if last is not None and _is_map(last) and isinstance(nest, Map):
            made = _together(last, own)
            if made is not None:
                groups[-1] = made
                continue
        groups.append(own)
    return groups


def _is_map(group: Loops) -> bool:
    return isinstance(group.nests[0][0], Map)


def _together(one: Loops, two: Loops) -> Loops | None:
    """Both in the same loops; None where they do not fit, or the second needs other elements of what the first wrote."""
    if prod(one.sizes[1:]) != prod(two.sizes[1:]) or one.sizes[0] != two.sizes[0]:
        return None
    sizes = _refined(one.sizes[1:], two.sizes[1:])
    if sizes is None:
        return None
    nests = [(nest, [_cut(a, group.sizes, sizes) for a in accesses]) for group in (one, two) for nest, accesses in group.nests]
    fresh, accesses = nests[-1]
    assert isinstance(fresh, Map)
    gathered = _gathered(fresh)
    for nest, others in nests[:-1]:
        written = others[-1]
        for k, access in enumerate(accesses):
            if access.buffer is written.buffer and (access != written or k in gathered):
                return None
        for k, access in enumerate(others[:-1]):
            if access.buffer is accesses[-1].buffer and (access != accesses[-1] or k in _gathered(nest)):
                return None
    return Loops((one.sizes[0], *sizes), nests)


def _gathered(nest: Nest) -> set[int]:
    """Which accesses of a map are moved on by indices."""
    found: set[int] = set()

    def visit(e: Expression) -> None:
        if e[0] == "at":
            found.add(e[1])
            for index, _, _ in e[2]:
                visit(index)
        elif e[0] == "text":
            for part in e[2]:
                visit(part)
        elif e[0] == "cast":
            visit(e[3])

    if isinstance(nest, Map):
        visit(nest.value)
    return found


def _refined(one: Sequence[int], two: Sequence[int]) -> tuple[int, ...] | None:
    from chainrule.program.loops.nests import refined

    return refined([[n for n in one if n != 1], [n for n in two if n != 1]])


def _cut(access: Access, sizes: Sequence[int], finer: Sequence[int]) -> Access:
    from chainrule.program.loops.nests import split_strides

    factors = list(zip(sizes[1:], access.strides[1:], strict=True))
    return access._replace(strides=(access.strides[0], *split_strides(factors, finer)))


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
        _statement(nest, [next(own) for _ in accesses], [loop], writer)
    return prod(group.sizes[1:])


def _statement(nest: Nest, accesses: Sequence[Access], loops: Sequence[str], writer: Writer) -> None:
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


def _loop(writer: Writer, name: str, n: int, innermost: bool) -> None:
    writer.line(writer.opening(name, n, innermost))
    writer.indent += 1


def _maps(group: Loops, writer: Writer, loop: str) -> None:
    everything = [access for _, accesses in group.nests for access in accesses]
    sizes, made = merged(group.sizes, everything, first=1)
    own = iter(made)
    names = [loop]
    outer = dict(writer.local)
    for k, n in enumerate(sizes[1:]):
        names.append(writer.fresh("j"))
        _loop(writer, names[-1], n, k == len(sizes) - 2)
    for nest, accesses in group.nests:
        _statement(nest, [next(own) for _ in accesses], names, writer)
    writer.indent -= len(sizes) - 1
    if len(sizes) > 1:  # names of the elements end with their loop
        written = {accesses[-1].buffer for _, accesses in group.nests}
        writer.local = {key: held for key, held in outer.items() if key[0] not in written}


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
    value = _bracketed(value)
    if kind in ("sum", "dot"):
        return f"{acc} + {value}"
    if dtype == "bool":
        return f"{acc} or {value}" if kind == "max" else f"{acc} and {value}"
    if "float" in dtype or dtype == WEAK:
        return f"{'maximum' if kind == 'max' else 'minimum'}({acc}, {value})"
    return f"{value} if {value} {'>' if kind == 'max' else '<'} {acc} else {acc}"


def _reduce(nest: Reduce, sizes: Sequence[int], accesses: list[Access], writer: Writer, loop: str) -> None:
    """A reduction inside one unit."""
    extra = len(sizes) - 1 - len(nest.dims)  # the rest of the outermost loop counts among the kept ones
    kept_count = nest.kept + extra if nest.kept else extra
    kept, kept_accesses = merged(sizes[: 1 + kept_count], [a._replace(strides=a.strides[: 1 + kept_count]) for a in accesses], first=1)
    rest = [a._replace(strides=a.strides[1 + kept_count :], offset=0) for a in accesses]
    inner, rest = merged(sizes[1 + kept_count :], rest)
    made = [k._replace(strides=(*k.strides, *r.strides)) for k, r in zip(kept_accesses, rest, strict=True)]
    count = prod(inner)
    source = made[0]
    along = abs(source.strides[-1]) if inner else 0
    across = abs(source.strides[len(kept) - 1]) if len(kept) > 1 else None
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


def _open(writer: Writer, sizes: Sequence[int], stem: str, vector: bool, unroll: bool = False) -> list[str]:
    names = []
    for k, n in enumerate(sizes):
        names.append(writer.fresh(stem))
        if unroll:
            writer.line(f"for {names[-1]} in unroll({n}):")
            writer.indent += 1
        else:
            _loop(writer, names[-1], n, vector and k == len(sizes) - 1)
    return names


def _term(nest: Reduce, accesses: Sequence[Access], loops: Sequence[str], writer: Writer, acc: str) -> str:
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


def _start(nest: Reduce) -> str:
    first = _first(nest.kind, nest.dtype)
    return first if nest.dtype == "bool" else f"{type_name(nest.dtype)}({first})"


def _along(nest: Reduce, kept: Sequence[int], inner: Sequence[int], accesses: list[Access], writer: Writer, loop: str) -> None:
    """One accumulator for each result; along a long row several, added up as a tree."""
    names = [loop, *_open(writer, kept[1:], "j", vector=len(inner) == 0 or prod(inner) <= UNROLLED)]
    own = writer.indent
    out = accesses[-1]._replace(strides=accesses[-1].strides[: len(kept)])
    last = inner[-1] if inner else 1
    acc = writer.fresh("acc")
    serial = last <= UNROLLED or writer.lanes is not None or "float" not in nest.dtype or (nest.kind in ("max", "min") and not _contiguous(accesses, nest))
    if serial:
        writer.line(f"{acc} = {_start(nest)}")
        outer = _open(writer, inner[:-1], "k", vector=False, unroll=prod(inner) <= UNROLLED)
        if inner:
            k = writer.fresh("k")
            unrolled = last <= UNROLLED or writer.lanes is not None
            writer.line(f"for {k} in {'unroll' if unrolled else 'range'}({writer.integer(last)}):")
            writer.indent += 1
            outer = [*outer, k]
        writer.line(f"{acc} = {_term(nest, accesses, [*names, *outer], writer, acc)}")
        writer.indent = own
        writer.store(out, names, acc, bare=False)
        writer.indent = own - (len(kept) - 1)
        return
    width = WIDE if last < 4 * WIDEST else WIDEST
    t = type_name(nest.dtype)
    writer.line(f"{acc} = local({t}, {width})")
    lane = writer.fresh("l")
    writer.line(f"for {lane} in vector({width}):")
    writer.lines.append((writer.indent + 1, f"{acc}[{lane}] = {_start(nest)}", None))
    outer = _open(writer, inner[:-1], "k", vector=False)
    whole, left = divmod(last, width)
    block, lane, k = writer.fresh("b"), writer.fresh("l"), writer.fresh("k")
    writer.line(f"for {block} in range({writer.integer(whole)}):")
    writer.indent += 1
    writer.line(f"for {lane} in vector({width}):")
    writer.indent += 1
    writer.line(f"{k} = {block} * {width} + {lane}")
    writer.line(f"{acc}[{lane}] = {_term(nest, accesses, [*names, *outer, k], writer, f'{acc}[{lane}]')}")
    writer.indent -= 2
    if left:
        lane, k = writer.fresh("l"), writer.fresh("k")
        writer.line(f"for {lane} in range({writer.integer(left)}):")
        writer.indent += 1
        writer.line(f"{k} = {writer.integer(whole * width)} + {lane}")
        writer.line(f"{acc}[{lane}] = {_term(nest, accesses, [*names, *outer, k], writer, f'{acc}[{lane}]')}")
    writer.indent = own
    half = width // 2
    while half:
        lane = writer.fresh("l")
        writer.line(f"for {lane} in unroll({half}):")
        value = _combined(nest.kind, nest.dtype, f"{acc}[{lane}]", f"{acc}[{lane} + {half}]")
        writer.lines.append((writer.indent + 1, f"{acc}[{lane}] = {value}", None))
        half //= 2
    writer.store(out, names, f"{acc}[0]", bare=True)
    writer.indent = own - (len(kept) - 1)


def _contiguous(accesses: Sequence[Access], nest: Reduce) -> bool:
    return all(abs(access.strides[-1]) <= 1 for access in accesses[:-1])


def _across(nest: Reduce, kept: Sequence[int], inner: Sequence[int], accesses: list[Access], writer: Writer, loop: str) -> None:
    """Row after row onto the results, which lie side by side."""
    out = accesses[-1]._replace(strides=accesses[-1].strides[: len(kept)])
    own = writer.indent
    outer = [loop, *_open(writer, kept[1:-1], "j", vector=False)]
    level = writer.indent
    j = writer.fresh("j")
    _loop(writer, j, kept[-1], innermost=True)
    index = writer.index(out, [*outer, j])
    name = writer.name(out.buffer)
    writer.line(f"{name}[{index}] = {_start(nest)}", out.buffer)
    writer.indent = level
    rows = _open(writer, inner, "k", vector=False)
    j = writer.fresh("j")
    _loop(writer, j, kept[-1], innermost=True)
    loops = [*outer, j, *rows]
    index = writer.index(out, [*outer, j])
    writer.loaded.add(out.buffer)
    writer.line(f"{name}[{index}] = {_term(nest, accesses, loops, writer, f'{name}[{index}]')}", out.buffer)
    writer.indent = own


def _arg_reduce(nest: Reduce, kept: Sequence[int], inner: Sequence[int], accesses: list[Access], writer: Writer, loop: str) -> None:
    """The place of the first extreme; of the first NaN where there is one."""
    names = [loop, *_open(writer, kept[1:], "j", vector=False)]
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


def _contract(nest: Contract, sizes: Sequence[int], accesses: list[Access], writer: Writer, loop: str) -> None:
    """A product as plain loops: each element one chain, in the order of its terms."""
    batch, rows, terms, _ = nest.counts
    more = len(sizes) - 1 - len(nest.dims)
    head = 1 + more + batch + rows
    result = [*sizes[:head], *sizes[head + terms :]]
    a, b, c = (
        access._replace(strides=(*access.strides[:head], *access.strides[head + terms :], *access.strides[head : head + terms]))
        for access in accesses
    )
    inner = list(sizes[head : head + terms])
    for key in [key for key in writer.local if key[0] is c.buffer]:
        del writer.local[key]
    before = dict(writer.local)
    order = sorted(range(1, len(result)), key=lambda i: -abs(c.strides[i]))
    place = {i: writer.fresh("j") for i in order}
    for i in order:
        _loop(writer, place[i], result[i], innermost=i == order[-1])
    names = [loop, *(place[i] for i in range(1, len(result)))]
    own = writer.indent
    acc = writer.fresh("acc")
    writer.line(f"{acc} = {type_name(c.buffer.dtype)}(0.0)")
    deep = _open(writer, inner, "k", vector=False, unroll=prod(inner) <= UNROLLED)
    writer.line(f"{acc} = fma({writer.load(a, [*names, *deep])}, {writer.load(b, [*names, *deep])}, {acc})")
    writer.indent = own
    out = c._replace(strides=c.strides[: len(result)])
    writer.store(out, names, acc, bare=False)
    writer.indent = own - (len(result) - 1)
    writer.local = before


def readers(nests: Iterable[Nest]) -> dict[Buffer, list[Nest]]:
    """Which nests touch each buffer."""
    found: dict[Buffer, list[Nest]] = {}
    for nest in nests:
        for part in nest.footprints(1) or ():
            mine = found.setdefault(part.buffer, [])
            if nest not in mine:
                mine.append(nest)
    return found
