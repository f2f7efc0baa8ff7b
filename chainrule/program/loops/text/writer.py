"""One kernel while it is written: names, numbers, loads and stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan

from chainrule.ops.program import WEAK
from chainrule.program.loops.kernel import Kernel
from chainrule.program.loops.nests import Access, Expression
from chainrule.program.loops.types import type_name
from chainrule.program.loops.views import Buffer

LITERAL = 32  # larger sizes are parameters, so that one text serves every size
UNROLLED = 16  # terms of a sum that are written out
LANES = 64  # networks of one block, side by side


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
        parts = [bracketed(self.expression(part, accesses, loops)) for part in e[2]]
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
        params = [(self.names[b], f"{type_name(b.dtype)}*") for b in alive]
        params += [(n, "i64") for n in self.numbers.values()]
        head = f"def {name}({', '.join(['start', 'stop', *(p for p, _ in params)])}):"
        kernel = Kernel(name, f"{head}\n{body}\n", tuple(params))
        return Emitted(kernel, [*alive, *self.numbers], label=label)


def literal(text: str, dtype: str) -> str:
    """A number as text of its type."""
    if dtype == "bool":
        return "True" if text in ("True", "1", "1.0") else "False"
    if dtype in ("float32", "float64", WEAK):
        number = float(text)
        if isnan(number):
            return "(1e999 - 1e999)"
        if number in (float("inf"), -float("inf")):
            return "1e999" if number > 0 else "(-1e999)"
        return repr(number) if number >= 0 and not text.startswith("-") else f"({number!r})"
    whole = int(float(text)) if text not in ("True", "False") else int(text == "True")
    return str(whole) if whole >= 0 else f"({whole})"


def bracketed(text: str) -> str:
    """An expression as one term of another."""
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


def open_loop(writer: Writer, name: str, n: int, innermost: bool) -> None:
    """Begin a loop; everything after stands inside."""
    writer.line(writer.opening(name, n, innermost))
    writer.indent += 1


def open_loops(writer: Writer, sizes: Sequence[int], stem: str, vector: bool, unroll: bool = False) -> list[str]:
    """Begin loops inside each other; their names."""
    names = []
    for k, n in enumerate(sizes):
        names.append(writer.fresh(stem))
        if unroll:
            writer.line(f"for {names[-1]} in unroll({n}):")
            writer.indent += 1
        else:
            open_loop(writer, names[-1], n, vector and k == len(sizes) - 1)
    return names
