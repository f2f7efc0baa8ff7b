"""The curves of a training run: loss and metrics, in training and validation, with what they can be measured by."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.plots._chart import Chart, Level, Line, Mark, Numbers, Panel, Scale, Upright
from chainrule.plots._curves import curves, epochs, remembered
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import FAINT, INK, series_color

_WHERE = "plots.history"
_BESIDE = ("lr", "epoch", "epochs", "step", "steps", "seconds", "time")  # recorded, but not what is learnt
_METRICS = {"loss": "plots.loss", "accuracy": "plots.accuracy"}
_IN_TRAINING = {"loss": "plots.training_loss", "accuracy": "plots.training_accuracy"}
_IN_VALIDATION = {"loss": "plots.validation_loss", "accuracy": "plots.validation_accuracy"}


def history(
    run: object,
    *,
    show: Sequence[str] | None = None,
    floor: float | None = None,
    best_constant: float | None = None,
    yardsticks: bool = True,
    scale: Scale = "linear",
    title: str | None = None,
    backend: Backend = "matplotlib",
    lang: str | None = None,
) -> Drawing:
    """Training and validation curves of the loss and of every metric, one panel each.

    The best epoch is marked: the History's own `best_epoch`, else that of the lowest validation loss.

    Args:
        run: a History, a mapping of names to numbers (`"loss"`, `"val_loss"`, `"accuracy"` …), or
            the losses alone, one number an epoch.
        show: names of the panels, for example `["loss"]`; default all that were recorded.
        floor: the least loss that these targets allow, drawn as a line; default the History's own,
            where it is above 0.
        best_constant: the loss of the best answer that is the same for every row, drawn as a line;
            default the History's own.
        yardsticks: False leaves out the History's own floor and best constant.
        scale: of the loss, `"linear"` (default) or `"log"`.
        title: over the picture; default "Training History".
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: when `show` names what was not recorded, or `scale` is another one.
        DataError: when nothing was recorded.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> picture = history({"loss": [2.0, 1.0], "val_loss": [2.1, 1.5]}, backend="plotly")
        >>> [trace["name"] for trace in picture["data"]]
        ['Training Loss', 'Validation Loss']
    """
    found = curves(run, _WHERE)
    wanted = [name for name in found if _base(name) == name and name not in _BESIDE]
    wanted += [_base(name) for name in found if _base(name) not in (*wanted, *_BESIDE)]
    if show is not None:
        unknown = [name for name in show if name not in found and f"val_{name}" not in found]
        if unknown or not show:
            raise ArgumentError("plots.show", f"{_WHERE}, argument show", got=list(show), known=list(found))
        wanted = list(show)
    if scale not in ("linear", "log"):
        raise ArgumentError("plots.scale", f"{_WHERE}, argument scale", got=repr(scale))
    best = _best_epoch(run, found)
    if yardsticks:
        own = remembered(run, "floor")
        if floor is None and own is not None and own > 1e-9:  # a floor of 0 says nothing
            floor = own
        best_constant = remembered(run, "best_constant") if best_constant is None else best_constant

    def build(lang: str) -> Chart:
        levels: list[Mark] = []
        if floor is not None:
            levels.append(Level(floor, INK, say("plots.floor", lang, value=floor)))
        if best_constant is not None:
            levels.append(Level(best_constant, FAINT, say("plots.best_constant", lang, value=best_constant), "dashdot"))
        panels = []
        for name in wanted:
            marks = _lines(run, name, found, lang)
            marks += levels if name == "loss" else []
            if best is not None:
                marks.append(Upright(float(best), series_color(2), say("plots.best_epoch", lang, epoch=best)))
            label = say(_METRICS[name], lang) if name in _METRICS else name
            panels.append(
                Panel(
                    marks,
                    title=label,
                    x_label=say("plots.epoch", lang),
                    y_label=label,
                    y_scale=scale if name == "loss" else "linear",
                    counts=True,
                )
            )
        heading = say("plots.history", lang) if title is None else title
        columns = min(2, len(panels))
        if len(panels) == 1:
            panels = [_untitled(panels[0])]
        rows = -(-len(panels) // columns)
        return Chart(heading, panels, 1000, 500 if rows == 1 else 380 * rows, columns)

    return draw(build, backend, lang, _WHERE)


def _base(name: str) -> str:
    return name.removeprefix("val_")


def _untitled(panel: Panel) -> Panel:
    return replace(panel, title="")


def _best_epoch(run: object, found: dict[str, Numbers]) -> int | None:
    own = remembered(run, "best_epoch")
    if own is not None:
        return int(own)
    validation = found.get("val_loss")
    if validation is None or not np.isfinite(validation).any():
        return None
    return int(np.nanargmin(validation))


def _lines(run: object, name: str, found: dict[str, Numbers], lang: str) -> list[Mark]:
    marks: list[Mark] = []
    for key, words, other, place in (
        (name, _IN_TRAINING, "plots.training_metric", 0),
        (f"val_{name}", _IN_VALIDATION, "plots.validation_metric", 1),
    ):
        if key in found:
            called = say(words[name], lang) if name in words else say(other, lang, name=name)
            values = found[key]
            symbol = "circle" if len(values) == 1 else None  # one epoch is a point, not a line
            marks.append(Line(epochs(run, values), values, series_color(place), called, symbol=symbol))
    return marks
