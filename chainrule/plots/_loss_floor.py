"""The loss against the least that its targets allow: 0.108 can be almost perfect."""

import numpy as np

from chainrule.language import say
from chainrule.plots._chart import Chart, Level, Line, Mark, Panel
from chainrule.plots._curves import curves, epochs
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import FAINT, INK, series_color
from chainrule.train.bounds import bounds

_WHERE = "plots.loss_floor"


def loss_floor(
    run: object,
    loss: object,
    targets: object,
    *,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """The loss between its floor and the best constant, and beside it what is left above the floor.

    The floor is the least loss that any network can have on these targets: 0 for hard targets, for
    soft ones their mean entropy. The best constant is the best answer that is the same for every row.

    Args:
        run: a History, a mapping with `"loss"`, or the losses alone, one number an epoch.
        loss: the loss that was trained: a module such as `nn.BCELoss()`, or its name as in `bounds`.
        targets: what was trained on, as the loss takes it.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: for a loss whose floor is not known.
        DataError: when there is no loss to draw, or the targets are not what the loss takes.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = loss_floor([0.7, 0.3, 0.108], "bce", [0.0, 0.85, 1.0, 0.0], backend="plotly")
        >>> [trace["name"] for trace in picture["data"]]
        ['Training Loss', 'Floor: 0.1057', 'Best constant: 0.6903', 'Training Loss − floor: 0.002323']
    """
    found = curves(run, _WHERE)
    limits = bounds(loss, targets)
    shown = [
        (key, words, series_color(place))
        for place, (key, words) in enumerate((("loss", "plots.training_loss"), ("val_loss", "plots.validation_loss")))
        if key in found
    ]

    def build(lang: str) -> Chart:
        losses: list[Mark] = []
        above: list[Mark] = []
        for key, words, color in shown:
            values, name = found[key], say(words, lang)
            left = values - limits.floor
            losses.append(Line(epochs(values), values, color, name))
            # A logarithm shows what is above 0 only; rounding can end a hair below the floor.
            rest = np.where(left > 0, left, np.nan)
            above.append(Line(epochs(values), rest, color, say("plots.above_floor", lang, name=name, value=left[-1])))
        losses += [
            Level(limits.floor, INK, say("plots.floor", lang, value=limits.floor)),
            Level(limits.best_constant, FAINT, say("plots.best_constant", lang, value=limits.best_constant), "dashdot"),
        ]
        epoch, loss_word = say("plots.epoch", lang), say("plots.loss", lang)
        gap = say("plots.loss_minus_floor", lang)
        panels = [Panel(losses, loss_word, epoch, loss_word), Panel(above, gap, epoch, gap, y_scale="log")]
        return Chart(say("plots.loss_floor", lang), panels, 1000, 450, 2)

    return draw(build, backend, lang, _WHERE)
