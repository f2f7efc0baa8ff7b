"""Why initial weights matter: activations and gradients by depth."""

import math
from collections.abc import Mapping

import numpy as np

from chainrule.errors import ArgumentError, DataError
from chainrule.language import say
from chainrule.plots._activations import TITLES
from chainrule.plots._chart import Chart, Dash, Line, Mark, Panel
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import series_color
from chainrule.plots._signals import Signals, through_inits, through_network

_WHERE = "plots.scales"
_FAULTS = {"vanishes": "plots.vanishes", "explodes": "plots.explodes"}
_DASHES: dict[str | None, Dash] = {None: "solid", "vanishes": "dot", "explodes": "dash"}


def scales(
    networks: object = None,
    X: object = None,
    *,
    depth: int = 10,
    width: int = 64,
    activation: str = "tanh",
    seed: int = 0,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """How large activations and gradients are at every depth, on a logarithmic axis.

    Without networks: a chain of `depth` layers under five ways of drawing the initial weights, among
    them the articles' N(0, 0.01²). With networks: these, fed with X. A network of three layers or
    more whose activations or gradients halve or double from layer to layer is named as vanishing or
    exploding.

    Args:
        networks: a Module, or a mapping of names to Modules; default None.
        X: rows for the networks; needed with them.
        depth: layers of the chain, at least 2; default 10.
        width: of every layer of the chain, at least 1; default 64.
        activation: of the chain, a name in `nn.functional`; default `"tanh"`.
        seed: of weights, rows and the direction that gradients start from; default 0.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: for sizes or an activation that cannot be, or what is no network.
        DataError: when X is missing, or a network has no layers with weights.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = scales(depth=3, width=8, backend="plotly")
        >>> picture["data"][0]["name"]
        'N(0, 0.01²): vanishes, × 0.031 a layer'
    """
    if networks is None:
        from chainrule.nn import functional

        if depth < 2 or width < 1:
            raise ArgumentError("plots.chain", f"{_WHERE}, arguments depth, width", got=(depth, width))
        if activation not in TITLES:
            known = ", ".join(TITLES)
            raise ArgumentError("plots.functions", f"{_WHERE}, argument activation", got=repr(activation), known=known)
        found = through_inits(depth, width, getattr(functional, activation), rows=200, seed=seed)
    else:
        found = _measured(networks, X, seed)

    def build(lang: str) -> Chart:
        sides: tuple[list[Mark], list[Mark]] = ([], [])
        for place, (name, signals) in enumerate(found.items()):
            depths = np.arange(1.0, len(signals.activations) + 1)
            called = _called(name, signals, lang)
            for marks, values in zip(sides, (signals.activations, signals.gradients), strict=True):
                shown = np.where(np.isfinite(values) & (values > 0), values, np.nan)
                look = _DASHES[signals.fault]
                marks.append(Line(depths, shown, series_color(place), called, look, symbol="circle"))
        layer = say("plots.depth", lang)
        panels = [
            Panel(
                sides[0], say("plots.activation_scale", lang), layer, say("plots.rms", lang), y_scale="log", counts=True
            ),
            Panel(
                sides[1], say("plots.gradient_scale", lang), layer, say("plots.rms", lang), y_scale="log", counts=True
            ),
        ]
        return Chart(say("plots.scales", lang), panels, 1200, 560, 2, legend_below=True)

    return draw(build, backend, lang, _WHERE)


def _measured(networks: object, X: object, seed: int) -> dict[str, Signals]:
    named = networks if isinstance(networks, Mapping) else {type(networks).__name__: networks}
    for network in named.values():
        if not hasattr(network, "named_modules"):
            raise ArgumentError("plots.network", f"{_WHERE}, argument networks", got=type(network).__name__)
    if X is None:
        raise DataError("plots.empty", f"{_WHERE}, argument X")
    found = {str(name): through_network(network, X, seed) for name, network in named.items()}
    if not found or any(not signals.activations.size for signals in found.values()):
        raise DataError("plots.no_weights", f"{_WHERE}, argument networks", what="weights")
    return found


def _called(name: str, signals: Signals, lang: str) -> str:
    if signals.fault is None:
        return name
    factor = signals.factor if _worse(signals) else signals.factor_back
    return f"{name}: " + say(_FAULTS[signals.fault], lang, factor=f"{factor:.2g}")


def _worse(signals: Signals) -> bool:
    """Whether the activations are further from keeping their size than the gradients."""
    forward, back = (abs(math.log(max(factor, 1e-300))) for factor in (signals.factor, signals.factor_back))
    return forward >= back
