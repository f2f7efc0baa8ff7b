"""A recurrence as ONNX's Scan: its body is a graph of its own, which reads the weights of the graph around it."""

from typing import TYPE_CHECKING, Any

from chainrule.export._onnx.graph import Graph
from chainrule.ops.program import Entry

if TYPE_CHECKING:
    from chainrule.export._onnx.lowering import Lowering


def scan(to: "Lowering", entry: Entry, static: dict[str, Any]) -> tuple[str, ...]:
    """The last states, then what every step gave."""
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
    made = to.inside(inner, body, dict(zip(body.inputs[states + sequences :], constants, strict=True)))
    inputs = [made.names[value] for value in body.inputs[: states + sequences]]
    outputs = []
    for value in body.outputs:  # a name each, also where a state is a result too
        outputs.append(inner.name("step"))
        inner.add_as((outputs[-1],), "Identity", made.name(value))
    from onnx import helper

    text = helper.make_graph(
        inner.nodes, inner.name(f"{graph.prefix}step"),
        [made.declared(name, value) for name, value in zip(inputs, body.inputs, strict=False)],
        [made.declared(name, value) for name, value in zip(outputs, body.outputs, strict=True)],
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

