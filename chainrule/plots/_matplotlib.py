"""Reads a chart into a Matplotlib figure."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import MissingExtraError
from chainrule.language import say
from chainrule.plots import _fonts
from chainrule.plots._chart import (
    Bars,
    Chart,
    Contours,
    Heat,
    Level,
    Line,
    Mark,
    Panel,
    Points,
    Regions,
    Upright,
    respell,
    words,
)
from chainrule.plots._palette import FAINT, INK, class_color

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

    from chainrule.plots._figure import Picture

_DASHES = {"solid": "-", "dash": (0, (5, 2)), "dot": (0, (1, 1.5)), "dashdot": (0, (5, 1.5, 1, 1.5))}
_SYMBOLS = {
    "circle": "o",
    "square": "s",
    "diamond": "D",
    "triangle-up": "^",
    "x": "X",
    "triangle-down": "v",
    "cross": "P",
    "star": "*",
}
_log = logging.getLogger("chainrule.plots")
_told: set[str] = set()


def to_matplotlib(build: Callable[[str], Chart], lang: str, where: str) -> "Picture":
    """The chart as a figure, in `lang` if some installed font can write it, else in English with a note."""
    try:
        import matplotlib as mpl  # noqa: F401  # asked for here, so that its absence is told in our words
    except ImportError as error:
        raise MissingExtraError("plots.matplotlib", where) from error
    chart = build(lang)
    families = _fonts.families("".join(words(chart)))
    if families:
        return _render(chart, families)
    english = build("en")
    lost = _fonts.missing("".join(words(english)))
    shown = respell(english, lambda text: _fonts.legible(text, lost))
    note = say("plots.no_font_note", "en")
    figure = _render(shown, _fonts.families("") or ("sans-serif",), note)
    pairs = zip(words(shown), words(chart), strict=True)
    figure.stand_ins = {here: meant for here, meant in pairs if here != meant} | {note: ""}
    if not _told:
        _told.add(note)
        _log.warning(say("plots.no_font", lang))
    return figure


def _render(chart: Chart, families: Sequence[str], note: str = "") -> "Picture":
    from matplotlib.text import Text

    from chainrule.plots._figure import Picture

    figure = Picture(chart.width, chart.height)
    several = len(chart.panels) > 1
    if several and chart.title:
        figure.suptitle(chart.title, fontsize=15)
    for place, panel in enumerate(chart.panels, start=1):
        axes = figure.add_subplot(chart.rows, chart.columns, place)
        _draw_panel(axes, panel, panel.title if several else panel.title or chart.title, families)
        if panel.legend and not chart.legend_below and axes.get_legend_handles_labels()[1]:
            axes.legend(fontsize=10, framealpha=0.85)
    if chart.legend_below:
        named: dict[str, Artist] = {}
        for axes in figure.axes:
            handles, labels = axes.get_legend_handles_labels()
            named |= zip(labels, handles, strict=True)
        figure.legend(
            list(named.values()), list(named), loc="outside lower center", ncols=3, fontsize=11, frameon=False
        )
    if note:
        figure.supxlabel(note, fontsize=8, color=FAINT, x=0.01, ha="left")
    for text in figure.findobj(Text):
        text.set_fontfamily(list(families))
    return figure


LONG_NUMBER = 20_000
"""From here on the numbers along an axis are written short, 100k and 2M: whole they would run into each other."""


def _draw_panel(axes: "Axes", panel: Panel, title: str, families: Sequence[str]) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator

    for mark in panel.marks:
        _draw_mark(axes, mark, families)
    axes.set_title(title, fontsize=13)
    axes.set_xlabel(panel.x_label, fontsize=11)
    axes.set_ylabel(panel.y_label, fontsize=11)
    if panel.x_scale == "log":  # setting a linear scale would take the names off a heat map's ticks
        axes.set_xscale("log")
    if panel.y_scale == "log":
        axes.set_yscale("log")
    if panel.x_range:
        axes.set_xlim(*panel.x_range)
    if panel.y_range:
        axes.set_ylim(*panel.y_range)
    if panel.square:
        axes.set_aspect("equal", adjustable="box")
    if panel.grid:
        axes.grid(visible=True, alpha=0.3, linewidth=0.8)
        axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(not panel.grid)
    if panel.counts:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axis, scale in ((axes.xaxis, panel.x_scale), (axes.yaxis, panel.y_scale)):
        if scale != "log" and max(map(abs, axis.get_view_interval())) >= LONG_NUMBER:
            axis.set_major_formatter(EngFormatter(sep=""))
    if not panel.ticks:
        axes.set_xticks([])
        axes.set_yticks([])


def _draw_mark(axes: "Axes", mark: Mark, families: Sequence[str]) -> None:
    match mark:
        case Line():
            axes.plot(
                mark.x,
                mark.y,
                color=mark.color,
                label=mark.name,
                linestyle=_DASHES[mark.dash],
                linewidth=mark.width,
                marker=_SYMBOLS[mark.symbol] if mark.symbol else None,
                markersize=5,
            )
        case Points():
            _draw_points(axes, mark)
        case Bars():
            axes.bar(mark.x, mark.height, mark.width, color=mark.color, label=mark.name, alpha=0.85)
        case Heat():
            _draw_heat(axes, mark, families)
        case Regions():
            _draw_regions(axes, mark)
        case Contours():
            _draw_contours(axes, mark)
        case Level():
            axes.axhline(mark.y, color=mark.color, label=mark.name, linestyle=_DASHES[mark.dash], linewidth=1.6)
        case Upright():
            axes.axvline(mark.x, color=mark.color, label=mark.name, linestyle=_DASHES[mark.dash], linewidth=1.6)


def _draw_points(axes: "Axes", mark: Points) -> None:
    axes.scatter(
        mark.x,
        mark.y,
        s=(mark.size * 0.8) ** 2,
        c=mark.color,
        marker=_SYMBOLS[mark.symbol],
        alpha=mark.opacity,
        label=mark.name,
        edgecolors="white",
        linewidths=0.6,
        zorder=3,
    )
    for x, y, text in zip(mark.x, mark.y, mark.texts, strict=False):
        axes.annotate(text, (x, y), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=9)


def _colors(stops: Sequence[str]) -> "Colormap":
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("chainrule", list(stops))


def _draw_heat(axes: "Axes", mark: Heat, families: Sequence[str]) -> None:
    image = axes.imshow(
        mark.z, cmap=_colors(mark.colors), vmin=mark.low, vmax=mark.high, aspect="auto", interpolation="nearest"
    )
    if mark.bar:
        figure = axes.get_figure(root=True)
        assert figure is not None
        figure.colorbar(image, ax=axes)
    if mark.x_names:
        axes.set_xticks(range(len(mark.x_names)), labels=mark.x_names, fontfamily=list(families))
    if mark.y_names:
        axes.set_yticks(range(len(mark.y_names)), labels=mark.y_names, fontfamily=list(families))
    for row, texts in enumerate(mark.texts):
        for column, text in enumerate(texts):
            red, green, blue, _ = image.cmap(image.norm(mark.z[row, column]))
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
            axes.text(column, row, text, ha="center", va="center", fontsize=10, color="white" if dark else INK)


def _draw_regions(axes: "Axes", mark: Regions) -> None:
    from matplotlib.colors import ListedColormap

    half_x, half_y = np.diff(mark.x[:2])[0] / 2, np.diff(mark.y[:2])[0] / 2
    axes.imshow(
        mark.classes,
        extent=(mark.x[0] - half_x, mark.x[-1] + half_x, mark.y[0] - half_y, mark.y[-1] + half_y),
        origin="lower",
        cmap=ListedColormap([class_color(index) for index in range(mark.count)]),
        vmin=-0.5,
        vmax=mark.count - 0.5,
        alpha=mark.opacity,
        aspect="auto",
        interpolation="nearest",
    )
    for margin in mark.margins:
        if margin.min() < 0 < margin.max():
            axes.contour(mark.x, mark.y, margin, levels=[0.0], colors=[INK], linewidths=1.2)
    axes.set_xlim(mark.x[0], mark.x[-1])
    axes.set_ylim(mark.y[0], mark.y[-1])


def _draw_contours(axes: "Axes", mark: Contours) -> None:
    from matplotlib.colors import BoundaryNorm

    figure = axes.get_figure(root=True)
    assert figure is not None
    steps = BoundaryNorm(mark.levels, 256)  # one step of colour a level, whatever their distances
    filled = axes.contourf(mark.x, mark.y, mark.z, levels=mark.levels, cmap=_colors(mark.colors), norm=steps)
    axes.contour(mark.x, mark.y, mark.z, levels=mark.levels, colors=[INK], linewidths=0.4, alpha=0.5)
    bar = figure.colorbar(filled, ax=axes, label=mark.name)
    bar.set_ticks(mark.levels[::3].tolist(), labels=[f"{level:.3g}" for level in mark.levels[::3]])
