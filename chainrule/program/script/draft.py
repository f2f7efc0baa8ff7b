"""A Program as lines of Python: each entry's own NumPy text, transposes lifted out, nothing computed twice.

An array that lies transposed in memory (`weight` of a dense layer: (outputs, inputs), kept as (inputs, outputs)) is
written as what is stored: `W`, and `W.T` only where the other form is really meant. No number changes by that, for
elementwise operations and sums over everything follow the memory.
"""

import ast
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType
from typing import Any

from chainrule.ops.program import PRIMITIVES, WEAK, Entry, Program
from chainrule.ops.text import number_text
from chainrule.program.script.parts import Part, parts

Axes = tuple[int, ...]
View = tuple[int, Axes]



@dataclass
class Line:
    """One line of the program to be: `outs = expression`.

    Args:
        number: of the entry.
        outs: the values that it makes.
        expression: over names such as `v12`, which stand for values.
        part: the function that it belongs to.
        region: the innermost region, by number.
        primitive: what the entry does.
        body: of a scan, its loop as a draft of its own.
        kind: in a loop, the name of the innermost region.
    """

    number: int
    outs: tuple[int, ...]
    expression: ast.expr
    part: Part
    region: int | None
    primitive: str = ""
    body: "Draft | None" = None
    kind: str = ""

    @property
    def needs(self) -> list[int]:
        """The values that the expression reads, each as often as it stands there."""
        return values_in(self.expression)


@dataclass
class Draft:
    """All lines of a step.

    Args:
        program: the step.
        lines: in order.
        views: value to the value that is stored for it, and the order of its axes there.
        same: value to an equal one that is computed in its place.
        loss: the value of the loss.
        written: slot to the value that it takes.
        idle: slots that count what nobody asks for.
        merges: entry to the earlier one that says the same.
        copies: value that is made again to the one that it is.
    """

    program: Program
    lines: list[Line]
    views: dict[int, View]
    same: dict[int, int] = field(default_factory=dict)
    loss: int | None = None
    written: dict[int, int] = field(default_factory=dict)
    idle: set[int] = field(default_factory=set)
    merges: dict[int, int] = field(default_factory=dict)
    copies: dict[int, int] = field(default_factory=dict)

    def node(self, value: int) -> ast.expr:
        """A value as an expression."""
        return _node(self.program, self.views, value)

    def base(self, value: int) -> int:
        """What is stored for a value."""
        return self.views[value][0] if value in self.views else value


def name_of(value: int) -> str:
    """How a value is called before it has a name."""
    return f"v{value}"


def values_in(expression: ast.AST) -> list[int]:
    """The values in an expression, each as often as it stands there."""
    return [
        int(node.id[1:]) for node in ast.walk(expression)
        if isinstance(node, ast.Name) and node.id[0] == "v" and node.id[1:].isdigit()
    ]


