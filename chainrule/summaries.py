"""`summary`: what a network consists of, layer by layer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from math import prod
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, CaptureError, DtypeError
from chainrule.language import say
from chainrule.nn.embedding import Embedding
from chainrule.nn.module import Module
from chainrule.ops.program import Entry, Value
from chainrule.tape.mode import mode, no_grad
from chainrule.tape.recorder import Recorder
from chainrule.tape.trace import recording
from chainrule.tensors.creation import zeros
from chainrule.tensors.gate import checked_dtype
from chainrule.tensors.tensor import Tensor
from chainrule.train.modes import modes
from chainrule.train.plain import table

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One row of a summary.

    Attributes:
        path: dotted name, as in `state_dict`; empty for the network itself.
        kind: name of the class.
        output_shape: of its output for one row, without the axis of rows; None where it was not asked or not called.
        parameters: numbers it owns itself, counted where they are met first.
        multiply_adds: for one row; None where nobody knows.
        output_bytes: of its output for one row.
    """

    path: str
    kind: str
    output_shape: Shape | None
    parameters: int
    multiply_adds: int | None
    output_bytes: int


@dataclass(frozen=True, repr=False)
class Summary:
    """What a network consists of; `print` it.

    Attributes:
        layers: in the order of the network.
        parameters: how many numbers it has learnt or will learn.
        frozen: how many of these are not changed by training.
        multiply_adds: of all matrix products for one row; None where nobody knows.
        dtype: of the parameters.
        parameter_bytes: memory of parameters and buffers.
        activation_bytes: memory of the layers' outputs for one row.
    """

    layers: tuple[Layer, ...]
    parameters: int
    frozen: int
    multiply_adds: int | None
    dtype: str
    parameter_bytes: int
    activation_bytes: int

    def __str__(self) -> str:
        head, rows = self._table()
        lines = table([head, *rows], left=2)
        rule = "-" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:], rule, *self._totals()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, rows = self._table()
        titles = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        totals = "<br>".join(escape(line) for line in self._totals())
        return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table><p>{totals}</p>"

    def _table(self) -> tuple[list[str], list[list[str]]]:
        head = [say(f"summaries.{name}") for name in ("layer", "output", "parameters", "multiply_adds")]
        rows = [
            [
                f"{layer.path} {layer.kind}".strip(),
                "-" if layer.output_shape is None else _shown(layer.output_shape),
                f"{layer.parameters:,}",
                "-" if layer.multiply_adds is None else f"{layer.multiply_adds:,}",
            ]
            for layer in self.layers
        ]
        return head, rows

    def _totals(self) -> list[str]:
        learnt = self.parameters - self.frozen
        lines = [say("summaries.total", all=f"{self.parameters:,}", trainable=f"{learnt:,}", frozen=f"{self.frozen:,}")]
        if self.multiply_adds is not None:
            lines.append(say("summaries.work", count=f"{self.multiply_adds:,}"))
        memory = _memory(self.parameter_bytes), _memory(self.activation_bytes)
        lines.append(say("summaries.memory", dtype=self.dtype, parameters=memory[0], activations=memory[1]))
        return lines


def summary(
    model: Module, input_shape: Sequence[int] | Sequence[Sequence[int]] | None = None, input_dtype: Any = None
) -> Summary:
    """The layers of a network with their output shapes, parameters and work, and the totals.

    The network is run once on a row of zeros, in evaluation mode, and left as it was.

    Args:
        model: the network.
        input_shape: shape of one row, without the axis of rows: `(2,)`, `(1, 28, 28)`; several for a network with
            several arguments. None leaves output shapes and work out.
        input_dtype: of the rows; default int64 for a network with an `Embedding`, else that of its parameters.

    Returns:
        Summary: prints as a plain-text table, in a notebook as an HTML table.

    Raises:
        DtypeError: for something that is no module.
        ArgumentError: for sizes that are no whole numbers of at least 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> print(cr.summary(nn.MLP([2, 4, 1], activation="tanh"), input_shape=(2,)))
        layer     output  parameters  multiply-adds
        -------------------------------------------
        0 Linear  (n, 4)          12              8
        1 Tanh    (n, 4)           0              0
        2 Linear  (n, 1)           5              4
        -------------------------------------------
        parameters: 17, trainable 17, frozen 0
        multiply-adds for one row: 12
        float32, memory: parameters 68 B, activations of one row 36 B
    """
    if not isinstance(model, Module):
        raise DtypeError("summaries.model", "summary, argument model", got=type(model).__name__)
    dtype = next((p.dtype for p in model.parameters()), np.dtype(np.float32))
    asked = _Asked()
    if input_shape is not None:
        looks_up = any(isinstance(module, Embedding) for module in model.modules())
        kind = checked_dtype(input_dtype, "summary, argument input_dtype") if input_dtype is not None else None
        kind = kind or (np.dtype(np.int64) if looks_up else dtype)
        _ask(model, [zeros(1, *shape, dtype=kind) for shape in _shapes(input_shape)], asked)
    layers = tuple(_rows(model, asked))
    parameters = list(model.parameters())
    return Summary(
        layers=layers,
        parameters=sum(p.numel() for p in parameters),
        frozen=sum(p.numel() for p in parameters if not p.requires_grad),
        multiply_adds=asked.total,
        dtype=dtype.name,
        parameter_bytes=sum(t.numel() * t.dtype.itemsize for t in [*parameters, *model.buffers()]),
        activation_bytes=sum(layer.output_bytes for layer in layers),
    )


