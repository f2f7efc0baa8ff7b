"""From a chart to what the caller asked for: a Matplotlib figure, or plain data for Plotly."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from chainrule.errors import ArgumentError
from chainrule.language import LANGUAGES, current
from chainrule.plots._chart import Chart
from chainrule.plots._matplotlib import to_matplotlib
from chainrule.plots._plotly import to_plotly

Backend = Literal["matplotlib", "plotly"]
# A `matplotlib.figure.Figure` for backend="matplotlib", a `dict[str, object]` for backend="plotly".
Drawing: TypeAlias = Any


def draw(build: Callable[[str], Chart], backend: Backend, lang: str | None, where: str) -> Drawing:
    """Draw what `build` describes in a language.

    Args:
        build: gives the chart in a language, `"en"` or `"zh"`; panels and marks are the same in each.
        backend: `"matplotlib"` or `"plotly"`.
        lang: the language of the labels; default the one in force.
        where: the public name of the figure, for errors.

    Returns:
        A `matplotlib.figure.Figure`, or `{"data": [...], "layout": {...}}` that `json.dumps` takes.

    Raises:
        ArgumentError: for another backend or language.
        MissingExtraError: when Matplotlib is asked for and not installed.
    """
    if lang not in (None, *LANGUAGES):
        raise ArgumentError("plots.lang", f"{where}, argument lang", got=repr(lang))
    if backend == "plotly":
        return to_plotly(build(lang or current()))
    if backend == "matplotlib":
        return to_matplotlib(build, lang or current(), where)
    raise ArgumentError("plots.backend", f"{where}, argument backend", got=repr(backend))
