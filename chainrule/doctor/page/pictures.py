"""The pictures of a report as SVG text: loss curves with their yardsticks, an experiment seed by seed."""

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, isfinite, log10

import numpy as np
from numpy.typing import NDArray

from chainrule.language import say

Numbers = NDArray[np.float64]
WIDE = 640
LEFT, RIGHT = 64, 16
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9")  # those of cr.plots
BEFORE, AFTER = "#d55e00", "#0072b2"
NOTHING = 1e-9  # a floor so low is none
FAR = 30.0  # times the least: losses so far apart stand on a logarithmic axis


class Axis:
    """From numbers to places along a line; logarithmic where they are above 0 and far apart.

    Args:
        numbers: all that must have a place.
        start: place of the least.
        end: place of the largest.
        always_linear: for numbers of epochs.
    """

    def __init__(self, numbers: Sequence[float], start: float, end: float, *, always_linear: bool = False) -> None:
        kept = [number for number in numbers if isfinite(number)] or [0.0, 1.0]
        low, high = min(kept), max(kept)
        self.log = not always_linear and low > 0 and high > FAR * low
        if not self.log and not always_linear and 0 <= low < 0.3 * high:
            low = 0.0
        if high <= low:
            low, high = low - 0.5, high + 0.5
        self.low, self.high, self.start, self.end = low, high, start, end

    def at(self, number: float) -> float:
        """The place of a number; of one beyond the ends the end."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        share = (self._scaled(min(max(number, self.low), self.high)) - low) / (high - low)
        return self.start + share * (self.end - self.start)

    def _scaled(self, number: float) -> float:
        return log10(number) if self.log else number

    @property
    def ticks(self) -> list[float]:
        """A few round numbers."""
        if self.log:
            first, last = floor(log10(self.low)), floor(log10(self.high)) + 1
            every = max(1, (last - first) // 5)
            found = [10.0**power for power in range(first, last + 1, every) if self.low <= 10.0**power <= self.high]
            return found if len(found) > 1 else [self.low, self.high]
        raw = (self.high - self.low) / 4
        size = 10.0 ** floor(log10(raw))
        step = next(size * part for part in (1, 2, 2.5, 5, 10) if size * part >= raw)
        first = int(np.ceil(self.low / step - 1e-9))
        return [step * place for place in range(first, int(np.floor(self.high / step + 1e-9)) + 1)]


def curves(lines: Mapping[str, Sequence[float]], levels: Mapping[str, float], last: int, lang: str | None) -> str:
    """Losses over the epochs, one line a name; levels as dashed lines with their names.

    Args:
        lines: name to losses, evenly spread over the epochs; the number of a seed is not written beside its line.
        levels: name to loss.
        last: number of the last epoch.
        lang: of the words.
    """
    high = 260
    every = [loss for losses in lines.values() for loss in losses]
    levels = _near(levels, every)
    x = Axis([0.0, float(max(last, 1))], LEFT, WIDE - RIGHT, always_linear=True)
    y = Axis([*every, *levels.values()], high - 34, 22)
    parts = _grid(x, y, high, say("plots.epoch", lang))
    for place, (name, losses) in enumerate(lines.items()):
        colour = COLOURS[place % len(COLOURS)]
        spread = np.linspace(0, last, len(losses)).tolist() if len(losses) > 1 else [0.0]
        for run in _finite(spread, losses):
            at = " ".join(f"{x.at(a):.1f},{y.at(b):.1f}" for a, b in run)
            parts.append(f'<polyline points="{at}" fill="none" stroke="{colour}" stroke-width="1.6" opacity="0.85"/>')
        broken = next((place for place, loss in enumerate(losses) if not isfinite(loss)), None)
        if broken is not None:
            parts.append(_word(x.at(spread[broken]), 12, "∞", colour, "middle"))
        if not name.isdigit():
            parts.append(_word(LEFT + 8 + 110 * place, 12, name, colour))
    used: list[float] = []
    for name, level in levels.items():
        high_up = y.at(level)
        parts.append(f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{high_up:.1f}" y2="{high_up:.1f}" class="level"/>')
        above = high_up - 5 if all(abs(high_up - other) > 16 for other in used) and high_up > 24 else high_up + 14
        used.append(high_up)
        parts.append(_word(WIDE - RIGHT - 2, above, f"{name} {level:.4g}", "", "end"))
    return _svg(high, parts, say("doctor.page_curves", lang))


def pairs(before: Numbers, after: Numbers, levels: Mapping[str, float], lang: str | None) -> str:
    """Each seed's loss without a change and with it, joined by a line; what diverged stands at the right edge as ∞."""
    row = 24
    high = 40 + row * len(before) + 34
    every = [*before.tolist(), *after.tolist()]
    levels = _near(levels, every)
    x = Axis([*every, *levels.values()], LEFT + 20, WIDE - RIGHT - 24)
    parts = []
    for tick in x.ticks:
        at = x.at(tick)
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="30" y2="{high - 34}" class="grid"/>')
        parts.append(_word(at, high - 20, f"{tick:.3g}", "", "middle"))
    for name, level in levels.items():
        at = x.at(level)
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="30" y2="{high - 34}" class="level"/>')
        parts.append(_word(at, 24, name, "", "start" if at < WIDE / 2 else "end"))
    for seed, (one, other) in enumerate(zip(before.tolist(), after.tolist(), strict=True)):
        y = 44 + row * seed
        start, end = (x.at(loss) if isfinite(loss) else WIDE - RIGHT - 12 for loss in (one, other))
        parts.append(_word(LEFT + 4, y + 4, say("doctor.page_seed", lang, seed=seed), "", "end"))
        parts.append(f'<line x1="{start:.1f}" x2="{end:.1f}" y1="{y}" y2="{y}" class="way"/>')
        for place, loss, colour in ((start, one, BEFORE), (end, other, AFTER)):
            if isfinite(loss):
                told = f"<title>{loss:.4g}</title>"
                parts.append(f'<circle cx="{place:.1f}" cy="{y}" r="5.5" fill="{colour}">{told}</circle>')
            else:
                parts.append(_word(place, y + 5, "∞", colour, "middle"))
    middle = high - 4
    parts.append(f'<circle cx="{LEFT + 26}" cy="{middle - 4}" r="4.5" fill="{BEFORE}"/>')
    parts.append(_word(LEFT + 36, middle, say("doctor.page_before", lang), BEFORE))
    parts.append(f'<circle cx="{LEFT + 176}" cy="{middle - 4}" r="4.5" fill="{AFTER}"/>')
    parts.append(_word(LEFT + 186, middle, say("doctor.page_after", lang), AFTER))
    parts.append(_word(WIDE - RIGHT, middle, say("plots.loss", lang), "", "end"))
    return _svg(high + 4, parts, say("doctor.page_experiment", lang))


