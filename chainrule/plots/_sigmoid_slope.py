"""Why deep networks of sigmoids learn slowly: how steep the sigmoid is, and where."""

import numpy as np

from chainrule.language import say
from chainrule.plots._chart import Chart, Level, Line, Panel, Points
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import FAINT, series_color
from chainrule.plots._slopes import value_and_slope

_WHERE = "plots.sigmoid_slope"


def sigmoid_slope(*, depth: int = 10, backend: Backend = "matplotlib", lang: str | None = None) -> Drawing:
    """The two drawbacks of the sigmoid as numbers: its slope vanishes, its outputs are never below 0.

    Left the function with its mean 0.5; in the middle its slope, at most 0.25 and 4.54e-5 at ±10;
    right the largest factor that is left of a gradient after 1, 2, 3 … layers: 0.25 to that power.

    Args:
        depth: how many layers the right panel goes through, at least 1; default 10.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = sigmoid_slope(depth=2, backend="plotly")
        >>> max(picture["data"][2]["y"])
        0.25
    """
    x = np.linspace(-10.0, 10.0, 201)
    value, slope = value_and_slope(lambda z: z.sigmoid(), x, _WHERE)
    layers = np.arange(1.0, max(1, depth) + 1)
    marked = np.array([0, 100, 200])

    def build(lang: str) -> Chart:
        blue, red, green = (series_color(place) for place in range(3))
        texts = [f"{slope[place]:.3g}" for place in marked]
        panels = [
            Panel(
                [Line(x, value, blue, "σ(z)"), Level(0.5, FAINT, say("plots.mean", lang, value=0.5))],
                say("plots.all_positive", lang),
                "z",
                "σ(z)",
            ),
            Panel(
                [
                    Line(x, slope, red, "σ′(z)"),
                    Points(x[marked], slope[marked], red, texts=texts, opacity=1.0),
                ],
                say("plots.slope_vanishes", lang),
                "z",
                "σ′(z)",
                y_range=(-0.01, 0.29),
                x_range=(-12.0, 12.0),
            ),
            Panel(
                [Line(layers, 0.25**layers, green, say("plots.largest_factor", lang), symbol="circle")],
                say("plots.factor_by_depth", lang),
                say("plots.layers", lang),
                say("plots.factor", lang),
                y_scale="log",
                counts=True,
            ),
        ]
        return Chart(say("plots.sigmoid_slope", lang), panels, 1350, 430, 3)

    return draw(build, backend, lang, _WHERE)
