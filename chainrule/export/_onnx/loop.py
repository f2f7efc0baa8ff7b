"""A recurrence as ONNX's Scan: its body is a graph of its own, which reads the weights of the graph around it."""

from typing import TYPE_CHECKING, Any

from chainrule.export._onnx.graph import Graph
from chainrule.export.folding import folded
from chainrule.export.recording import number_of
from chainrule.ops.program import WEAK, Entry

if TYPE_CHECKING:
    from chainrule.export._onnx.lowering import Lowering


def scan(to: "Lowering", entry: Entry, static: dict[str, Any]) -> tuple[str, ...]:
    """The last states, then what every step gave."""
    from chainrule.export._onnx.model import declared

    assert entry.body is not None
    graph, body = to.graph, entry.body
    states, sequences = static["states"], static["sequences"]
    carried = [to.name(arg) for arg in entry.args[:states]]
    given = [to.name(arg) for arg in entry.args[states : states + sequences]]
    constants = entry.args[states + sequences :]
    if static["reverse"]:
        given = [_reversed(graph, name) for name in given]
    inner = Graph(graph)
    inner.prefix = graph.prefix
    made = _body(to, entry, inner, dict(zip(body.inputs[states + sequences :], constants, strict=True)))
    inputs = [made.names[value] for value in body.inputs[: states + sequences]]
    outputs = []
    for value in body.outputs:  # a name each, also where a state is a result too
        outputs.append(inner.name("step"))
        inner.add_as((outputs[-1],), "Identity", made.name(value))
    from onnx import helper

    text = helper.make_graph(
        inner.nodes, inner.name(f"{graph.prefix}step"),
        [declared(name, made, value) for name, value in zip(inputs, body.inputs, strict=False)],
        [declared(name, made, value) for name, value in zip(outputs, body.outputs, strict=True)],
    )
    outs = [graph.name(f"{graph.prefix}{'state' if n < states else 'steps'}") for n in range(len(entry.outs))]
    graph.add_as(outs, "Scan", *carried, *given, body=text, num_scan_inputs=sequences)
    if static["reverse"]:
        outs[states:] = [_reversed(graph, name) for name in outs[states:]]
    return tuple(outs)


def _reversed(graph: Graph, name: str) -> str:
    """The steps from the last to the first."""
    last = -(2**62)
    return graph.add("Slice", name, graph.whole(-1), graph.whole(last), graph.whole(0), graph.whole(-1))


def _body(to: "Lowering", entry: Entry, inner: Graph, constants: dict[int, int]) -> "Lowering":
    """One step, lowered into a graph of its own."""
    from chainrule.export._onnx.lowering import Lowering

    assert entry.body is not None
    body = entry.body
    arrays = {value: to.known[arg] for value, arg in constants.items() if arg in to.known}
    numbers = {i: number_of(v) for i, v in enumerate(body.values) if v.origin == "constant" and v.dtype == WEAK}
    made = Lowering(inner, body, folded(body, arrays, numbers), {}, to.where)
    made.names = {value: to.name(arg) for value, arg in constants.items()}
    places = len(body.inputs) - len(constants)
    made.names.update({value: inner.name("given") for value in body.inputs[:places]})
    made.write()
    return made
