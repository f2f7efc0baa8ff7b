"""The forward pass of one row as one function in loops, with the arrays it reads and the buffers it needs."""

from dataclasses import dataclass
from math import prod
from typing import Any

from chainrule.export.folding import folded, labels_of
from chainrule.export.given import Array
from chainrule.export.loops.constants import Constants
from chainrule.export.loops.dialect import Dialect
from chainrule.export.loops.index import Linear
from chainrule.export.loops.lowering import Lowering
from chainrule.export.loops.reads import VIEWS
from chainrule.export.loops.seen import Kind, Seen, Text, array, kind_of
from chainrule.export.loops.writer import Writer
from chainrule.export.quantising import Bytes
from chainrule.export.recording import Net
from chainrule.ops.program import Entry

SMALL = 64


@dataclass(frozen=True)
class Function:
    """A function in loops.

    Attributes:
        lines: its body.
        buffers: name to (kind, how many numbers).
        constants: name to array.
        notes: name of an array to what it is.
        helpers: texts of the small functions that it calls.
        inputs: name and shape of each input, in the order in which they stand in x.
        outputs: shape of each answer, in the order in which they stand in y.
    """

    lines: list[str]
    buffers: dict[str, tuple[Kind, int]]
    constants: dict[str, Array]
    notes: dict[str, str]
    helpers: list[str]
    inputs: list[tuple[str, tuple[int, ...]]]
    outputs: list[tuple[int, ...]]

    @property
    def width(self) -> int:
        """Numbers of one row."""
        return sum(prod(shape) for _, shape in self.inputs)

    @property
    def answers(self) -> int:
        """Numbers of one answer."""
        return sum(map(prod, self.outputs))


def function_of(
    net: Net, bytes_of: dict[int, Bytes], dialect: Dialect, reserved: tuple[str, ...], where: str
) -> Function:
    """The forward pass as loops.

    Args:
        net: of one row, or of inputs of one shape.
        bytes_of: of the weights that are held in bytes.
        dialect: the language.
        reserved: names that it may not use.
        where: for errors.
    """
    program = net.program
    writer = Writer(dialect, reserved)
    constants = Constants(writer)
    plain = {value: held for value, held in net.arrays.items() if value not in bytes_of}

    def stays(entry: Entry, known: dict[int, Any]) -> bool:
        size = prod(program.values[entry.outs[0]].shape)
        given = [prod(program.values[arg].shape) for arg in entry.args]
        if entry.primitive in ("permute", "reshape", "slice", "windows", "contiguous", "copy"):
            return size > SMALL and len(program.values[entry.args[0]].shape) > 1
        return size > max(given) if entry.primitive == "expand" else size > max([*given, SMALL])

    known = folded(program, plain, net.numbers, stays)
    labels = labels_of(program, net.names, known, VIEWS)
    lowering = Lowering(writer, constants, program, known, labels, net.layers, where)
    lowering.values = {value: constants.in_bytes(held, net.names[value]) for value, held in bytes_of.items()}
    start = 0
    for value in program.inputs:
        shape, kind = program.values[value].shape, kind_of(program.values[value].dtype)
        lowering.values[value] = _given(shape, kind, start, dialect)
        start += prod(shape)
    start = 0
    for value in program.outputs:
        known_value = program.values[value]
        target = array("y", known_value.shape, kind_of(known_value.dtype), Linear((), start))
        made = value not in lowering.targets and value not in program.inputs and value not in known
        if made:
            lowering.targets[value] = target
        start += prod(known_value.shape)
    lowering.write()
    _answered(lowering)
    helpers = [dialect.helpers[name] for name in writer.helpers]
    inputs = [(program.values[value].name, program.values[value].shape) for value in program.inputs]
    outputs = [program.values[value].shape for value in program.outputs]
    return Function(writer.lines, writer.buffers, constants.arrays, constants.notes, helpers, inputs, outputs)


def _answered(lowering: Lowering) -> None:
    """Copy into the answer what is not there yet: inputs, views, what is answered twice."""
    start = 0
    for place, value in enumerate(lowering.program.outputs):
        shape = lowering.program.values[value].shape
        seen = lowering.seen(value)
        first = lowering.program.outputs.index(value) == place
        if not first or seen is not lowering.targets.get(value):
            kind = kind_of(lowering.program.values[value].dtype)
            lowering.writer.fill(array("y", shape, kind, Linear((), start)), seen)
        start += prod(shape)


def _given(shape: tuple[int, ...], kind: Kind, start: int, dialect: Dialect) -> Seen:
    """An input as it stands in x, whose numbers are all of one kind."""
    seen = array("x", shape, kind, Linear((), start))
    if kind == "real":
        return seen
    return Seen(shape, kind, lambda at: Text(dialect.whole.format(seen.read(at).text)))

