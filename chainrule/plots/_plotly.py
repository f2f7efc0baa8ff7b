"""Reads a chart into a dict for Plotly, in plain Python: neither Plotly nor Matplotlib is needed.

The dict goes through `json.dumps` as it stands, and through `Plotly.newPlot(element, data, layout)`
or `plotly.graph_objects.Figure(...)`. Its size is bounded whatever the chart was made from.
"""

import math
from collections.abc import Sequence

import numpy as np

from chainrule.plots._chart import (
    Bars,
    Chart,
    Contours,
    Heat,
    Level,
    Line,
    Mark,
    Numbers,
    Panel,
    Points,
    Regions,
    Scale,
    Upright,
)
from chainrule.plots._palette import class_color, tint
from chainrule.plots._thin import stride, thin_line

Plain = dict[str, object]


def to_plotly(chart: Chart) -> Plain:
    """The chart as `{"data": [...], "layout": {...}}`."""
    several = len(chart.panels) > 1
    title = chart.title if several else chart.title or chart.panels[0].title
    layout: Plain = {"title": {"text": title}}
    data: list[Plain] = []
    shapes: list[Plain] = []
    notes: list[Plain] = []
    for place, panel in enumerate(chart.panels):
        number = "" if place == 0 else str(place + 1)
        layout[f"xaxis{number}"] = _axis(panel.x_label, panel.x_scale, panel.x_range, panel)
        layout[f"yaxis{number}"] = _y_axis(panel, number)
        shapes += [_upright(mark, number) for mark in panel.marks if isinstance(mark, Upright)]
        traces = [{**_trace(mark, panel), **_place(number)} for mark in panel.marks if not isinstance(mark, Upright)]
        data += traces
        if several:
            left, right, low, high = _cell(chart, place)
            for trace in traces:
                if trace["type"] in ("heatmap", "contour") and trace.get("showscale", True):
                    beside: Plain = {"x": right, "y": (low + high) / 2, "len": high - low, "thickness": 12}
                    trace["colorbar"] = {**trace.get("colorbar", {}), **beside}  # type: ignore[dict-item]
            layout[f"xaxis{number}"] |= {"domain": [left, right], "anchor": f"y{number}"}  # type: ignore[operator]
            layout[f"yaxis{number}"] |= {"domain": [low, high], "anchor": f"x{number}"}  # type: ignore[operator]
            notes.append(_heading(panel.title, (left + right) / 2, high))
    _once(data)
    layout |= {"width": chart.width, "height": chart.height}
    layout["showlegend"] = any(panel.legend for panel in chart.panels)
    layout |= {"legend": {"orientation": "h", "y": -0.15}} if chart.legend_below else {}
    layout |= {"plot_bgcolor": chart.paper} if chart.paper else {}
    layout |= {"shapes": shapes} if shapes else {}
    layout |= {"annotations": notes} if notes else {}
    return {"data": data, "layout": layout | chart.extra_layout}


def _axis(label: str, scale: Scale, limits: tuple[float, float] | None, panel: Panel) -> Plain:
    axis: Plain = {"title": {"text": label}}
    if scale == "log":
        axis["type"] = "log"
    if limits:
        axis["range"] = [math.log10(value) if scale == "log" else float(value) for value in limits]
    if not panel.ticks:
        axis |= {"showticklabels": False, "showgrid": False, "zeroline": False}
    return axis


def _y_axis(panel: Panel, number: str) -> Plain:
    axis = _axis(panel.y_label, panel.y_scale, panel.y_range, panel)
    if any(isinstance(mark, Heat) for mark in panel.marks):
        axis["autorange"] = "reversed"
    if panel.square:
        axis |= {"scaleanchor": f"x{number}", "scaleratio": 1}
    return axis


def _place(number: str) -> Plain:
    return {"xaxis": f"x{number}", "yaxis": f"y{number}"} if number else {}


