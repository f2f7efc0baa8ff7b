"""Gradient descent as a path on a curve or on a landscape."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.language import say
from chainrule.plots._chart import Chart, Contours, Line, Mark, Panel, Points
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import CLASSES, HEIGHTS, INK, series_color
from chainrule.plots._path import Path, descend, even_levels, heights, span

_WHERE = "plots.descent"


def descent(
    function: Callable[..., Any],
    start: float | Sequence[float],
    *,
    lr: float = 0.1,
    steps: int = 30,
    x_range: Sequence[float] | None = None,
    y_range: Sequence[float] | None = None,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """Gradient descent on a function of one or two numbers, with the path it takes.

    x ← x − lr · f′(x)

    Args:
        function: of one tensor or two, giving a tensor: `lambda x: x**2`, `lambda x, y: x**2 + y**2`.
        start: one number or two.
        lr: the learning rate α; default 0.1.
        steps: how many, at least 1; default 30. A path that leaves all numbers behind ends early.
        x_range: from where to where to show x; default around the path.
        y_range: the same for the second number.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: for a start, steps or ranges that cannot be.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = descent(lambda x: x**2, 4.0, lr=0.25, steps=3, backend="plotly")
        >>> picture["data"][1]["x"]
        [4.0, 2.0, 1.0, 0.5]
    """
    path = descend(function, start, lr, steps, _WHERE)
    return draw(chart(function, path, lr, x_range, y_range), backend, lang, _WHERE)


def chart(
    function: Callable[..., Any],
    path: Path,
    lr: float,
    x_range: Sequence[float] | None,
    y_range: Sequence[float] | None,
) -> Callable[[str], Chart]:
    """What builds the picture of a path; its last marks are the path and its two ends."""
    flat = path.places.shape[1] == 1
    xs = span(path.places[:, 0], x_range, 0.6 if flat else 0.3, f"{_WHERE}, argument x_range")
    if flat:
        return _on_a_curve(function, path, lr, xs)
    ys = span(path.places[:, 1], y_range, 0.3, f"{_WHERE}, argument y_range")
    return _on_a_landscape(function, path, lr, xs, ys)


def _ends(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], lang: str) -> list[Mark]:
    return [
        Line(x, y, CLASSES[0], say("plots.path", lang), width=1.5, symbol="circle"),
        Points(x[:1], y[:1], INK, say("plots.path_start", lang), "square", 10.0, 1.0),
        Points(x[-1:], y[-1:], CLASSES[2], say("plots.path_end", lang), "star", 16.0, 1.0),
    ]


def _on_a_curve(function: Callable[..., Any], path: Path, lr: float, xs: tuple[float, float]) -> Callable[[str], Chart]:
    x = np.linspace(*xs, 400)
    y = heights(function, x)
    finite = y[np.isfinite(y)]
    room = 0.08 * max(1e-12, float(finite.max() - finite.min()))

    def build(lang: str) -> Chart:
        marks = [Line(x, y, series_color(0), "f(x)"), *_ends(path.places[:, 0], path.heights, lang)]
        panel = Panel(
            marks,
            x_label="x",
            y_label="f(x)",
            x_range=xs,
            y_range=(float(finite.min()) - room, float(finite.max()) + room),
        )
        return Chart(_title(path, lr, lang), [panel], 760, 500)

    return build


def _on_a_landscape(
    function: Callable[..., Any], path: Path, lr: float, xs: tuple[float, float], ys: tuple[float, float]
) -> Callable[[str], Chart]:
    x, y = np.linspace(*xs, 120), np.linspace(*ys, 120)
    z = heights(function, x, y)

    def build(lang: str) -> Chart:
        ground = Contours(x, y, z, even_levels(z), HEIGHTS, "f(x, y)")
        marks = [ground, *_ends(path.places[:, 0], path.places[:, 1], lang)]
        panel = Panel(marks, x_label="x", y_label="y", x_range=xs, y_range=ys, grid=False)
        return Chart(_title(path, lr, lang), [panel], 760, 560)

    return build


def _title(path: Path, lr: float, lang: str) -> str:
    steps = len(path.heights) - 1
    return say("plots.descent", lang, lr=f"{lr:g}", steps=steps, height=f"{path.heights[-1]:.4g}")
