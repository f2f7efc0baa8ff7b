"""A picture before it is drawn: panels of marks, as plain data.

Every figure of `cr.plots` is first a `Chart`. One reader of it makes a Matplotlib figure, another a
dict for Plotly, so that both show the same numbers and a new picture is written once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Dash = Literal["solid", "dash", "dot", "dashdot"]
Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Line:
    """Points (x, y) joined in order."""

    x: Numbers
    y: Numbers
    color: str
    name: str | None = None
    dash: Dash = "solid"
    width: float = 2.0
    symbol: str | None = None


@dataclass(frozen=True)
class Points:
    """Single points (x, y); `texts` are written beside them."""

    x: Numbers
    y: Numbers
    color: str
    name: str | None = None
    symbol: str = "circle"
    size: float = 8.0
    opacity: float = 0.8
    texts: Sequence[str] = ()


@dataclass(frozen=True)
class Bars:
    """Upright bars of one `width`, standing on zero with their middles at x."""

    x: Numbers
    height: Numbers
    width: float
    color: str
    name: str | None = None


@dataclass(frozen=True)
class Heat:
    """A table of numbers as colours, first row at the top; `texts` are written in the cells."""

    z: Numbers  # (rows, columns)
    colors: Sequence[str]
    low: float
    high: float
    x_names: Sequence[str] = ()
    y_names: Sequence[str] = ()
    texts: Sequence[Sequence[str]] = ()
    bar: bool = True


@dataclass(frozen=True)
class Regions:
    """The class answered at every point of a grid, with the smooth borders where `margins` is 0."""

    x: Numbers  # (columns,)
    y: Numbers  # (rows,)
    classes: NDArray[np.int64]  # (rows, columns)
    margins: Numbers  # (borders, rows, columns)
    count: int
    name: str
    opacity: float = 0.4


@dataclass(frozen=True)
class Contours:
    """Heights over a grid as lines of equal height upon colours."""

    x: Numbers  # (columns,)
    y: Numbers  # (rows,)
    z: Numbers  # (rows, columns)
    levels: Numbers
    colors: Sequence[str]
    name: str


@dataclass(frozen=True)
class Level:
    """A horizontal line from edge to edge."""

    y: float
    color: str
    name: str | None = None
    dash: Dash = "dash"


@dataclass(frozen=True)
class Upright:
    """A vertical line from edge to edge."""

    x: float
    color: str
    name: str | None = None
    dash: Dash = "dot"


Mark = Line | Points | Bars | Heat | Regions | Contours | Level | Upright


@dataclass(frozen=True)
class Panel:
    """One pair of axes with its marks, drawn in order."""

    marks: Sequence[Mark]
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    x_scale: Scale = "linear"
    y_scale: Scale = "linear"
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    legend: bool = True
    grid: bool = True
    square: bool = False
    ticks: bool = True
    counts: bool = False  # x is a number of epochs or layers: no ticks between them


@dataclass(frozen=True)
class Chart:
    """One picture: a title over panels laid out row by row, in pixels of 1/100 inch."""

    title: str
    panels: Sequence[Panel]
    width: int
    height: int
    columns: int = 1
    paper: str | None = None
    legend_below: bool = False  # one for all panels, instead of one in each
    extra_layout: dict[str, object] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows of panels there are."""
        return -(-len(self.panels) // self.columns)


Part = TypeVar("Part", Chart, Panel, Mark)
_WORDS = frozenset({"title", "name", "x_label", "y_label", "texts", "x_names", "y_names"})


def respell(chart: Chart, spell: Callable[[str], str]) -> Chart:
    """The same chart with every word for the reader put through `spell`, always in the same order."""
    panels = [
        _with_words(replace(panel, marks=[_with_words(mark, spell) for mark in panel.marks]), spell)
        for panel in chart.panels
    ]
    return _with_words(replace(chart, panels=panels), spell)


def words(chart: Chart) -> list[str]:
    """Every word of the chart for the reader, in the order of `respell`."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    respell(chart, note)
    return found


def _with_words(part: Part, spell: Callable[[str], str]) -> Part:
    changes: dict[str, Any] = {
        name: _spelt(getattr(part, name), spell) for name in sorted(_WORDS) if hasattr(part, name)
    }
    return replace(part, **changes)


def _spelt(value: object, spell: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return spell(value)
    return value if value is None else [_spelt(item, spell) for item in value]  # type: ignore[attr-defined]  # a sequence
