"""What learning rates did: a range test or a sweep as one figure."""

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.plots._chart import Chart, Dash, Level, Line, Mark, Numbers, Panel, Points, Scale, Upright
from chainrule.plots._curves import epochs
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import CLASSES, FAINT, INK, series_color

_WHERE = "plots.learning_rates"
_DASHES: dict[str, Dash] = {"good": "solid", "slow": "dash", "unstable": "dashdot", "diverged": "dot", "flat": "dash"}


def learning_rates(found: Any, *, backend: Backend = "matplotlib", lang: str | None = None) -> Drawing:
    """Learning rates compared: the loss by rate of a range test, or the loss curves of a sweep.

    Args:
        found: what `Trainer.lr_range_test` or `Trainer.lr_sweep` gave.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: for anything else.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> X, y = cr.data.moons(100, noise=0.1, seed=0)
        >>> _ = cr.manual_seed(0)
        >>> trainer = cr.Trainer(nn.MLP([2, 16, 1]), loss=nn.BCEWithLogitsLoss(), seed=0)
        >>> picture = learning_rates(trainer.lr_sweep((X, y), rates=(0.01, 0.00001), epochs=30), backend="plotly")
        >>> [trace["name"] for trace in picture["data"][:2]]
        ['lr 0.01: good', 'lr 1e-05: slow']
    """
    if hasattr(found, "suggestion"):
        return draw(lambda lang: _range_test(found, lang), backend, lang, _WHERE)
    if hasattr(found, "histories"):
        return draw(lambda lang: _sweep(found, lang), backend, lang, _WHERE)
    raise ArgumentError("plots.rates", f"{_WHERE}, argument found", got=type(found).__name__)


def _limits(losses: Numbers, initial: float) -> tuple[float, float]:
    """What is worth looking at: from the least loss to a little above the beginning."""
    finite = losses[np.isfinite(losses)]
    low, high = float(finite.min(initial=initial)), float(initial)
    room = max(1e-12, 0.15 * (high - low))
    return low - room, high + 2 * room


def _range_test(found: Any, lang: str) -> Chart:
    marks: list[Mark] = [
        Points(found.rates, each, FAINT, say("plots.single_run", lang) if run == 0 else None, size=5, opacity=0.6)
        for run, each in enumerate(np.where(np.isfinite(found.each), found.each, np.nan))
    ]
    losses = np.where(np.isfinite(found.losses), found.losses, np.nan)
    marks += [
        Line(found.rates, losses, series_color(0), say("plots.median", lang), symbol="circle"),
        Level(float(found.initial), INK, say("plots.before", lang)),
    ]
    if found.suggestion is not None:
        name = say("plots.suggestion", lang, rate=f"{found.suggestion:.2g}")
        marks.append(Upright(float(found.suggestion), CLASSES[0], name))
    title = say("plots.range_test", lang) if found.suggestion is not None else say("plots.range_test_open", lang)
    low, high = _limits(found.losses, found.initial)
    panel = Panel(
        marks,
        x_label=say("plots.learning_rate", lang),
        y_label=say("plots.loss", lang),
        x_scale="log",
        y_range=(low, high),
    )
    return Chart(title, [panel], 900, 500)


def _sweep(found: Any, lang: str) -> Chart:
    marks: list[Mark] = []
    for place, (rate, history, state) in enumerate(zip(found.rates, found.histories, found.states, strict=True)):
        losses = np.array(history["loss"], dtype=np.float64)
        name = f"lr {rate:g}: " + say(f"plots.state_{state}", lang)
        marks.append(Line(epochs(history, losses), losses, series_color(place), name, _DASHES.get(state, "solid")))
    marks.append(Level(float(found.initial), INK, say("plots.before", lang)))
    every = np.concatenate([mark.y for mark in marks if isinstance(mark, Line)])
    shown = every[np.isfinite(every) & (every <= 2 * abs(found.initial))]
    wide = shown.size and shown.min() > 0 and found.initial / shown.min() > 50
    scale: Scale = "log" if wide else "linear"
    limits = (float(shown.min()) / 2, 2 * float(found.initial)) if wide else _limits(every, found.initial)
    panel = Panel(
        marks,
        x_label=say("plots.epoch", lang),
        y_label=say("plots.loss", lang),
        y_scale=scale,
        y_range=limits,
        counts=True,
    )
    return Chart(say("plots.sweep", lang), [panel], 900, 500)