def _near(levels: Mapping[str, float], losses: Sequence[float]) -> dict[str, float]:
    """The levels that can stand beside losses: on a logarithmic axis 0, or one far beneath them, has no place."""
    axis = Axis(losses, 0.0, 1.0)
    least = axis.low / FAR if axis.log else -np.inf
    return {name: 0.0 if abs(level) < NOTHING else level for name, level in levels.items() if level >= least}


def _finite(x: Sequence[float], y: Sequence[float]) -> list[list[tuple[float, float]]]:
    """The stretches between numbers that are not finite."""
    found: list[list[tuple[float, float]]] = [[]]
    for a, b in zip(x, y, strict=True):
        if isfinite(b):
            found[-1].append((a, b))
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def _grid(x: Axis, y: Axis, high: int, label: str) -> list[str]:
    parts = []
    for tick in y.ticks:
        at = y.at(tick)
        parts.append(f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" class="grid"/>')
        parts.append(_word(LEFT - 6, at + 4, f"{tick:.3g}", "", "end"))
    whole = [tick for tick in x.ticks if tick == round(tick)]
    parts += [_word(x.at(tick), high - 18, f"{tick:.0f}", "", "middle") for tick in whole]
    parts.append(_word(WIDE - RIGHT, high - 3, label, "", "end"))
    return parts


def _word(x: float, y: float, text: str, colour: str, anchor: str = "start") -> str:
    paint = f' style="fill:{colour}"' if colour else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{paint}>{escape(text)}</text>'


def _svg(high: float, parts: Sequence[str], label: str) -> str:
    inside = "".join(parts)
    return f'<svg viewBox="0 0 {WIDE} {high:.0f}" role="img" aria-label="{escape(label)}">{inside}</svg>'