class _Asked:
    """What a run of the network has shown."""

    def __init__(self) -> None:
        self.outputs: dict[int, Tensor] = {}
        self.work: dict[int, int] = {}
        self.total: int | None = None


def _rows(model: Module, asked: _Asked) -> Iterator[Layer]:
    counted: set[int] = set()
    for path, module in model.named_modules():
        own = [p for p in module._parameters.values() if p is not None and id(p) not in counted]
        counted.update(id(p) for p in own)
        if not own and next(module.children(), None) is not None:
            continue
        output = asked.outputs.get(id(module))
        shape = None if output is None else output.shape[1:]
        size = 0 if output is None else output.numel() * output.dtype.itemsize
        work = None if asked.total is None else asked.work.get(id(module), 0)
        yield Layer(path, type(module).__name__, shape, sum(p.numel() for p in own), work, size)


def _ask(model: Module, inputs: list[Tensor], asked: _Asked) -> None:
    """Run the network once, recorded to count its work; one that looks at its own numbers, without counting."""
    with modes(model, training=False), no_grad():
        recorder = Recorder(concrete=True)
        try:
            with _watched(model, asked), recording(recorder, grad=False):
                model(*inputs)
            asked.total = sum(_products(entry, recorder.values) for entry in recorder.entries)
        except CaptureError:
            asked.work.clear()
            with _watched(model, asked):
                model(*inputs)


@contextmanager
def _watched(model: Module, asked: _Asked) -> Iterator[None]:
    begun: dict[int, int] = {}

    def before(module: Module, args: Any) -> None:
        begun[id(module)] = 0 if mode.recorder is None else len(mode.recorder.entries)

    def after(module: Module, args: Any, result: Any) -> None:
        first = result[0] if isinstance(result, tuple) and result else result
        if isinstance(first, Tensor):
            asked.outputs[id(module)] = first
        recorder = mode.recorder
        if recorder is not None:
            entries = recorder.entries[begun[id(module)] :]
            work = sum(_products(entry, recorder.values) for entry in entries)
            asked.work[id(module)] = asked.work.get(id(module), 0) + work

    removers = [module.register_forward_pre_hook(before) for module in model.modules()]
    removers += [module.register_forward_hook(after) for module in model.modules()]
    try:
        yield
    finally:
        for remove in removers:
            remove()


def _products(entry: Entry, values: Sequence[Value]) -> int:
    """The multiply-adds of one operation: those of matrix products, in loops as often as they turn."""
    if entry.primitive == "matmul":
        return prod(values[entry.outs[0]].shape) * values[entry.args[0]].shape[-1]
    if entry.body is None:
        return 0
    inside = sum(_products(part, entry.body.values) for part in entry.body.entries)
    turns: Any = dict(entry.static).get("steps", 1)
    return inside * int(turns)


def _shapes(given: Any) -> list[Shape]:
    """One shape an input of the network."""
    several = len(given) > 0 and all(isinstance(part, Sequence) for part in given)
    shapes = [tuple(part) for part in given] if several else [tuple(given)]
    for size in (size for shape in shapes for size in shape):
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
            raise ArgumentError("summaries.input_shape", "summary, argument input_shape", got=given)
    return [tuple(int(size) for size in shape) for shape in shapes]


def _shown(shape: Shape) -> str:
    return f"({', '.join(['n', *map(str, shape)])}{',' if not shape else ''})"


def _memory(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError(size)
