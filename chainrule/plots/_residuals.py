"""How far predictions of numbers are off, and where."""

import numpy as np

from chainrule.errors import DataError, ShapeError
from chainrule.language import say
from chainrule.plots._arrays import column
from chainrule.plots._chart import Bars, Chart, Level, Line, Panel, Points, Upright
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import FAINT, INK, series_color

_WHERE = "plots.residuals"


def residuals(y_true: object, y_pred: object, *, backend: Backend = "matplotlib", lang: str | None = None) -> Drawing:
    """Predicted against true values, residuals against predictions, and how the residuals are spread.

    A residual is the true value minus the predicted one.

    Args:
        y_true: (n,) or (n, 1) numbers.
        y_pred: (n,) or (n, 1) numbers.
        backend: `"matplotlib"` (default) or `"plotly"`; for Plotly at most 20,000 rows are shown.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ShapeError: when the two are not one number a row, as many of each.
        DataError: when there are no rows, or values that are not finite.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = residuals([1.0, 2.0], [1.5, 1.0], backend="plotly")
        >>> picture["data"][2]["y"]
        [-0.5, 1.0]
    """
    truth, answer = column(y_true, f"{_WHERE}, argument y_true"), column(y_pred, f"{_WHERE}, argument y_pred")
    if truth.shape != answer.shape:
        raise ShapeError("plots.lengths", f"{_WHERE}, argument y_pred", got=len(answer), want=len(truth))
    if not truth.size:
        raise DataError("plots.empty", f"{_WHERE}, argument y_true")
    for values, name in ((truth, "y_true"), (answer, "y_pred")):
        if not np.isfinite(values).all():
            row = int(np.argmin(np.isfinite(values)))
            raise DataError("plots.finite", f"{_WHERE}, argument {name}", got=values[row], row=row, column=0)
    off = truth - answer
    ends = np.array([min(truth.min(), answer.min()), max(truth.max(), answer.max())])
    counts, edges = np.histogram(off, bins=min(60, max(5, int(np.sqrt(len(off))))))
    size, opacity = (6.0, 0.7) if len(off) <= 500 else (4.0, 0.35)
    blue, red = series_color(0), series_color(1)

    def build(lang: str) -> Chart:
        true, predicted, residual = (say(key, lang) for key in ("plots.true", "plots.predicted", "plots.residual"))
        around = say("plots.against_predicted", lang)
        panels = [
            Panel(
                [
                    Points(truth, answer, blue, size=size, opacity=opacity),
                    Line(ends, ends, INK, say("plots.equal", lang), "dash", 1.5),
                ],
                say("plots.against_true", lang),
                true,
                predicted,
            ),
            Panel(
                [Points(answer, off, blue, size=size, opacity=opacity), Level(0.0, INK)], around, predicted, residual
            ),
            Panel(
                [
                    Bars((edges[:-1] + edges[1:]) / 2, counts.astype(np.float64), float(edges[1] - edges[0]), blue),
                    Upright(0.0, FAINT),
                    Upright(float(off.mean()), red, say("plots.mean", lang, value=float(off.mean()))),
                ],
                say("plots.spread", lang),
                residual,
                say("plots.rows", lang),
            ),
        ]
        return Chart(say("plots.residuals", lang), panels, 1300, 430, 3)

    return draw(build, backend, lang, _WHERE)
