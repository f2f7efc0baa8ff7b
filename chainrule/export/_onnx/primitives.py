"""Each primitive in ONNX operators of opset 21."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.export._onnx import indexing, windows
from chainrule.export._onnx.loop import scan
from chainrule.ops.program import WEAK, Entry

if TYPE_CHECKING:
    from chainrule.export._onnx.lowering import Lowering

Form = Callable[["Lowering", Entry, dict[str, Any]], Any]


def _partner(to: "Lowering", entry: Entry) -> int:
    """The argument whose type the others take."""
    arrays = [arg for arg in entry.args if to.program.values[arg].dtype != WEAK]
    floats = [arg for arg in arrays if to.program.values[arg].dtype != "bool"]
    return (floats or arrays)[0]


def _together(to: "Lowering", entry: Entry) -> list[str]:
    """The arguments in one type: numbers and masks take that of the array they meet."""
    partner = _partner(to, entry)
    names = []
    for arg in entry.args:
        name = to.name(arg, partner)
        if to.program.values[arg].dtype == "bool" != to.program.values[partner].dtype:
            name = to.graph.cast(name, to.dtype(partner))
        names.append(name)
    return names


def _plain(operator: str) -> Form:
    return lambda to, entry, static: to.graph.add(operator, *_together(to, entry))


def _logic(operator: str) -> Form:
    def form(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
        masks = []
        for arg in entry.args:
            name = to.name(arg)
            masks.append(name if to.program.values[arg].dtype == "bool" else to.graph.cast(name, "bool"))
        return to.graph.add(operator, *masks)

    return form


def _expm1(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    # e^x - 1 = tanh(x / 2) (e^x + 1), which is exact near 0 too
    graph, x = to.graph, to.name(entry.args[0])
    half = graph.add("Tanh", graph.add("Mul", x, to.number(0.5, "float32")))
    return graph.add("Mul", half, graph.add("Add", graph.add("Exp", x), to.number(1.0, "float32")))


def _log1p(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    return to.graph.add("Log", to.graph.add("Add", to.name(entry.args[0]), to.number(1.0, "float32")))


def _not_equal(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    return to.graph.add("Not", to.graph.add("Equal", *_together(to, entry)))


def _where(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    condition, *choices = entry.args
    mask = to.name(condition)
    if to.program.values[condition].dtype != "bool":
        mask = to.graph.cast(mask, "bool")
    return to.graph.add("Where", mask, *_together(to, entry._replace(args=tuple(choices))))


def _isfinite(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    graph, x = to.graph, to.name(entry.args[0])
    return graph.add("Not", graph.add("Or", graph.add("IsNaN", x), graph.add("IsInf", x)))


def _reduced(operator: str) -> Form:
    def form(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
        x = to.name(entry.args[0])
        if to.program.values[entry.args[0]].dtype == "bool":
            x = to.graph.cast(x, "int64")
        axes = to.graph.whole(*static["axes"])
        made = to.graph.add(operator, x, axes, keepdims=int(static["keepdim"]))
        boolean = to.program.values[entry.outs[0]].dtype == "bool"
        return to.graph.cast(made, "bool") if boolean else made

    return form


def _extreme(operator: str) -> Form:
    def form(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
        return to.graph.add(operator, to.name(entry.args[0]), axis=static["axis"], keepdims=int(static["keepdim"]))

    return form


def _argsort(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    axis = static["axis"] % max(1, len(to.sizes(entry.args[0])))
    count = to.graph.sizes(to.sizes(entry.args[0])[axis : axis + 1])
    graph = to.graph
    outs = graph.name("sorted"), graph.name("order")
    return graph.add_as(outs, "TopK", to.name(entry.args[0]), count, axis=axis, largest=0, sorted=1)[1]


def _cumsum(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    return to.graph.add("CumSum", to.name(entry.args[0]), to.graph.array(np.array(static["axis"], np.int64), "axis"))


def _reshape(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    return to.graph.reshape(to.name(entry.args[0]), static["shape"])


def _permute(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    if static["axes"] == tuple(range(len(static["axes"]))):
        return to.name(entry.args[0])
    return to.graph.add("Transpose", to.name(entry.args[0]), perm=list(static["axes"]))


def _expand(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    return to.graph.add("Expand", to.name(entry.args[0]), to.graph.sizes(static["shape"]))


def _concatenate(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    if len(entry.args) == 1:
        return to.name(entry.args[0])
    return to.graph.add("Concat", *_together(to, entry), axis=static["axis"])


def _full(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    return to.graph.add("Expand", to.number(static["fill"], static["dtype"]), to.graph.sizes(static["shape"]))


def _arange(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    graph = to.graph
    ends = (graph.sizes((static[name],)) for name in ("start", "stop", "step"))
    made = graph.add("Range", *[graph.add("Squeeze", end, graph.whole(0)) for end in ends])
    return made if np.dtype(static["dtype"]).kind in "iu" else graph.cast(made, static["dtype"])


def _cast(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    name = to.name(entry.args[0])
    return name if to.dtype(entry.args[0]) == to.dtype(entry.outs[0]) else to.graph.cast(name, static["dtype"])


def _same(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    return to.name(entry.args[0])


FORMS: dict[str, Form] = {
    "add": _plain("Add"), "subtract": _plain("Sub"), "multiply": _plain("Mul"), "divide": _plain("Div"),
    "negative": _plain("Neg"), "power": _plain("Pow"), "maximum": _plain("Max"), "minimum": _plain("Min"),
    "where": _where,
    "sqrt": _plain("Sqrt"), "exp": _plain("Exp"), "expm1": _expm1, "log": _plain("Log"), "log1p": _log1p,
    "sin": _plain("Sin"), "cos": _plain("Cos"), "tanh": _plain("Tanh"), "sigmoid": _plain("Sigmoid"),
    "erf": _plain("Erf"), "absolute": _plain("Abs"), "sign": _plain("Sign"), "floor": _plain("Floor"),
    "round": _plain("Round"),
    "equal": _plain("Equal"), "not_equal": _not_equal, "less": _plain("Less"), "less_equal": _plain("LessOrEqual"),
    "greater": _plain("Greater"), "greater_equal": _plain("GreaterOrEqual"),
    "logical_and": _logic("And"), "logical_or": _logic("Or"), "logical_not": _logic("Not"),
    "isnan": _plain("IsNaN"), "isfinite": _isfinite, "cast": _cast,
    "sum": _reduced("ReduceSum"), "max": _reduced("ReduceMax"), "min": _reduced("ReduceMin"),
    "argmax": _extreme("ArgMax"), "argmin": _extreme("ArgMin"), "argsort": _argsort, "cumsum": _cumsum,
    "reshape": _reshape, "permute": _permute, "expand": _expand, "concatenate": _concatenate, "contiguous": _same,
    "copy": _same, "full": _full, "arange": _arange,
    "matmul": _plain("MatMul"),
    "slice": indexing.slice_, "take": indexing.take, "gather": indexing.gather, "place": indexing.place,
    "put": indexing.put,
    "windows": windows.windows, "fold": windows.fold,
    "scan": scan,
}
"""Primitive to its form. `uniform` has none, for an exported network draws nothing; what adds up by index has none."""
