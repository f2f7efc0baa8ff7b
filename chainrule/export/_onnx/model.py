"""A whole ONNX model: its graph, its inputs and outputs, the versions that it is written for."""

from typing import Any, Protocol

import numpy as np

from chainrule.export._onnx.graph import Graph
from chainrule.export._onnx.lowering import Lowering
from chainrule.export.folding import folded, labels_of
from chainrule.export.quantising import Bytes
from chainrule.export.rows import AnyRows, Rows

OPSET = 21
IR_VERSION = 10
"""Not the newest ones: runtimes refuse models that are newer than themselves."""


class Around(Protocol):
    """What stands in front of a forward pass of one input and behind its one answer."""

    domains: tuple[tuple[str, int], ...]

    def front(self, graph: Graph) -> tuple[list[Any], str]:
        """The inputs as they are declared, and the name of what the forward pass is given."""

    def back(self, graph: Graph, answer: str) -> list[Any]:
        """The outputs as they are declared, by the name of what the forward pass answers."""


def model_of(
    made: AnyRows, bytes_of: dict[int, Bytes], title: str, version: str, where: str, around: Around | None = None
) -> Any:
    """The forward pass as an `onnx.ModelProto`, checked.

    Args:
        made: the forward pass.
        bytes_of: of the weights that are held in bytes.
        title: of the graph: the network.
        version: of this library.
        where: for errors.
        around: what stands in front of it and behind it; None for nothing.
    """
    import onnx
    from onnx import helper, numpy_helper

    net, program = made.net, made.net.program
    graph = Graph()
    plain = {value: array for value, array in net.arrays.items() if value not in bytes_of}
    known = folded(program, plain, net.numbers)
    lowering = Lowering(graph, program, known, labels_of(program, net.names, known), where, bytes_of)
    if around is None:
        inputs = _inputs(graph, lowering)
        labels = ["y"] if len(program.outputs) == 1 else [f"y{place}" for place in range(len(program.outputs))]
        labels = [graph.name(label) for label in labels]
        lowering.write()
        outputs = []
        for label, value in zip(labels, program.outputs, strict=True):
            graph.add_as((label,), "Identity", lowering.name(value))
            outputs.append(lowering.declared(label, value))
    else:
        inputs, given = around.front(graph)
        lowering.names[program.inputs[0]] = given
        graph.source = given, 0
        lowering.write()
        outputs = around.back(graph, lowering.name(program.outputs[0]))
    _without_copies(graph, [output.name for output in outputs])
    used = {name for node in graph.nodes for name in _reads(node)}
    arrays = [numpy_helper.from_array(array, name) for name, array in graph.arrays.items() if name in used]
    text = helper.make_graph(graph.nodes, title, inputs, outputs, arrays)
    domains = [helper.make_opsetid(*domain) for domain in (("", OPSET), *(around.domains if around else ()))]
    model = helper.make_model(
        text, opset_imports=domains, ir_version=IR_VERSION, producer_name="chainrule", producer_version=version,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _inputs(graph: Graph, lowering: Lowering) -> list[Any]:
    """The inputs of the program, as they are."""
    program = lowering.program
    inputs = []
    for value in program.inputs:
        lowering.names[value] = graph.name(program.values[value].name)
    for value in program.inputs:
        axis = next((axis for axis, size in enumerate(lowering.sizes(value)) if size == Rows(1)), None)
        if axis is not None and graph.source is None:
            graph.source = lowering.names[value], axis
    for value in program.inputs:
        name, own = lowering.names[value], np.dtype(program.values[value].dtype)
        given = own if own.kind in "iu" else lowering.dtype(value)  # whole numbers come as they are used here
        inputs.append(lowering.declared(name, value, given))
        if given != lowering.dtype(value):
            lowering.names[value] = graph.cast(name, own)
    return inputs


def _reads(node: Any) -> list[str]:
    """The names that a node reads, those inside its loop included."""
    inner = [name for attribute in node.attribute for part in attribute.g.node for name in _reads(part)]
    return [*node.input, *inner]


def _without_copies(graph: Graph, labels: list[str]) -> None:
    """Let the node that makes an output bear its name, where nobody else reads it."""
    makers = {out: node for node in graph.nodes for out in node.output}
    reads: dict[str, int] = {}
    for node in graph.nodes:
        for name in _reads(node):
            reads[name] = reads.get(name, 0) + 1
    for label in labels:
        copy = makers[label]
        if copy.op_type != "Identity":
            continue
        source = makers.get(copy.input[0])
        if source is not None and reads[copy.input[0]] == 1:
            places = list(source.output)
            places[places.index(copy.input[0])] = label
            source.output[:] = places
            graph.nodes.remove(copy)
