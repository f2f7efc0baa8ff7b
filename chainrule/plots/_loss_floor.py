"""The loss against the least that its targets allow: 0.108 can be almost perfect."""

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.plots._arrays import array
from chainrule.plots._chart import Chart, Level, Line, Mark, Panel
from chainrule.plots._curves import curves, epochs, remembered
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import FAINT, INK, series_color

_WHERE = "plots.loss_floor"


def loss_floor(
    run: object,
    *,
    loss: Any = None,
    targets: object = None,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """The loss between its floor and the best constant, and beside it what is left above the floor.

    The floor is the least loss that any network can have on these targets: 0 for hard targets, for
    soft ones their mean entropy. The best constant is the best answer that is the same for every row.

    Args:
        run: a History, which knows both; or a mapping with `"loss"`, or the losses alone, one number
            an epoch, together with `loss` and `targets`.
        loss: the loss that was trained, a module such as `nn.BCELoss()`.
        targets: what was trained on, as the loss takes it.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: when neither the run nor the loss knows a floor.
        DataError: when there is no loss to draw.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> from chainrule import nn
        >>> targets = [[0.0], [0.85], [1.0], [0.0]]
        >>> picture = loss_floor([0.7, 0.3, 0.108], loss=nn.BCELoss(), targets=targets, backend="plotly")
        >>> [trace["name"] for trace in picture["data"]]
        ['Training Loss', 'Floor: 0.1057', 'Best constant: 0.6903', 'Training Loss − floor: 0.002323']
    """
    found = curves(run, _WHERE)
    floor, constant = _known(run, loss, targets)
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
            left = values - floor
            losses.append(Line(epochs(run, values), values, color, name))
            # A logarithm shows what is above 0 only; rounding can end a hair below the floor.
            rest = np.where(left > 0, left, np.nan)
            above.append(
                Line(epochs(run, values), rest, color, say("plots.above_floor", lang, name=name, value=left[-1]))
            )
        losses += [
            Level(floor, INK, say("plots.floor", lang, value=floor)),
            Level(constant, FAINT, say("plots.best_constant", lang, value=constant), "dashdot"),
        ]
        epoch, loss_word = say("plots.epoch", lang), say("plots.loss", lang)
        gap = say("plots.loss_minus_floor", lang)
        panels = [
            Panel(losses, loss_word, epoch, loss_word, counts=True),
            Panel(above, gap, epoch, gap, y_scale="log", counts=True),
        ]
        return Chart(say("plots.loss_floor", lang), panels, 1000, 450, 2)

    return draw(build, backend, lang, _WHERE)


def _known(run: object, loss: Any, targets: object) -> tuple[float, float]:
    """Floor and best constant, of the loss on the targets, else as the run remembers them."""
    floor, constant = remembered(run, "floor"), remembered(run, "best_constant")
    if targets is not None and hasattr(loss, "floor") and hasattr(loss, "best_constant"):
        goals = array(targets)
        floor, constant = float(loss.floor(goals)), float(loss.best_constant(goals).loss)
    if floor is None or constant is None:
        raise ArgumentError("plots.no_floor", f"{_WHERE}, argument run", got=type(run).__name__)
    return floor if floor > 1e-9 else 0.0, constant  # rounding leaves a trace of what is none
