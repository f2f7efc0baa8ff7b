"""How often configurations succeed, and where their failures stop."""

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.plots._chart import Bars, Chart, Level, Line, Mark, Numbers, Panel, Points, Scale, Upright
from chainrule.plots._draw import Backend, Drawing, draw
from chainrule.plots._palette import FAINT, INK, series_color
from chainrule.population.ends import End
from chainrule.population.result import Odds
from chainrule.population.sweep import Sweep

_WHERE = "plots.odds"
_BINS = 40
_SHOWN = 5  # places with a colour of their own
_GOOD, _BAD = series_color(2), "#adb5bd"
_COLORS = tuple(series_color(place) for place in (1, 0, 3, 5, 4))


def odds(
    result: Odds | Sweep | Mapping[str, Odds], *, backend: Backend = "matplotlib", lang: str | None = None
) -> Drawing:
    """The rate of success with its interval, the losses at the end with the places of failures, and the curves.

    Of one configuration: the shares of the seeds, the histogram of their losses, quartiles of the loss over the epochs.
    Of several: the rate of each with its 95 % interval, and the median loss over the epochs.

    Args:
        result: what `cr.odds` gave, with or without `vary`; or several by name, to be compared.
        backend: `"matplotlib"` (default) or `"plotly"`.
        lang: language of the labels, `"en"` or `"zh"`; default the one in force.

    Returns:
        A Matplotlib figure, or a dict for Plotly: `{"data": [...], "layout": {...}}`.

    Raises:
        ArgumentError: for anything else.
        MissingExtraError: when Matplotlib is asked for and not installed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> def build():
        ...     model = nn.MLP([2, 2, 1], activation="tanh", init="lecun_normal")
        ...     return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=0.1))
        >>> found = cr.odds(build, cr.data.xor(), epochs=200, batch_size=4, seeds=20)
        >>> picture = odds(found, backend="plotly")
        >>> [trace["name"] for trace in picture["data"] if "name" in trace][:2]
        ['Success', 'two of four rows answered 0.5']
    """
    if isinstance(result, Odds):
        return draw(lambda lang: _of_one(result, lang), backend, lang, _WHERE)
    several = _named(result)
    return draw(lambda lang: _of_several(several, result, lang), backend, lang, _WHERE)


def _named(result: Sweep | Mapping[str, Odds]) -> dict[str, Odds]:
    """Several results by name.

    Raises:
        ArgumentError: for anything else.
    """
    if isinstance(result, Sweep):
        return {result.name(place): odds for place, odds in enumerate(result.odds)}
    if isinstance(result, Mapping) and result and all(isinstance(odds, Odds) for odds in result.values()):
        return {str(name): odds for name, odds in result.items()}
    raise ArgumentError("plots.no_odds", f"{_WHERE}, argument result", got=type(result).__name__)


# --- one configuration ----------------------------------------------------------------------------------------------


def _of_one(found: Odds, lang: str) -> Chart:
    low, high = (f"{bound:.1%}" for bound in found.interval)
    count, seeds = f"{int(found.successes.sum()):,}", f"{len(found.seeds):,}"
    title = say("population.rate", lang, count=count, seeds=seeds, rate=f"{found.rate:.1%}", low=low, high=high)
    panels = [_shares(found, lang), _losses(found, lang), _curves(found, lang)]
    return Chart(title, panels, 1400, 520, 3, legend_below=True)


def _shares(found: Odds, lang: str) -> Panel:
    """Successes and the places of failures as shares of all seeds."""
    low, high = found.interval
    shown, rest = found.ends[:_SHOWN], found.ends[_SHOWN:]
    bars = [(say("plots.odds_success", lang), found.rate, _GOOD)]
    bars += [(end.what.words(lang), end.rate, color) for end, color in zip(shown, _COLORS, strict=False)]
    if rest:
        bars.append((say("plots.odds_elsewhere", lang), sum(end.rate for end in rest), _BAD))
    marks: list[Mark] = [
        Bars(_one(place), _one(share), 0.8, color, name) for place, (name, share, color) in enumerate(bars)
    ]
    marks.append(Line(np.zeros(2), np.array([low, high]), INK, say("plots.odds_interval", lang)))
    places = np.arange(float(len(bars)))
    tops = np.array([max(share, high if place == 0 else 0.0) for place, (_, share, _) in enumerate(bars)])
    texts = [f"{share:.1%}" for _, share, _ in bars]
    marks.append(Points(places, tops, INK, size=1.0, opacity=0.0, texts=texts))
    room = (-0.6, len(bars) - 0.4), (0.0, 1.12 * float(tops.max()))
    return Panel(marks, say("plots.odds_share", lang), x_range=room[0], y_range=room[1], ticks=False)


