"""Regions for which ONNX has an operator: a whole stretch of entries becomes one node."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.export.rows import has_rows
from chainrule.ops.program import WEAK, Entry, Region

if TYPE_CHECKING:
    from chainrule.export._onnx.lowering import Lowering


@dataclass(frozen=True)
class Stretch:
    """The entries of a region, seen from outside.

    Attributes:
        region: its name and static arguments.
        entries: of it, in order.
        inputs: values that it reads and that depend on the inputs of the network.
        constants: arrays that it reads: weights, as they are shown.
        first: what it reads first.
        out: the one value that is read outside.
    """

    region: Region
    entries: tuple[Entry, ...]
    inputs: tuple[int, ...]
    constants: tuple[int, ...]
    first: int
    out: int

    @property
    def static(self) -> dict[str, Any]:
        """The static arguments of the region."""
        return dict(self.region.static)


def region_written(to: "Lowering", number: int) -> set[int]:
    """The entries, by number, that one operator has been written for; none where there is none for the region."""
    region = to.program.entries[number].region
    while region is not None:
        form = OPERATORS.get(to.region(region).name)
        if form is not None:
            inside = to.entries_of(region)
            stretch = _stretch(to, region, inside)
            made = None if stretch is None else form(to, stretch)
            if stretch is not None and made is not None:
                to.names[stretch.out] = made
                return inside
        region = to.region(region).parent
    return set()


def _stretch(to: "Lowering", region: int, inside: set[int]) -> Stretch | None:
    program = to.program
    entries = tuple(program.entries[number] for number in sorted(inside))
    made = {out for entry in entries for out in entry.outs}
    read = list(dict.fromkeys(arg for entry in entries for arg in entry.args if arg not in made))
    outside = set(program.outputs)
    outside.update(arg for number, e in enumerate(program.entries) if number not in inside for arg in e.args)
    outs = [out for out in made if out in outside and not to.is_constant(out)]
    if len(outs) != 1 or any(to.is_constant(out) and out in outside for out in made):
        return None
    arrays = [value for value in read if program.values[value].dtype != WEAK]
    return Stretch(
        to.region(region), entries, tuple(value for value in arrays if not to.is_constant(value)),
        tuple(value for value in arrays if to.is_constant(value)), arrays[0], outs[0],
    )


def _weights(to: "Lowering", stretch: Stretch) -> tuple[str, str | None, int] | None:
    """The input, and the name of the bias, of what has a matrix or filters and perhaps a bias."""
    if len(stretch.inputs) != 1 or not 1 <= len(stretch.constants) <= 2:
        return None
    weight, *bias = stretch.constants
    if len(to.sizes(weight)) < 2 or any(len(to.sizes(value)) != 1 for value in bias):
        return None
    return to.name(weight), to.name(bias[0]) if bias else None, stretch.inputs[0]


def _linear(to: "Lowering", stretch: Stretch) -> str | None:
    found = _weights(to, stretch)
    if found is None or len(to.sizes(found[2])) != 2 or stretch.first != stretch.constants[0]:
        return None
    weight, bias, x = found
    return to.graph.add("Gemm", to.name(x), weight, *([] if bias is None else [bias]), transB=1)


def _pads(sides: Any, rank: int) -> list[int]:
    sides = sides[-rank:]
    return [before for before, _ in sides] + [after for _, after in sides]


def _window(stretch: Stretch, rank: int, **more: Any) -> dict[str, Any]:
    static = stretch.static
    made = {"strides": list(static["stride"][-rank:]), **more}
    if "dilation" in static:
        made["dilations"] = list(static["dilation"][-rank:])
    return made


def _conv(to: "Lowering", stretch: Stretch) -> str | None:
    found = _weights(to, stretch)
    if found is None or stretch.first != stretch.inputs[0]:
        return None  # filters that are computed, over an image that is not
    weight, bias, x = found
    rank = len(to.sizes(x)) - 2
    given = _window(stretch, rank, pads=_pads(stretch.static["sides"], rank), group=stretch.static["groups"])
    given["kernel_shape"] = list(to.sizes(stretch.constants[0])[-rank:])
    return to.graph.add("Conv", to.name(x), weight, *([] if bias is None else [bias]), **given)


def _conv_transpose(to: "Lowering", stretch: Stretch) -> str | None:
    found = _weights(to, stretch)
    # With groups the operator is left alone: onnx.reference 1.23 computes another thing.
    if found is None or stretch.static["groups"] != 1 or stretch.first != stretch.inputs[0]:
        return None
    weight, bias, x = found
    given = _window(stretch, 2, pads=_pads(stretch.static["sides"], 2))
    given["kernel_shape"] = list(to.sizes(stretch.constants[0])[-2:])
    extra = list(stretch.static["extra"])
    return to.graph.add(
        "ConvTranspose", to.name(x), weight, *([] if bias is None else [bias]), output_padding=extra, **given
    )


def _max_pool(to: "Lowering", stretch: Stretch) -> str | None:
    if len(stretch.inputs) != 1 or stretch.static["ceil_mode"]:
        return None  # ONNX counts windows beyond the edge in its own way
    rank = len(to.sizes(stretch.inputs[0])) - 2
    padding = stretch.static["padding"][-rank:]
    given = _window(stretch, rank, pads=[*padding, *padding], kernel_shape=list(stretch.static["kernel"][-rank:]))
    return to.graph.add("MaxPool", to.name(stretch.inputs[0]), **given)


def _avg_pool(to: "Lowering", stretch: Stretch) -> str | None:
    static = stretch.static
    if len(stretch.inputs) != 1 or static["ceil_mode"] or static["divisor"] is not None:
        return None
    rank = len(to.sizes(stretch.inputs[0])) - 2
    padding = static["padding"][-rank:]
    given = _window(stretch, rank, pads=[*padding, *padding], kernel_shape=list(static["kernel"][-rank:]))
    return to.graph.add("AveragePool", to.name(stretch.inputs[0]), count_include_pad=int(static["counted"]), **given)


def _softmax(operator: str) -> "Form":
    def form(to: "Lowering", stretch: Stretch) -> str | None:
        # Where all logits are -inf the library gives 0, the operator NaN: in a network with masks its parts are taken.
        if len(stretch.inputs) != 1 or _masks(to):
            return None
        return to.graph.add(operator, to.name(stretch.inputs[0]), axis=stretch.static["dim"])

    return form


def _masks(to: "Lowering") -> bool:
    return any(
        np.asarray(known).dtype.kind == "f" and bool(np.isneginf(known).any()) for known in to.known.values()
    )


def _layer_norm(to: "Lowering", stretch: Stretch) -> str | None:
    first, sizes = stretch.static["first"], to.sizes(stretch.inputs[0])
    roles = _scale_and_shift(to, stretch)
    eps = _eps(to, stretch)
    if roles is None or eps is None or len(stretch.inputs) != 1 or has_rows(sizes[first:]):
        return None
    weight, bias = roles
    scale = to.graph.array(np.ones(sizes[first:], np.float32), "ones") if weight is None else weight
    return to.graph.add(
        "LayerNormalization", to.name(stretch.inputs[0]), scale, *([] if bias is None else [bias]), axis=first,
        epsilon=eps,
    )


def _scale_and_shift(to: "Lowering", stretch: Stretch) -> tuple[str | None, str | None] | None:
    """The names of γ and β, told apart by what is done with them; None when anything else is read."""
    found: dict[str, str] = {}
    last = stretch.entries[-2:]
    for value in stretch.constants:
        views = {value}
        for entry in stretch.entries:
            if entry.primitive in ("reshape", "permute") and entry.args[0] in views:
                views.update(entry.outs)
        kinds = {entry.primitive for entry in last if views.intersection(entry.args)}
        if kinds & found.keys() or len(kinds & {"multiply", "add"}) != 1:
            return None
        found[(kinds & {"multiply", "add"}).pop()] = to.name(value)
    return found.get("multiply"), found.get("add")


def _eps(to: "Lowering", stretch: Stretch) -> float | None:
    """What is added before the root is taken."""
    makers = {out: entry for entry in stretch.entries for out in entry.outs}
    roots = [makers.get(entry.args[0]) for entry in stretch.entries if entry.primitive == "sqrt"]
    if len(roots) != 1 or roots[0] is None or roots[0].primitive != "add":
        return None
    weak = [to.known[arg] for arg in roots[0].args if to.program.values[arg].dtype == WEAK]
    return float(weak[0]) if len(weak) == 1 else None


def _batch_norm(to: "Lowering", stretch: Stretch) -> str | None:
    if len(stretch.inputs) != 1 or len(stretch.constants) != 4 or stretch.entries[-1].primitive != "add":
        return None  # without γ or β its parts are as plain
    if any(len(to.sizes(value)) != 1 for value in stretch.constants):
        return None  # it is the statistics that are computed
    mean, var, weight, bias = (to.name(value) for value in stretch.constants)
    eps = _eps(to, stretch)
    if eps is None:
        return None
    return to.graph.add("BatchNormalization", to.name(stretch.inputs[0]), weight, bias, mean, var, epsilon=eps)


def _activation(operator: str, **attributes: Any) -> "Form":
    """One operator of one array; `attributes` are given, or places among the Python numbers of the region."""

    def form(to: "Lowering", stretch: Stretch) -> str | None:
        if len(stretch.inputs) != 1 or stretch.constants:
            return None
        return to.graph.add(operator, to.name(stretch.inputs[0]), **attributes)

    return form


Form = Callable[["Lowering", Stretch], str | None]

OPERATORS: dict[str, Form] = {
    "linear": _linear, "conv": _conv, "conv_transpose": _conv_transpose, "max_pool": _max_pool, "avg_pool": _avg_pool,
    "softmax": _softmax("Softmax"), "log_softmax": _softmax("LogSoftmax"), "layer_norm": _layer_norm,
    "batch_norm_eval": _batch_norm, "relu": _activation("Relu"), "gelu": _activation("Gelu"),
    "gelu_tanh": _activation("Gelu", approximate="tanh"), "softsign": _activation("Softsign"),
    "hardswish": _activation("HardSwish"), "mish": _activation("Mish"), "selu": _activation("Selu"),
}
"""Region to the operator that does all of it; any other one is exported by its parts."""
