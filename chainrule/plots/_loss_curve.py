"""The curve of one loss, as the fourth article draws it."""

import numpy as np

from chainrule.language import say
from chainrule.plots._chart import Chart, Line, Panel
from chainrule.plots._curves import curve, epochs
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import LOSS

_WHERE = "plots.loss_curve"


def loss_curve(
    losses: object,
    *,
    name: str | None = None,
    title: str | None = None,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """One loss against the epoch, in purple, from 0 to 1.1 times its largest value.

    Args:
        losses: a History, a mapping with `"loss"`, or the numbers themselves, one an epoch.
        name: what the loss is called at the y axis; default "Loss".
        title: over the picture; default "Training loss over the epochs".
        backend: `"matplotlib"` (default) or `"plotly"`; for Plotly at most 20,000 points are kept,
            the extremes of every stretch among them.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        DataError: when there is no loss to draw.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = loss_curve([2.0, 1.0, 0.5], backend="plotly")
        >>> picture["data"][0]["y"], picture["layout"]["yaxis"]["range"]
        ([2.0, 1.0, 0.5], [0.0, 2.2])
    """
    values = curve(losses, "loss", _WHERE)
    finite = values[np.isfinite(values)]
    top = 1.1 * float(finite.max()) if finite.size and finite.max() > 0 else 1.0

    def build(lang: str) -> Chart:
        line = Line(epochs(losses, values), values, LOSS, say("plots.training_loss", lang))
        label = name or say("plots.loss", lang)
        panel = Panel(
            [line], x_label=say("plots.epoch", lang), y_label=label, y_range=(0.0, top), legend=False, counts=True
        )
        heading = say("plots.loss_over_epochs", lang) if title is None else title
        # The article's own key for the range, which Plotly's Python side reads; its JavaScript side reads yaxis.range.
        return Chart(heading, [panel], 600, 400, extra_layout={"yaxis_range": [0.0, top]})

    return draw(build, backend, lang, _WHERE)
