"""Activation functions and their derivatives."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.plots._chart import Chart, Line, Panel
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import series_color
from chainrule.plots._slopes import value_and_slope

_WHERE = "plots.activations"
TITLES = {
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "softplus": "Softplus",
    "hardtanh": "Hardtanh",
    "relu6": "ReLU6",
    "celu": "CELU",
    "mish": "Mish",
    "logsigmoid": "LogSigmoid",
    "hardsigmoid": "Hardsigmoid",
    "hardswish": "Hardswish",
    "softsign": "Softsign",
}


def activations(
    names: Sequence[str | Callable[[Any], Any]] = ("sigmoid", "tanh", "relu", "leaky_relu"),
    *,
    x_range: tuple[float, float] = (-5.0, 5.0),
    points: int = 100,
    derivatives: bool = True,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """Activation functions, one panel each, with their derivatives over them.

    Values and derivatives come from the library's own functions and gradients, in float64.

    Args:
        names: of functions in `nn.functional`, or functions of a tensor; default the four of the
            second article: sigmoid, tanh, relu, leaky_relu.
        x_range: from where to where, default −5 to 5.
        points: how many positions, ends included, at least 2; default 100.
        derivatives: draw them too (default).
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: for a name that is no function, no names, or positions that cannot be.
        ShapeError: when a function does not work element by element.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = activations(["tanh"], points=3, backend="plotly")
        >>> [trace["name"] for trace in picture["data"]], picture["data"][0]["x"]
        (['value', 'derivative'], [-5.0, 0.0, 5.0])
    """
    if isinstance(names, str) or not names:
        raise ArgumentError("plots.functions", f"{_WHERE}, argument names", got=repr(names), known=", ".join(TITLES))
    low, high = x_range
    if points < 2 or not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ArgumentError("plots.positions", f"{_WHERE}, argument x_range", got=(low, high, points))
    x = np.linspace(low, high, points)
    functions = [_function(name) for name in names]
    drawn = [(title, *value_and_slope(function, x, f"{_WHERE}, {title}")) for title, function in functions]

    def build(lang: str) -> Chart:
        panels = []
        for title, value, slope in drawn:
            marks = [Line(x, value, series_color(0), say("plots.value", lang))]
            if derivatives:
                marks.append(Line(x, slope, series_color(1), say("plots.derivative", lang), "dash"))
            panels.append(Panel(marks, title))
        columns = math.ceil(math.sqrt(len(panels)))
        rows = -(-len(panels) // columns)
        width, height = (1200, 800) if len(panels) == 4 else (max(500, min(1600, 520 * columns)), 380 * rows)
        return Chart(say("plots.activations", lang), panels, width, height, columns, legend_below=derivatives)

    return draw(build, backend, lang, _WHERE)


def _function(name: str | Callable[[Any], Any]) -> tuple[str, Callable[[Any], Any]]:
    if callable(name):
        return getattr(name, "__name__", type(name).__name__), name
    from chainrule.nn import functional

    if name not in TITLES:
        raise ArgumentError("plots.functions", f"{_WHERE}, argument names", got=repr(name), known=", ".join(TITLES))
    return TITLES[name], getattr(functional, name)
