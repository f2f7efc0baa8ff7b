"""The text of a NumPy file: its arrays, the functions it calls, `predict`."""

import ast
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chainrule.export._numpy.lines import Lines
from chainrule.export.quantising import Bytes
from chainrule.export.recording import Network
from chainrule.export.rows import Rows, Size, Sizes
from chainrule.program.script.draft import Line, name_of, substituted, values_in
from chainrule.program.script.layout import WIDE, unparsed, wrapped
from chainrule.program.script.mathematics import mathematics, sign
from chainrule.program.script.naming import root_of
from chainrule.program.script.numbers import READER, array_text
from chainrule.program.script.rows import ROWS


def page(
    network: Network, made: Lines, bytes_of: dict[int, Bytes], shapes: Sequence[Sizes], *, function: str = "predict",
    title: str = "",
) -> str:
    """The file as text.

    Args:
        network: what is exported.
        made: its lines.
        bytes_of: of the weights that are held in bytes.
        shapes: of the inputs, then of the answers, for any number of rows.
        function: what the forward pass is called.
        title: the first line, where it is not the usual one.
    """
    return "\n".join(_Page(network, made, bytes_of, shapes, function, title).text()) + "\n"


class _Page:
    def __init__(
        self, network: Network, made: Lines, bytes_of: dict[int, Bytes], shapes: Sequence[Sizes], function: str,
        title: str,
    ) -> None:
        self.function = function
        own = f"{type(network.model).__name__}, exported by chainrule: `predict` answers a batch of rows."
        self.title = title or f'"""{own} Only NumPy is needed."""'
        self.network, self.made, self.bytes_of, self.shapes = network, made, bytes_of, shapes
        self.program, self.names = made.program, made.naming.names
        inputs = self.program.inputs
        labels = ["X"] if len(inputs) == 1 else [f"X{place + 1}" for place in range(len(inputs))]
        self.inputs = dict(zip(inputs, labels, strict=True))
        self.loops = 0

    def text(self) -> list[str]:
        """Line by line."""
        arrays = [line for slot in self.program.slots for line in self._array(slot.value)]
        encoded = any('array("' in line.replace("np.array(", "") for line in arrays)
        found = [*self.title.splitlines(), ""]
        found += ["import base64", ""] if encoded else []
        found += ["import numpy as np"]
        found += ["", "", *READER.rstrip().splitlines(), ""] if encoded else []
        found += ["", *arrays] if arrays else []
        for text in self.made.preambles:
            found += ["", "", *text.rstrip().splitlines()]
        return [*found, "", "", *self._predict()]

    def _array(self, value: int) -> list[str]:
        name = self.names[value]
        held = self.bytes_of.get(value)
        if held is None:
            array = self.made.stored(value, self.made.net.arrays[value])
            return [f"{name} = {array_text(array)}  # {array.shape}"]
        order = self.made.order(value)
        whole = np.ascontiguousarray(held.whole.transpose(order))
        shape = [1] * whole.ndim
        shape[order.index(held.axis)] = -1
        dtype = self.program.values[value].dtype
        scale = array_text(held.scale.reshape(shape).astype(dtype))
        return [f"{name} = {array_text(whole)} * {scale}  # {whole.shape}"]

    # --- predict ------------------------------------------------------------------------------------------------

    def _predict(self) -> list[str]:
        names = list(self.inputs.values())
        axis = self.network.given.axis
        found = [f"def {self.function}({', '.join(names)}):", f'    """{self._shapes()}"""']
        for value, name in self.inputs.items():
            known = self.program.values[value]
            kind = "bool_" if known.dtype == "bool" else known.dtype
            found.append(f"    {name} = np.asarray({name}, dtype=np.{kind})")
        body = self._body(self.made.lines, 4)
        results = [unparsed(self._named(self.made.draft.node(value))) for value in self.program.outputs]
        comma = ", ".join(results)
        ends = wrapped(f"    return {comma}", 4) if len(comma) < WIDE - 20 else [
            "    return (", *(f"        {result}," for result in results), "    )"
        ]
        if axis is not None and any(_uses_rows(line) for line in self.made.lines):
            found.append(f"    {ROWS} = {names[0]}.shape[{axis}]")
        return [*found, *body, *ends]

    def _shapes(self) -> str:
        words = []
        values = (*self.program.inputs, *self.program.outputs)
        for value, sizes in zip(values, self.shapes, strict=True):
            shape = ", ".join(_size(size) for size in sizes) + ("," if len(sizes) == 1 else "")
            words.append(f"{self.inputs.get(value, '')} ({shape}) {self.program.values[value].dtype}".strip())
        count = len(self.program.inputs)
        return f"{', '.join(words[:count])} -> {', '.join(words[count:])}."

    def _body(self, lines: list[Line], indent: int) -> list[str]:
        found: list[str] = []
        last = ""
        for line in lines:
            heading = self._heading(line)
            if heading and heading != last:
                found.append(f"{' ' * indent}# {heading}")
            last = heading or last
            if line.body is not None:
                found += self._recurrence(line)
            else:
                target = self.names[line.outs[0]]
                found += _statement(target, self._named(line.expression), indent)
        return found

    def _heading(self, line: Line) -> str:
        root = root_of(self.program, line.region)
        if root is None:
            return ""
        module = " ".join(self.program.regions[root].module.split())
        words = self.made.net.layers.get(module, "")
        return f"{module}: {words}" if words and len(words) < WIDE - 20 else module

    def _recurrence(self, line: Line) -> list[str]:
        """A recurrence: its step as a function, and the call of `scan`."""
        assert line.body is not None
        self.loops += 1
        step, body = f"step{self.loops}", line.body
        for place, value in enumerate(body.program.inputs):
            self.made.naming.give(value, f"given{place + 1}")
        inner = replace(body, program=self.program)
        ends = ", ".join(unparsed(self._named(inner.node(value))) for value in body.program.outputs)
        found = [
            "", f"    def {step}({', '.join(self.names[value] for value in body.program.inputs)}):",
            *self._body(self.made.inside(line), 8),
            f"        return {ends}{',' if len(body.program.outputs) == 1 else ''}",
        ]
        call = substituted(line.expression, {"body": ast.Name(step)})
        outs = ", ".join(self.names[out] for out in line.outs)
        return [*found, "", f"    {outs} = {unparsed(self._named(call))}"]

    def _named(self, expression: ast.expr) -> ast.expr:
        given: dict[str, ast.expr] = {
            name_of(value): ast.Name(self.inputs.get(value) or self.names[value]) for value in values_in(expression)
        }
        return substituted(expression, given)


def _statement(target: str, expression: ast.expr, indent: int) -> list[str]:
    text = f"{' ' * indent}{target} = {unparsed(expression)}"
    formula = f"# {sign(target)} = {mathematics(expression, sign)}"
    if len(text) + len(formula) + 2 <= WIDE:
        return [f"{text}  {formula}"]
    return [text]


def _size(size: Size) -> str:
    if not isinstance(size, Rows):
        return str(size)
    times = ROWS if size.times == 1 else f"{size.times} {ROWS}"
    return f"{times} + {size.plus}" if size.plus else times


def _uses_rows(line: Line) -> bool:
    lines = [line, *(line.body.lines if line.body is not None else ())]
    return any(isinstance(n, ast.Name) and n.id == ROWS for one in lines for n in ast.walk(one.expression))