def _cell(chart: Chart, place: int) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a panel, as shares of the picture, with room for its labels."""
    row, column = divmod(place, chart.columns)
    wide, tall = 1 / chart.columns, 1 / chart.rows
    gap_x, gap_y = min(0.06, wide / 5), min(0.10, tall / 4)
    left, low = column * wide, 1 - (row + 1) * tall
    return (
        round(left + (gap_x if column else 0), 4),
        round(left + wide - (gap_x if column < chart.columns - 1 else 0), 4),
        round(low + (gap_y if row < chart.rows - 1 else 0), 4),
        round(low + tall - gap_y / 2, 4),
    )


def _heading(text: str, x: float, y: float) -> Plain:
    at: Plain = {"x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "bottom"}
    return {"text": text, "showarrow": False, "font": {"size": 14}, **at}


def _upright(mark: Upright, number: str) -> Plain:
    shape: Plain = {"type": "line", "x0": mark.x, "x1": mark.x, "xref": f"x{number}"}
    shape |= {"y0": 0, "y1": 1, "yref": f"y{number} domain", "line": {"color": mark.color, "dash": mark.dash}}
    return shape | ({"name": mark.name, "showlegend": True} if mark.name else {})


def _once(data: list[Plain]) -> None:
    """Name each kind of line once in the legend, however many panels it stands in."""
    seen: set[tuple[object, str]] = set()
    for trace in data:
        if "name" not in trace:
            trace["showlegend"] = False
            continue
        look = (trace["name"], str(trace.get("line", trace.get("marker"))))
        if look in seen:
            trace["showlegend"] = False
        seen.add(look)


def _trace(mark: Mark, panel: Panel) -> Plain:
    match mark:
        case Line():
            return _line(mark)
        case Points():
            return _points(mark, panel)
        case Bars():
            named: Plain = {"name": mark.name} if mark.name else {}
            bars: Plain = {"type": "bar", "x": _numbers(mark.x), "y": _numbers(mark.height), "width": mark.width}
            return {**bars, **named, "marker": {"color": mark.color}}
        case Heat():
            return _heat(mark)
        case Regions():
            return _regions(mark)
        case Contours():
            return _contours(mark)
        case Level():
            low, high = _across(panel)
            ends = np.array([low, high])
            return _line(Line(ends, np.full(2, mark.y), mark.color, mark.name, mark.dash))
        case _:  # Upright: a shape, not a trace
            raise AssertionError(mark)


def _line(mark: Line) -> Plain:
    x, y = thin_line(mark.x, mark.y)
    line: Plain = {"color": mark.color}
    line |= {"dash": mark.dash} if mark.dash != "solid" else {}
    line |= {"width": mark.width} if mark.width != Line.width else {}
    trace: Plain = {"type": "scatter", "mode": "lines+markers" if mark.symbol else "lines"}
    trace |= {"x": _numbers(x), "y": _numbers(y)}
    trace |= {"name": mark.name} if mark.name else {}
    return trace | {"line": line} | ({"marker": {"symbol": mark.symbol}} if mark.symbol else {})


def _points(mark: Points, panel: Panel) -> Plain:
    step = stride(sum(len(other.x) for other in panel.marks if isinstance(other, Points)))
    marker: Plain = {"color": mark.color, "size": mark.size}
    marker |= {"symbol": mark.symbol} if mark.symbol != "circle" else {}
    trace: Plain = {"type": "scatter", "mode": "markers+text" if mark.texts else "markers"}
    trace |= {"x": _numbers(mark.x[::step]), "y": _numbers(mark.y[::step])}
    trace |= {"name": mark.name if step == 1 else f"{mark.name} (1/{step})"} if mark.name else {}
    texts: Plain = {"text": list(mark.texts)[::step], "textposition": "top center"} if mark.texts else {}
    return trace | {"marker": marker} | texts


def _heat(mark: Heat) -> Plain:
    trace: Plain = {"type": "heatmap", "z": _table(mark.z)}
    trace |= {"x": list(mark.x_names)} if mark.x_names else {}
    trace |= {"y": list(mark.y_names)} if mark.y_names else {}
    trace |= {"text": [list(row) for row in mark.texts], "texttemplate": "%{text}"} if mark.texts else {}
    return trace | {"colorscale": _scale(mark.colors), "zmin": mark.low, "zmax": mark.high, "showscale": mark.bar}


def _regions(mark: Regions) -> Plain:
    grid: Plain = {"x": _numbers(mark.x), "y": _numbers(mark.y), "z": mark.classes.tolist()}
    look: Plain = {"opacity": mark.opacity, "showscale": False, "name": mark.name}
    tints = [tint(class_color(index)) for index in range(mark.count)]
    if mark.count == 2:
        return {"type": "contour", **grid, "colorscale": [[0, tints[0]], [1, tints[1]]], "zmin": 0, "zmax": 1, **look}
    steps = [[edge / mark.count, color] for index, color in enumerate(tints) for edge in (index, index + 1)]
    return {"type": "heatmap", **grid, "colorscale": steps, "zmin": -0.5, "zmax": mark.count - 0.5, **look}


def _contours(mark: Contours) -> Plain:
    # Plotly's levels lie at equal distances: heights are counted in levels, and the bar says what they are.
    count = len(mark.levels)
    steps = np.interp(mark.z, mark.levels, np.arange(count, dtype=np.float64))
    trace: Plain = {"type": "contour", "x": _numbers(mark.x), "y": _numbers(mark.y), "z": _table(steps)}
    trace |= {"contours": {"start": 0, "end": count - 1, "size": 1}, "zmin": 0, "zmax": count - 1, "hoverinfo": "skip"}
    ticks = [f"{level:.3g}" for level in mark.levels[::3]]
    bar: Plain = {"title": {"text": mark.name}, "tickvals": list(range(0, count, 3)), "ticktext": ticks}
    return trace | {"colorscale": _scale(mark.colors), "colorbar": bar}


def _scale(colors: Sequence[str]) -> list[list[object]]:
    return [[index / (len(colors) - 1), color] for index, color in enumerate(colors)]


def _across(panel: Panel) -> tuple[float, float]:
    """The ends of what a panel shows from left to right."""
    if panel.x_range:
        return panel.x_range
    spans = [
        mark.x for mark in panel.marks if isinstance(mark, Line | Points | Bars | Regions | Contours) and len(mark.x)
    ]
    return (min(float(x.min()) for x in spans), max(float(x.max()) for x in spans)) if spans else (0.0, 1.0)


def _numbers(values: Numbers) -> list[float | None]:
    """Python floats; None, which JSON has, for what it has no number for."""
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _table(values: Numbers) -> list[list[float | None]]:
    """Rows of floats of six digits: colours show no more."""
    return [[float(f"{value:.6g}") if math.isfinite(value) else None for value in row] for row in values.tolist()]
