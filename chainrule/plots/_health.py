"""How the layers were doing while a network learnt: what `train.Instruments` read, as one picture."""

from dataclasses import replace

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.plots._chart import Chart, Dash, Level, Line, Mark, Numbers, Panel, Scale, Upright
from chainrule.plots._curves import record
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import CLASSES, FAINT, INK, series_color
from chainrule.train.instruments.health import Health

_WHERE = "plots.health"
_SHOWN = 7  # layers with a colour of their own
_USUAL = 1e-3  # of a weight, that a step of a healthy training changes, about
_SIZES = (("activations", None), ("gradients", None), ("updates", _USUAL))


def health(run: object, *, backend: Backend = "matplotlib", lang: str | None = None) -> Drawing:
    """The layers over the steps: activations, gradients, updates, dead and saturated units, noise, and the loss.

    One colour a layer, of more than seven those spread evenly from the first to the last. Steps are on a logarithmic
    axis and counted from 1, for the beginning is looked at most. The first number that is not finite is marked.

    Args:
        run: a History of a fit with `train.Instruments`, a Trainer after it, or its Health.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: for a run whose layers nobody looked at.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, train
        >>> trainer = cr.Trainer(nn.MLP([2, 8, 1]), nn.BCEWithLogitsLoss(), callbacks=[train.Instruments()], seed=0)
        >>> history = trainer.fit(cr.data.moons(100, noise=0.1, seed=0), epochs=50, batch_size=50)
        >>> picture = health(history, backend="plotly")
        >>> [trace["name"] for trace in picture["data"] if trace.get("name")]
        ['layer 0', 'layer 2', 'usual: 0.001 of the weight']
    """
    found = run if isinstance(run, Health) else getattr(record(run), "health", None)
    if not isinstance(found, Health) or not len(found):
        raise ArgumentError("plots.no_health", f"{_WHERE}, argument run", got=type(run).__name__)
    kept = found
    return draw(lambda lang: _chart(kept, lang), backend, lang, _WHERE)


def _chart(found: Health, lang: str) -> Chart:
    steps = found.steps.astype(np.float64) + 1
    count = len(found.layers)
    shown = [round(place) for place in np.linspace(0, count - 1, min(count, _SHOWN))]
    broken = _broken(found, lang)
    ends = 0.9 * float(steps[0]), 1.1 * float(steps[-1])
    loss = [*_line(steps, found.loss, INK)]
    panels = [_panel(loss, say("plots.health_loss", lang), found.loss, broken, lang)]
    for place, (name, usual) in enumerate(_SIZES):
        numbers = found[name]
        marks: list[Mark] = []
        for row, layer in enumerate(shown):
            called = None if place else say("plots.health_layer", lang, path=found.layers[layer]).strip()
            marks += _line(steps, numbers[:, layer], series_color(row), called)
        if usual is not None:
            marks.append(Level(usual, FAINT, say("plots.health_usual", lang, value=usual)))
        panels.append(_panel(marks, say(f"plots.health_{name}", lang), numbers, broken, lang))
    panels += [_shares(found, steps, shown, broken, lang), _noise(found, steps, shown, broken, lang)]
    panels = [replace(panel, x_range=ends) for panel in panels]
    return Chart(say("plots.health", lang), panels, 1400, 760, 3, legend_below=True)


def _shares(found: Health, steps: Numbers, shown: list[int], broken: list[Mark], lang: str) -> Panel:
    """Dead units as solid lines, saturated ones as dashed lines; layers that have neither lie at 0."""
    marks: list[Mark] = []
    kinds: tuple[tuple[str, Dash], ...] = (("dead", "solid"), ("saturated", "dash"))
    for name, dash in kinds:
        numbers = found[name]
        marks += [
            Line(steps, numbers[:, layer], series_color(row), dash=dash)
            for row, layer in enumerate(shown) if dash == "solid" or numbers[:, layer].any()
        ]
    title, step = say("plots.health_units", lang), say("plots.health_step", lang)
    return Panel([*marks, *broken], title, step, x_scale="log", y_range=(-0.03, 1.05))


def _noise(found: Health, steps: Numbers, shown: list[int], broken: list[Mark], lang: str) -> Panel:
    numbers = found["noise"]
    marks = [mark for row, layer in enumerate(shown) for mark in _line(steps, numbers[:, layer], series_color(row))]
    return _panel(marks, say("plots.health_noise", lang), numbers, broken, lang)


def _panel(marks: list[Mark], title: str, numbers: Numbers, broken: list[Mark], lang: str) -> Panel:
    finite = numbers[np.isfinite(numbers)]
    scale: Scale = "log" if (finite > 0).any() and not (finite < 0).any() else "linear"
    if scale == "log":  # which has no place for 0
        marks = [replace(mark, y=np.where(mark.y > 0, mark.y, np.nan)) if isinstance(mark, Line) else mark
                 for mark in marks]
    return Panel([*marks, *broken], title, say("plots.health_step", lang), x_scale="log", y_scale=scale)


def _line(steps: Numbers, numbers: Numbers, color: str, name: str | None = None) -> list[Mark]:
    """With a symbol at each look, so that one between two gaps is seen."""
    return [Line(steps, np.where(np.isfinite(numbers), numbers, np.nan), color, name, symbol="circle", width=1.6)]


def _broken(found: Health, lang: str) -> list[Mark]:
    """A line at the first look that saw a number that is not finite."""
    looks, layers = np.nonzero(found["nonfinite"])
    if not looks.size:
        return []
    step, layer = int(found.steps[looks[0]]), found.layers[layers[0]]
    return [Upright(step + 1.0, CLASSES[0], say("plots.health_broken", lang, step=step, layer=layer))]
