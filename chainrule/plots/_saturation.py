"""Squared error and cross-entropy on a sigmoid that is confidently wrong."""

import numpy as np

from chainrule.language import say
from chainrule.plots._chart import Chart, Line, Panel, Points
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import series_color
from chainrule.plots._slopes import value_and_slope
from chainrule.tensors.creation import ones

_WHERE = "plots.saturation"


def saturation(*, backend: Backend = "matplotlib", lang: str | None = None) -> Drawing:
    """What a sigmoid unit learns from when the target is 1: squared error against cross-entropy.

    Left the two losses of the sum z before the sigmoid, in the middle their slopes, right the sizes
    of the slopes on a logarithmic axis. At z = −10 the unit is as wrong as can be; squared error
    gives it a slope of −9.1e-5, cross-entropy −0.99995.

    Args:
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = saturation(backend="plotly")
        >>> [f"{trace['y'][0]:.5g}" for trace in picture["data"][2:4]]  # at z = -10
        ['-9.0787e-05', '-0.99995']
    """
    from chainrule.nn import functional

    z = np.linspace(-10.0, 10.0, 201)
    goal = ones(len(z), dtype=np.float64)
    squared = value_and_slope(lambda at: functional.mse_loss(at.sigmoid(), goal, reduction="none"), z, _WHERE)
    crossed = value_and_slope(
        lambda at: functional.binary_cross_entropy_with_logits(at, goal, reduction="none"), z, _WHERE
    )

    def build(lang: str) -> Chart:
        names = [say("plots.squared_error", lang), say("plots.cross_entropy", lang)]
        colors = [series_color(1), series_color(0)]
        at = z[:1]

        def lines(which: int, *, size: bool = False) -> list[Line | Points]:
            curves = [np.abs(pair[which]) if size else pair[which] for pair in (squared, crossed)]
            marks: list[Line | Points] = [
                Line(z, curve, color, name) for curve, color, name in zip(curves, colors, names, strict=True)
            ]
            if size:
                marks += [
                    Points(at, curve[:1], color, texts=[f"{curve[0]:.2g}"])
                    for curve, color in zip(curves, colors, strict=True)
                ]
            return marks

        panels = [
            Panel(lines(0), say("plots.losses", lang), "z", say("plots.loss", lang)),
            Panel(lines(1), say("plots.slopes", lang), "z", "∂L/∂z"),
            Panel(
                lines(1, size=True),
                say("plots.slope_sizes", lang),
                "z",
                "|∂L/∂z|",
                y_scale="log",
                x_range=(-12.0, 11.0),
            ),
        ]
        return Chart(say("plots.saturation", lang), panels, 1350, 430, 3)

    return draw(build, backend, lang, _WHERE)
