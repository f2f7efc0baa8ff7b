"""A table's model in ONNX: an input for each column, named as it is; labels with their shares, or numbers, come out."""

from itertools import product
from typing import Any

import numpy as np

from chainrule.export._onnx.graph import Graph
from chainrule.export._onnx.lowering import ROWS
from chainrule.export._tables.answers import labels_of
from chainrule.export._tables.steps import Compact
from chainrule.export.given import Array
from chainrule.tables.cells import MISSING
from chainrule.tables.fields import BOUND, PERIOD, SHIFT, Category, Date, Number
from chainrule.tables.model import Model


class Columns:
    """What stands around the network of a table.

    Args:
        model: of a table.
    """

    domains: tuple[tuple[str, int], ...] = (("ai.onnx.ml", 3),)

    def __init__(self, model: Model) -> None:
        self.model = model

    def front(self, graph: Graph) -> tuple[list[Any], str]:
        """The columns as inputs (rows, 1), and compact rows; of pictures a single input."""
        from onnx import TensorProto, helper

        shape = self.model.image_shape
        if shape is not None:
            name = graph.claim("image")
            return [helper.make_tensor_value_info(name, TensorProto.FLOAT, [ROWS, *shape])], name
        compact = Compact.of(self.model.schema)
        inputs = []
        for field in self.model.schema.fields:
            kind = TensorProto.STRING if isinstance(field, Category) else TensorProto.DOUBLE
            inputs.append(helper.make_tensor_value_info(graph.claim(field.name), kind, [ROWS, 1]))
        graph.prefix = "cells."
        parts = []
        if compact.measured:
            parts.append(self._numbers(graph, compact.measured))
        parts += [graph.cast(_places(graph, field), np.float32) for field in compact.worded]
        return inputs, _joined(graph, parts)

    def back(self, graph: Graph, answer: str) -> list[Any]:
        """`value` (rows, 1), or `label` (rows) and `probabilities` (rows, classes)."""
        from onnx import TensorProto, helper

        graph.prefix = "answer."
        target = self.model.schema.target
        if target.task == "numbers":
            value = graph.name("value")
            graph.add_as((value,), "Identity", answer)
            return [helper.make_tensor_value_info(value, TensorProto.FLOAT, [ROWS, 1])]
        label, shares = graph.name("label"), graph.name("probabilities")
        graph.add_as((shares,), "Identity", answer)
        place = graph.add("ArgMax", answer, axis=1, keepdims=0)
        names = labels_of(target)
        whole = isinstance(names[0], int)
        if whole:
            graph.add_as((label,), "Gather", graph.array(np.array(names, np.int64), "classes"), place)
        else:
            graph.add_as(
                (label,), "LabelEncoder", place, domain="ai.onnx.ml", keys_int64s=list(range(len(names))),
                values_strings=list(names), default_string="",
            )
        return [
            helper.make_tensor_value_info(label, TensorProto.INT64 if whole else TensorProto.STRING, [ROWS]),
            helper.make_tensor_value_info(shares, TensorProto.FLOAT, [ROWS, len(names)]),
        ]

    def _numbers(self, graph: Graph, fields: tuple[Number | Date, ...]) -> str:
        """Scaled in float64, for moments and years do not fit into a float32; then as the network takes them."""
        parts = []
        for kind in (Number, Date):
            chosen = [field for field in fields if isinstance(field, kind)]
            if not chosen:
                continue
            values = _joined(graph, [field.name for field in chosen])
            away = graph.add("Sub", values, _double(graph, [field.center for field in chosen], "center"))
            z = graph.add("Div", away, _double(graph, [field.scale for field in chosen], "scale"))
            parts.append((chosen, values, _bounded(graph, z) if kind is Number else z))
        columns: list[str] = []
        if len(parts) == 1 and isinstance(fields[0], Number):
            return graph.cast(parts[0][2], np.float32)
        for field in fields:
            chosen, values, z = next(part for part in parts if field in part[0])
            at = graph.whole(chosen.index(field))
            columns.append(graph.cast(graph.add("Gather", z, at, axis=1), np.float32))
            for circle in getattr(field, "parts", ()):
                moment = graph.add("Gather", values, at, axis=1)
                columns += _circle(graph, moment, circle)
        return _joined(graph, columns)


def _circle(graph: Graph, moment: str, part: str) -> list[str]:
    """Sine and cosine of where a moment stands in its year, week or day; whole turns are taken away in float64."""
    shifted = graph.add("Add", moment, _double(graph, SHIFT[part], "shift"))
    turns = graph.add("Div", shifted, _double(graph, PERIOD[part], "period"))
    rest = graph.add("Sub", turns, graph.add("Floor", turns))
    angle = graph.cast(graph.add("Mul", rest, _double(graph, 2 * np.pi, "turn")), np.float32)
    return [graph.add("Sin", angle), graph.add("Cos", angle)]


def _bounded(graph: Graph, z: str) -> str:
    """A number far outside grows as a logarithm."""
    bound = _double(graph, BOUND, "bound")
    size = graph.add("Abs", z)
    grown = graph.add("Add", graph.add("Log", graph.add("Div", size, bound)), bound)
    return graph.add("Where", graph.add("Greater", size, bound), graph.add("Mul", graph.add("Sign", z), grown), z)


def _places(graph: Graph, field: Category) -> str:
    """The place of a word; what stands for nothing may be written in any case."""
    places = {word: place for place, word in enumerate(field.levels)}
    other, gap = field.place_of_others, field.place_of_gaps
    known = {**{cell: gap for word in sorted(MISSING) for cell in _cases(word)}, **places}
    return graph.add(
        "LabelEncoder", field.name, domain="ai.onnx.ml", keys_strings=list(known), values_int64s=list(known.values()),
        default_int64=other,
    )


def _cases(word: str) -> list[str]:
    return sorted({"".join(letters) for letters in product(*((one.lower(), one.upper()) for one in word))})


def _double(graph: Graph, numbers: Any, named: str) -> str:
    array: Array = np.array(numbers, np.float64)
    return graph.raw(array, graph.name(f"cells.{named}"))


def _joined(graph: Graph, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=1)