def _losses(found: Odds, lang: str) -> Panel:
    """The histogram of the losses, successes before failures, with the places of failures as lines."""
    finite = np.isfinite(found.losses)
    edges = np.histogram_bin_edges(found.losses[finite], bins=_BINS) if finite.any() else np.array([0.0, 1.0])
    middles, width = (edges[:-1] + edges[1:]) / 2, float(edges[1] - edges[0])
    every, good = (
        np.histogram(found.losses[part], edges)[0].astype(np.float64) for part in (finite, finite & found.successes)
    )
    marks: list[Mark] = [
        Bars(middles, every, width, _BAD, say("plots.odds_failure", lang)), Bars(middles, good, width, _GOOD)
    ]
    marks += [Upright(end.loss, color) for end, color in _known(found.ends)]
    if found.best_constant is not None and edges[0] <= found.best_constant <= edges[-1]:
        name = say("plots.best_constant", lang, value=found.best_constant)
        marks.append(Upright(found.best_constant, FAINT, name, "dashdot"))
    heading = say("plots.odds_losses", lang)
    return Panel(marks, heading, say("plots.loss", lang), say("plots.odds_seeds", lang))


def _curves(found: Odds, lang: str) -> Panel:
    """Quartiles of the loss over the epochs, with the places of failures as lines."""
    low, middle, high = np.where(np.isfinite(found.curves), found.curves, np.nan)
    at = found.curve_epochs.astype(np.float64)
    blue = series_color(0)
    marks: list[Mark] = [
        Line(at, low, blue, say("plots.odds_quarters", lang), "dash", 1.4),
        Line(at, middle, blue, say("plots.odds_median", lang), width=2.2),
        Line(at, high, blue, None, "dash", 1.4),
    ]
    marks += [Level(end.loss, color, dash="dot") for end, color in _known(found.ends)]
    epoch, loss = say("plots.epoch", lang), say("plots.loss", lang)
    return Panel(marks, say("plots.odds_curves", lang), epoch, loss, y_scale=_scale(found.curves), counts=True)


def _known(ends: Sequence[End]) -> list[tuple[End, str]]:
    """The places with a colour and a loss."""
    return [(end, color) for end, color in zip(ends, _COLORS, strict=False) if np.isfinite(end.loss)]


# --- several --------------------------------------------------------------------------------------------------------


def _of_several(found: Mapping[str, Odds], result: object, lang: str) -> Chart:
    x, scale, label = _places(result, len(found))
    rates: list[Mark] = []
    curves: list[Mark] = []
    for place, (name, odds) in enumerate(found.items()):
        at, color = np.array([x[place]]), series_color(place)
        interval = say("plots.odds_interval", lang) if place == 0 else None
        rates += [
            Line(np.repeat(at, 2), np.array(odds.interval), FAINT, interval),
            Points(at, _one(odds.rate), color, size=10.0, opacity=1.0),
        ]
        middle = np.where(np.isfinite(odds.curves[1]), odds.curves[1], np.nan)
        curves.append(Line(odds.curve_epochs.astype(np.float64), middle, color, name))
    every = np.concatenate([odds.curves[1] for odds in found.values()])
    share, median = say("plots.odds_share_success", lang), say("plots.odds_median", lang)
    panels = [
        Panel(rates, share, label, share, x_scale=scale, x_range=_around(x, scale), y_range=(-0.03, 1.08),
              counts=not label),
        Panel(curves, median, say("plots.epoch", lang), say("plots.loss", lang), y_scale=_scale(every), counts=True),
    ]
    return Chart(say("plots.odds_several", lang), panels, 1200, 520, 2, legend_below=True)


def _places(result: object, count: int) -> tuple[list[float], Scale, str]:
    """Where the results stand: at their own number where it is one number that differs, else side by side."""
    if isinstance(result, Sweep) and len(result.settings[0]) == 1:
        (name,) = result.settings[0]
        values = [settings[name] for settings in result.settings]
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            wide = min(values) > 0 and max(values) > 20 * min(values)
            return [float(value) for value in values], "log" if wide else "linear", name
    return [float(place) for place in range(1, count + 1)], "linear", ""


def _around(x: Sequence[float], scale: Scale) -> tuple[float, float]:
    """The range of an axis with room at both ends."""
    low, high = min(x), max(x)
    if scale == "log":
        return low / 1.6, high * 1.6
    room = 0.1 * (high - low) or max(0.5, abs(low) / 2)
    return low - room, high + room


def _scale(losses: Numbers) -> Scale:
    """Logarithmic where losses are above 0 and far apart."""
    finite = losses[np.isfinite(losses)]
    return "log" if len(finite) and finite.min() > 0 and finite.max() > 30 * finite.min() else "linear"


def _one(value: float) -> Numbers:
    return np.array([value], dtype=np.float64)