class Put(ast.NodeTransformer):
    """Put expressions in the place of names."""

    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The expression for the name, if there is one."""
        found = self.given.get(node.id)
        return node if found is None else deepcopy(found)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """The transpose of a transpose is the array itself."""
        self.generic_visit(node)
        inner = node.value
        twice = node.attr == "T" and isinstance(inner, ast.Attribute) and inner.attr == "T"
        return inner.value if twice and isinstance(inner, ast.Attribute) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """A count of a count: n + 1 + 1 is n + 2."""
        self.generic_visit(node)
        inner = node.left
        if isinstance(node.op, ast.Add) and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Add):
            first, second = _whole(inner.right), _whole(node.right)
            if first is not None and second is not None:
                return ast.BinOp(inner.left, ast.Add(), ast.Constant(first + second))
        return node


def _whole(node: ast.expr) -> int | None:
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def substituted(expression: ast.expr, given: Mapping[str, ast.expr]) -> ast.expr:
    """The expression with others in the place of names; the one given stays as it is."""
    made: ast.expr = Put(given).visit(deepcopy(expression))
    return made


def parsed(text: str) -> ast.expr:
    """An expression from its text."""
    return ast.parse(text, mode="eval").body


def draft(
    program: Program, never: Mapping[int, Callable[[float], bool]] = MappingProxyType({}),
    allowed: Mapping[int, int] | None = None, equal: Mapping[int, int] = MappingProxyType({}),
) -> Draft:
    """The lines of a training step: forward, backward and update; gradients that nobody uses are left out.

    Args:
        program: the step.
        never: input to a function that says whether a number is nowhere in it: tests for it are always true.
        allowed: which entries may be left out for which others that say the same; None for all.
        equal: numbers and counters to others that are equal now; counters that are moved on otherwise stay apart.
    """
    where = parts(program)
    written = {slot: value for slot, value in program.writes if program.slots[slot].role != "gradient"}
    roots = {program.outputs[0], *written.values()}
    made = _Drafting(program, dict(enumerate(where)), never, allowed)
    made.same.update(equal)
    made.write(_needed(program, roots))
    ends = {slot: made.canonical(value) for slot, value in written.items()}
    place = {slot.value: number for number, slot in enumerate(program.slots)}
    idle = {place[value] for value in equal if value in place}
    if any(ends.get(number) != ends.get(place[equal[program.slots[number].value]]) for number in idle):
        apart = {value: other for value, other in equal.items() if value not in place}
        return draft(program, never, allowed, apart)
    ends = {slot: value for slot, value in ends.items() if slot not in idle}
    loss = made.canonical(program.outputs[0])
    return Draft(made.program, made.lines, made.views, made.same, loss, ends, idle, made.merges)


def loop(program: Program, part: Part) -> Draft:
    """The lines of one step of a scan."""
    made = _Drafting(program, dict.fromkeys(range(len(program.entries)), part))
    made.write(_needed(program, set(program.outputs)))
    made.program = program._replace(outputs=tuple(map(made.canonical, program.outputs)))
    for line in made.lines:
        line.kind = "" if line.region is None else program.regions[line.region].name
    return Draft(made.program, made.lines, made.views, made.same)


def _needed(program: Program, roots: set[int]) -> list[int]:
    wanted, kept = set(roots), []
    for number in reversed(range(len(program.entries))):
        if wanted.intersection(program.entries[number].outs):
            kept.append(number)
            wanted.update(program.entries[number].args)
    return kept[::-1]


class _Drafting:
    """The lines as they are written, and what is known of values so far."""

    def __init__(
        self, program: Program, where: Mapping[int, Part],
        never: Mapping[int, Callable[[float], bool]] = MappingProxyType({}), allowed: Mapping[int, int] | None = None,
    ) -> None:
        self.program = program
        self.never = never
        self.allowed = allowed
        self.merges: dict[int, int] = {}
        self.true: set[int] = set()  # true everywhere
        self.untrue: set[int] = set()  # false everywhere
        self.counts: dict[int, int] = {}  # value → the whole number that it is
        self.where = where
        self.lines: list[Line] = []
        self.views: dict[int, View] = {}
        self.same: dict[int, int] = {}  # value → an equal one that was there before
        self.ones: set[int] = set()
        self.late: set[int] = {
            out for number, entry in enumerate(program.entries) if where[number] != "update" for out in entry.outs
        }
        self._aims: dict[int, int] = {}
        self.framed: dict[tuple[int, Axes], int] = {}  # gradient and axes → the same as it is stored
        self._known: dict[object, tuple[int, int]] = {}
        self._stored()

    def _stored(self) -> None:
        """How slots lie in memory: where axes of one element leave that open, as their gradients come."""
        values = self.program.values
        forms: dict[int, Axes] = {}
        for entry in self.program.entries:
            target = values[entry.outs[0]].grad_of
            if entry.primitive == "permute" and target is not None:
                forms[target] = axes_of(entry)
        like: dict[str, Axes] = {}
        for slot in self.program.slots:
            value = values[slot.value]
            if len(value.order) != len(value.shape) or len(value.shape) < 2:
                continue
            axes = _inverse(value.order)
            given = forms.get(slot.value)
            if given is not None and _long(_inverse(given), value.shape) == _long(value.order, value.shape):
                axes = like[slot.names[0]] = given
            axes = like.get(slot.names[0].rpartition(".")[0], axes)
            if axes != tuple(range(len(axes))):
                self.views[slot.value] = slot.value, axes

    def canonical(self, value: int) -> int:
        """The value that stands for this one."""
        while value in self.same:
            value = self.same[value]
        return value

    def write(self, numbers: list[int]) -> None:
        """A line for each entry that needs one."""
        for number in numbers:
            entry = self.program.entries[number]
            entry = entry._replace(args=tuple(map(self.canonical, entry.args)))
            if not self._is_certain(entry) and not self._is_known(entry, number) and not self._is_view(entry):
                self._write(entry, number)

    def _is_certain(self, entry: Entry) -> bool:
        """Whether its result follows from what is nowhere in the data: a test that is always true, a count of rows."""
        values, out, args, kind = self.program.values, entry.outs[0], entry.args, entry.primitive
        if kind == "not_equal" and args[0] in self.never and values[args[1]].dtype == WEAK:
            test = self.never[args[0]]
            if values[args[1]].origin == "constant" and test(float(values[args[1]].name)):
                self.true.add(out)
        elif kind in ("reshape", "cast", "expand") and args[0] in self.true:
            self.true.add(out)
        elif kind == "sum" and args[0] in self.true and not values[out].shape:
            self.counts[out] = prod(values[args[0]].shape)
        elif kind == "equal" and args[0] in self.counts and values[args[1]].name == "0":
            self.untrue.add(out)
        elif kind == "add" and args[0] in self.counts and args[1] in self.untrue:
            self.counts[out] = self.counts[args[0]]
        elif kind == "where" and args[0] in self.true and values[args[1]].shape == values[out].shape:
            self.same[out] = args[1]
        else:
            return False
        return out in self.true or out in self.untrue or out in self.counts or out in self.same

    def _is_known(self, entry: Entry, number: int) -> bool:
        """Whether its result is there already: the same operation on the same values, earlier."""
        out = entry.outs[0]
        if entry.primitive == "full" and dict(entry.static)["fill"] == 1.0:
            self.ones.add(out)
        if entry.body is not None or len(entry.outs) > 1:
            return False
        value = self.program.values[out]
        if self.where[number] == "update" and value.shape:
            return False  # each parameter has its own
        scope = self.where[number] if value.dtype == WEAK else ""
        args = tuple(self.views.get(a, a) for a in entry.args)
        key = entry.primitive, args, entry.static, scope
        found, first = self._known.get(key, (out, number))
        if found == out or (self.allowed is not None and self.allowed.get(number) != first):
            self._known[key] = out, number
            return False
        self.same[out] = found
        self.merges[number] = first
        return True

    def _is_view(self, entry: Entry) -> bool:
        """Whether its result is an array that is there already, seen along other axes, or times 1."""
        values, out = self.program.values, entry.outs[0]
        if entry.primitive == "permute":
            base, axes = self._view(entry.args[0])
            self.views[out] = base, tuple(axes[a] for a in axes_of(entry))
            return True
        if entry.primitive == "multiply":
            for one, other in (entry.args, entry.args[::-1]):
                value = values[one]
                literal = value.origin == "constant" and value.dtype == WEAK and value.name == "1.0"
                if (one in self.ones and not value.shape) or literal:
                    kept = values[other]
                    if (kept.shape, kept.dtype) == (values[out].shape, values[out].dtype) and kept.dtype != WEAK:
                        self.same[out] = other
                        return True
        return False

    def _view(self, value: int) -> View:
        return self.views.get(value, (value, tuple(range(len(self.program.values[value].shape)))))

    def _write(self, entry: Entry, number: int) -> None:
        primitive = PRIMITIVES[entry.primitive]
        if self.where[number] == "update" and primitive.loops:
            entry = entry._replace(args=self._turned(entry.args))
        values = self.program.values
        axes = self._shared_axes(entry) if self.where[number] == "update" else None
        if axes is not None:
            args = [_named(self.program, self._view(a)[0]) for a in entry.args]
            if values[entry.outs[0]].shape:
                self.views[entry.outs[0]] = entry.outs[0], axes
        else:
            args = [
                ast.Constant(self.counts[a]) if a in self.counts else _node(self.program, self.views, a)
                for a in entry.args
            ]
        extra, body = {}, None
        if entry.body is not None:
            extra, body = {"body": "body"}, loop(entry.body, self.where[number])
        holes = tuple(f"_{place}_" for place in range(len(args)))
        text = primitive.text(holes, (*entry.static, *extra.items()))
        if entry.primitive in ("sum", "max", "min") and not values[entry.outs[0]].shape:
            text = f"{holes[0]}.{entry.primitive}()"  # over all axes, as with their list
        expression = substituted(parsed(text), dict(zip(holes, args, strict=True)))
        part = self.where[number]
        self.lines.append(Line(number, entry.outs, expression, part, entry.region, entry.primitive, body))

    def _turned(self, args: tuple[int, ...]) -> tuple[int, ...]:
        """The arguments of a line of the update, gradients turned as their parameter is stored."""
        found = []
        for value in args:
            aim = self._aim(value) if value in self.late else None
            if aim is not None and len(self.program.values[value].shape) > 1:
                axes = self._view(aim)[1]
                found.append(self._as_stored(value, axes) if self._view(value)[1] != axes else value)
            else:
                found.append(value)
        return tuple(found)

    def _aim(self, value: int) -> int | None:
        """The slot whose gradient a value is; a sum of such is that too."""
        if not self._aims:
            for number, known in enumerate(self.program.values):
                if known.grad_of is not None:
                    self._aims.setdefault(self.canonical(number), known.grad_of)
            for entry in self.program.entries:
                if entry.primitive == "add":
                    aims = {self._aims.get(self.canonical(a)) for a in entry.args}
                    aim = aims.pop()
                    if not aims and aim is not None:
                        self._aims.setdefault(self.canonical(entry.outs[0]), aim)
        return self._aims.get(value)

    def _as_stored(self, value: int, axes: Axes) -> int:
        """A gradient along these axes, as the last line of its backward pass."""
        key = value, axes
        if key not in self.framed:
            base, own = self._view(value)
            turned = tuple(own[a] for a in _inverse(axes))
            new = len(self.program.values)
            known = self.program.values[value]._replace(origin="entry")
            self.program = self.program._replace(values=(*self.program.values, known))
            self.views[new] = new, axes
            source = {-1: (base, turned)}
            place = max(n for n, line in enumerate(self.lines) if line.part == "backward") + 1
            number, node = self.lines[place - 1].number, _node(self.program, source, -1)
            self.lines.insert(place, Line(number, (new,), node, "backward", None, "permute"))
            self.framed[key] = new
        return self.framed[key]

    def _shared_axes(self, entry: Entry) -> Axes | None:
        """The axes along which all arguments are stored, where the operation may follow the memory."""
        values = self.program.values
        arrays = [a for a in entry.args if values[a].shape]
        forms = {self._view(a)[1] for a in arrays}
        if len(forms) != 1:
            return None
        (axes,) = forms
        if axes == tuple(range(len(axes))):
            return None
        whole = entry.primitive == "sum" and len(axes_of(entry)) == len(axes)
        return axes if PRIMITIVES[entry.primitive].loops or entry.primitive == "cast" or whole else None


def _long(order: Axes, shape: tuple[int, ...]) -> list[int]:
    """The axes of more than one element, slowest first."""
    return [axis for axis in order if shape[axis] != 1]


def axes_of(entry: Entry) -> Axes:
    """The axes that an entry names."""
    found: Any = dict(entry.static)["axes"]
    return tuple(found)


def _inverse(axes: Axes) -> Axes:
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def _named(program: Program, value: int) -> ast.expr:
    known = program.values[value]
    if known.origin == "constant" and known.dtype == WEAK:
        return parsed(number_text(known.name))
    return ast.Name(name_of(value))


def _node(program: Program, views: Mapping[int, View], value: int) -> ast.expr:
    base, axes = views.get(value, (value, ()))
    named = _named(program, base)
    if axes in ((), tuple(range(len(axes)))):
        return named
    if axes == tuple(reversed(range(len(axes)))):
        return ast.Attribute(named, "T")
    return ast.Call(ast.Attribute(named, "transpose"), [parsed(str(axes))], [])

