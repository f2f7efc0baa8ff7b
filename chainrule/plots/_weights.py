"""The weights of a network, layer by layer."""

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from chainrule.errors import ArgumentError, DataError
from chainrule.language import say
from chainrule.plots._arrays import numbers
from chainrule.plots._chart import Bars, Chart, Heat, Mark, Numbers, Panel, Upright
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import DIVERGING, FAINT, series_color

_WHERE = "plots.weights"
_MOST_PANELS = 24
_MOST_CELLS = 100  # of a heat map, along each axis


def weights(
    network: object,
    *,
    kind: Literal["histogram", "heatmap"] = "histogram",
    what: Literal["weights", "gradients"] = "weights",
    biases: bool = False,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """How the weights of every layer are spread, or the weights themselves as a map of colours.

    Args:
        network: a Module, what has one as `.model` (a Trainer), or a mapping of names to arrays.
        kind: `"histogram"` (default), or `"heatmap"`: rows are outputs, columns inputs; of a map
            larger than 100 × 100 the largest value of every block is shown.
        what: `"weights"` (default) or `"gradients"`, as the last backward pass left them.
        biases: show parameters of one axis too; default False, and never in heat maps.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`. At most the
        first 24 parameters are shown.

    Raises:
        ArgumentError: for another kind, or what is no network.
        DataError: when there is nothing to show.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = weights({"w": [[0.0, 1.0], [1.0, 2.0]]}, backend="plotly")
        >>> sum(picture["data"][0]["y"])
        4.0
    """
    if kind not in ("histogram", "heatmap"):
        raise ArgumentError("plots.kind", f"{_WHERE}, argument kind", got=repr(kind), known='"histogram", "heatmap"')
    if what not in ("weights", "gradients"):
        raise ArgumentError("plots.kind", f"{_WHERE}, argument what", got=repr(what), known='"weights", "gradients"')
    found = named_arrays(network, gradients=what == "gradients")
    flat = biases and kind == "histogram"
    shown = {name: values for name, values in found.items() if values.size and (values.ndim > 1 or flat)}
    if not shown:
        raise DataError("plots.no_weights", f"{_WHERE}, argument network", what=what)
    kept = dict(list(shown.items())[:_MOST_PANELS])

    def build(lang: str) -> Chart:
        panels = [
            _histogram(name, values, lang) if kind == "histogram" else _map(name, values, lang)
            for name, values in kept.items()
        ]
        columns = min(4, math.ceil(math.sqrt(len(panels))))
        rows = -(-len(panels) // columns)
        title = say("plots.weights", lang) if what == "weights" else say("plots.gradients", lang)
        return Chart(title, panels, max(520, 400 * columns), 60 + 320 * rows, columns)

    return draw(build, backend, lang, _WHERE)


def named_arrays(network: Any, *, gradients: bool) -> dict[str, Numbers]:
    """Every parameter by name as numbers; of gradients those that there are.

    Raises:
        ArgumentError: for what is neither a Module, nor has one, nor is a mapping.
    """
    source = getattr(network, "model", network)
    if isinstance(source, Mapping):
        pairs = list(source.items())
    elif hasattr(source, "named_parameters"):
        pairs = list(source.named_parameters())
    else:
        raise ArgumentError("plots.network", f"{_WHERE}, argument network", got=type(network).__name__)
    if gradients:
        pairs = [(name, value.grad) for name, value in pairs if getattr(value, "grad", None) is not None]
    return {str(name): numbers(value, f"{_WHERE}, {name}") for name, value in pairs}


def _titled(name: str, values: Numbers) -> str:
    return f"{name}  {' × '.join(map(str, values.shape))}"


def _histogram(name: str, values: Numbers, lang: str) -> Panel:
    finite = values[np.isfinite(values)]
    counts, edges = np.histogram(finite, bins=min(50, max(5, int(np.sqrt(finite.size)))))
    spread = float(finite.std()) if finite.size else math.nan
    marks: list[Mark] = [
        Bars(
            (edges[:-1] + edges[1:]) / 2,
            counts.astype(np.float64),
            float(edges[1] - edges[0]),
            series_color(0),
        ),
        Upright(0.0, FAINT),
    ]
    return Panel(marks, _titled(name, values), say("plots.deviation", lang, value=spread), say("plots.count", lang))


def _map(name: str, values: Numbers, lang: str) -> Panel:
    table = _largest_of_blocks(values.reshape(values.shape[0], -1))
    reach = float(np.nanmax(np.abs(table))) or 1.0
    heat = Heat(table, DIVERGING, -reach, reach)
    whole = table.size == values.size  # else the ticks would count blocks
    inputs, outputs = say("plots.inputs", lang), say("plots.outputs_axis", lang)
    return Panel([heat], _titled(name, values), inputs, outputs, legend=False, grid=False, ticks=whole)


def _largest_of_blocks(table: Numbers) -> Numbers:
    """At most 100 × 100 cells: of every block the value furthest from zero, with its sign."""
    for axis in (0, 1):
        size = table.shape[axis]
        if size <= _MOST_CELLS:
            continue
        starts = np.linspace(0, size, _MOST_CELLS, endpoint=False).astype(np.int64)
        high, low = np.maximum.reduceat(table, starts, axis=axis), np.minimum.reduceat(table, starts, axis=axis)
        table = np.where(high >= -low, high, low)
    return table
