"""The lines of a forward pass for any number of rows, each with the values it needs."""

import ast
from dataclasses import replace

import numpy as np

from chainrule.errors import CaptureError
from chainrule.export.given import Array
from chainrule.export.recording import PAIRS, Net, Network
from chainrule.ops.program import PRIMITIVES, WEAK, Program, Value
from chainrule.ops.text import number_text
from chainrule.program.script.draft import Draft, Line, loop, name_of, parsed, substituted
from chainrule.program.script.inlining import inlined
from chainrule.program.script.naming import Naming
from chainrule.program.script.rows import merged
from chainrule.program.script.watch import Watch


class Lines:
    """A forward pass in NumPy.

    Args:
        network: to be written.

    Attributes:
        net: a recording of it.
        draft: its lines as they come.
        lines: the same, one idea a line.
        naming: what values are called.
    """

    def __init__(self, network: Network) -> None:
        self.net, self.draft, watch = _drafted(network)
        values = list(self.draft.program.values)
        lines = _plain(self.draft, self.net, values)
        self.draft = replace(self.draft, program=self.draft.program._replace(values=tuple(values)))
        self.naming = Naming(self.draft, lines, watch.names, watch.results)
        kept = {self.draft.base(value) for value in self.program.outputs}
        self.lines = inlined(self.program, lines, self.naming.names, self.naming.weak, kept)

    @property
    def program(self) -> Program:
        """With the values of its loops."""
        return self.draft.program

    def inside(self, line: Line) -> list[Line]:
        """What happens in one step of a loop."""
        assert line.body is not None
        kept = {line.body.base(value) for value in line.body.program.outputs}
        return inlined(self.program, line.body.lines, self.naming.names, self.naming.weak, kept)

    def stored(self, value: int, array: Array) -> Array:
        """An array as the lines read it: dense layers (inputs, outputs)."""
        view = self.draft.views.get(value)
        if view is None or array.ndim < 2:
            return array
        return np.ascontiguousarray(array.transpose(self.order(value)))

    def order(self, value: int) -> tuple[int, ...]:
        """The axes of a slot in the order in which it is stored."""
        rank = len(self.program.values[value].shape)
        view = self.draft.views.get(value)
        return tuple(range(rank)) if view is None else tuple(sorted(range(rank), key=view[1].__getitem__))

    @property
    def preambles(self) -> list[str]:
        """The named functions that the lines call, each once."""
        found: dict[str, str] = {}
        stack = [self.program]
        while stack:
            for entry in stack.pop().entries:
                if PRIMITIVES[entry.primitive].preamble:
                    found[entry.primitive] = PRIMITIVES[entry.primitive].preamble
                if entry.body is not None:
                    stack.append(entry.body)
        return list(found.values())


def _drafted(network: Network) -> tuple[Net, Draft, Watch]:
    pairs = PAIRS if network.given.axis is not None else ((1, 1),)
    for rows, others in pairs:
        with Watch() as watch:
            net = network.record(rows)
        made = loop(net.program, "forward")
        if network.given.axis is None:
            return net, made, watch
        lines = merged(made, rows, loop(network.record(others).program, "forward"), others)
        if lines is not None:
            return net, replace(made, lines=lines), watch
    raise CaptureError("export.rows_differ", f"{network.where}, {type(network.model).__name__}", found="NumPy")


def _plain(draft: Draft, net: Net, values: list[Value]) -> list[Line]:
    """The lines without those that make Python numbers, loops with values of their own."""
    numbers: dict[str, ast.expr] = {
        name_of(value): parsed(number_text(repr(number))) for value, number in net.numbers.items()
    }
    found = []
    for line in draft.lines:
        expression = substituted(line.expression, numbers)
        if values[line.outs[0]].dtype == WEAK:
            numbers[name_of(line.outs[0])] = expression
            continue
        body = None if line.body is None else _own_values(line.body, values)
        found.append(replace(line, expression=expression, body=body))
    return found


def _own_values(body: Draft, values: list[Value]) -> Draft:
    """The loop of a recurrence with numbers of values that nobody else has."""
    start = len(values)
    given: dict[str, ast.expr] = {}
    for old, known in enumerate(body.program.values):
        values.append(known)
        weak = known.origin == "constant" and known.dtype == WEAK
        given[name_of(old)] = parsed(number_text(known.name)) if weak else ast.Name(name_of(start + old))
    numbers: dict[str, ast.expr] = {}
    lines = []
    for line in body.lines:
        expression = substituted(substituted(line.expression, given), numbers)
        outs = tuple(start + out for out in line.outs)
        if values[outs[0]].dtype == WEAK:
            numbers[name_of(outs[0])] = expression
            continue
        lines.append(replace(line, expression=expression, outs=outs, region=None))
    program = body.program._replace(
        inputs=tuple(start + i for i in body.program.inputs), outputs=tuple(start + i for i in body.program.outputs)
    )
    views = {start + value: (start + base, axes) for value, (base, axes) in body.views.items()}
    return replace(body, program=program, lines=lines, views=views)
