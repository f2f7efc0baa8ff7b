"""From the entries of a forward pass to loops: what is read once is computed where it is read, else it has a buffer."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.export.loops import places, sums
from chainrule.export.loops.constants import Constants
from chainrule.export.loops.expressions import EXPRESSIONS, cast
from chainrule.export.loops.formulas import FORMULAS
from chainrule.export.loops.index import Axis, Linear, place
from chainrule.export.loops.reads import reads_of
from chainrule.export.loops.seen import (
    Kind,
    Seen,
    Text,
    expanded,
    kind_of,
    number,
    permuted,
    reshaped,
    sliced,
    stretched,
    windowed,
)
from chainrule.export.loops.steps import scan
from chainrule.export.loops.writer import Writer
from chainrule.export.recording import number_of
from chainrule.ops.program import WEAK, Entry, Program

LONGEST = 14
"""Operations of one expression; more are written to a buffer first."""


class Lowering:
    """A forward pass on its way into loops.

    Args:
        writer: where they go.
        constants: the arrays that they read.
        program: of one row.
        known: values that depend on no input: numbers and arrays.
        labels: of arrays their names.
        layers: dotted names of modules to how they show themselves.
        where: for errors.
    """

    def __init__(
        self, writer: Writer, constants: Constants, program: Program, known: Mapping[int, Any],
        labels: Mapping[int, str], layers: Mapping[str, str], where: str,
    ) -> None:
        self.writer, self.constants, self.program = writer, constants, program
        self.known, self.labels, self.layers, self.where = known, labels, layers, where
        self.values: dict[int, Seen] = {}
        self.targets: dict[int, Seen] = {}  # what is written straight into the answer
        self.reads = reads_of(program)

    def write(self) -> None:
        """Loops for all entries."""
        for entry in self.program.entries:
            if all(out in self.known for out in entry.outs):
                continue
            made = self._entry(entry)
            for out, seen in zip(entry.outs, made if isinstance(made, tuple) else (made,), strict=True):
                self.values[out] = seen
                often = self.reads[out] > 1 or seen.cost > LONGEST or out in self.targets
                if seen.cost and often and (self.reads[out] or out in self.targets):
                    self.values[out] = self.held(seen, self._word(entry), self.targets.get(out))

    def seen(self, value: int) -> Seen:
        """A value as it can be read."""
        if value not in self.values:
            known = self.known[value]
            if self.program.values[value].dtype == WEAK:
                kind: Kind = "real" if isinstance(known, float) else "whole"
                self.values[value] = number(self.writer.dialect.number(known), kind)
            else:
                self.values[value] = self.constants.seen(known, self.labels.get(value, "constant"))
        return self.values[value]

    def held(self, seen: Seen, word: str, target: Seen | None = None) -> Seen:
        """The value in an array: as it is where it is one already."""
        if not seen.cost and target is None:
            return seen
        if target is None and prod(seen.shape) == 1:
            return self._single(seen, word)
        made = self.writer.buffer(word, seen.kind, seen.shape) if target is None else target
        self.writer.fill(made, seen)
        made.parts = seen.parts
        return made

    def _single(self, seen: Seen, word: str) -> Seen:
        """A single number as a variable."""
        if seen.layers and not self.writer.depth:
            self.writer.remark(*seen.layers)
        name = self.writer.named(seen.kind, seen.read([()] * len(seen.shape)).text, self.writer.name(word))
        return Seen(seen.shape, seen.kind, lambda at: Text(name))

    def room(self, entry: Entry, *, own: bool = False) -> Seen:
        """An array for the result of an entry: its place in the answer, or one of its own."""
        value = self.program.values[entry.outs[0]]
        target = None if own else self.targets.get(entry.outs[0])
        if not self.writer.depth and self.layer(entry):
            self.writer.remark(*self.layer(entry))
        return target if target is not None else self.writer.buffer(
            self._word(entry), kind_of(value.dtype), value.shape
        )

    def layer(self, entry: Entry) -> tuple[str, ...]:
        """What an entry belongs to, in words."""
        region = entry.region
        if region is None:
            return (entry.primitive,)
        while self.program.regions[region].parent is not None:
            region = self.program.regions[region].parent
            assert region is not None
        found = self.program.regions[region]
        kind = self.layers.get(found.module, "").partition("(")[0]
        words = f"{found.module} {kind}" if found.module and kind else found.name
        formula = FORMULAS.get(found.name)
        return (f"{words}: {formula}" if formula else words,)

    def _word(self, entry: Entry) -> str:
        region = entry.region
        return entry.primitive if region is None else self.program.regions[region].name

    def where_of(self, entry: Entry) -> str:
        """Where an entry comes from, for errors."""
        file, line = entry.where
        return f"{self.where}, {file}:{line}" if file else self.where

    # --- entries ------------------------------------------------------------------------------------------------

    def _entry(self, entry: Entry) -> Any:
        static: dict[str, Any] = dict(entry.static)
        if entry.primitive == "scan":
            return scan(self, entry, static)
        args = [self.seen(arg) for arg in entry.args]
        out = self.program.values[entry.outs[0]]
        if entry.primitive in EXPRESSIONS:
            return self._elementwise(entry, args, EXPRESSIONS[entry.primitive])
        if entry.primitive == "cast":
            return self._elementwise(entry, args, cast(kind_of(out.dtype), args[0].kind))
        view = self._view(entry, args, static, out.shape)
        if view is not None:
            return view
        if entry.primitive in ("sum", "max", "min"):
            return self._layered(sums.reduced(self.writer, args[0], static, out.shape, entry.primitive), entry)
        if entry.primitive in ("argmax", "argmin"):
            most = entry.primitive == "argmax"
            return self._layered(sums.extreme_place(self.writer, args[0], static, out.shape, most), entry)
        if entry.primitive == "matmul":
            return self._layered(sums.product(self.writer, args[0], args[1], out.shape), entry)
        if entry.primitive in ("cumsum", "argsort"):
            target = self.room(entry, own=entry.primitive == "argsort")  # places are read as whole numbers
            form = sums.running if entry.primitive == "cumsum" else sums.sorted_places
            form(self.writer, args[0], static["axis"] % max(1, len(out.shape)), target)
            return target
        form_of_place = places.FORMS.get(entry.primitive)
        if form_of_place is None:
            raise ArgumentError("export.primitive", self.where_of(entry), primitive=entry.primitive)
        return form_of_place(self, entry, args, static)

    def _layered(self, seen: Seen, entry: Entry) -> Seen:
        seen.layers = tuple(dict.fromkeys((*seen.layers, *self.layer(entry))))
        return seen

    def _elementwise(self, entry: Entry, args: Sequence[Seen], form: Any) -> Seen:
        out = self.program.values[entry.outs[0]]

        def read(at: list[Axis]) -> Text:
            made: Text = form(self.writer, [arg.read(stretched(at, arg.shape)) for arg in args])
            return made

        parts: list[tuple[int, ...]] = [(size,) for size in out.shape]
        for arg in args:
            first = len(out.shape) - len(arg.shape)
            for axis, (size, mine) in enumerate(zip(arg.shape, arg.parts, strict=True), first):
                if size == out.shape[axis] and len(mine) > len(parts[axis]):
                    parts[axis] = mine
        layers = dict.fromkeys(layer for arg in args for layer in arg.layers)
        layers.update(dict.fromkeys(self.layer(entry)))
        cost = 1 + sum(arg.cost for arg in args)
        return Seen(out.shape, kind_of(out.dtype), read, parts, cost, tuple(layers))

    def _view(self, entry: Entry, args: list[Seen], static: dict[str, Any], shape: tuple[int, ...]) -> Seen | None:
        quotient = self.writer.dialect.quotient
        if entry.primitive in ("contiguous", "copy"):
            return args[0]
        if entry.primitive == "permute":
            return permuted(args[0], static["axes"])
        if entry.primitive == "reshape":
            return reshaped(args[0], shape, quotient)
        if entry.primitive == "expand":
            return expanded(args[0], shape)
        if entry.primitive == "slice":
            return sliced(args[0], shape, static["items"])
        if entry.primitive == "windows":
            return windowed(args[0], shape, static["stride"], static["dilation"])
        if entry.primitive == "full":
            return number(self.writer.dialect.number(static["fill"]), kind_of(static["dtype"]), shape)
        if entry.primitive == "arange":
            start = Linear((), static["start"])
            return Seen(
                shape, kind_of(static["dtype"]),
                lambda at: Text(place(at[0]).times(static["step"]).and_(start).text, 6),
            )
        return None


    def inside(self, body: Program) -> "Lowering":
        """For one step of a loop."""
        numbers = {i: number_of(v) for i, v in enumerate(body.values) if v.origin == "constant" and v.dtype == WEAK}
        return Lowering(self.writer, self.constants, body, numbers, {}, self.layers, self.where)
