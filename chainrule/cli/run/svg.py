"""Small pictures as SVG text: lines over epochs, points, bars. Everything they need stands in them."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

WIDE, HIGH, EDGE = 560, 240, 46
COLOURS = ("#0b6e99", "#d1495b", "#6a994e", "#8d6a9f")
Numbers = NDArray[np.float64]


def curves(lines: Mapping[str, Sequence[float]], levels: Mapping[str, float]) -> str:
    """Curves over their places, and levels as dashed lines; numbers that are not finite are left out."""
    kept = {name: np.asarray(values, np.float64) for name, values in lines.items()}
    every = np.concatenate([*kept.values(), np.array(list(levels.values()), np.float64)])
    across = max(2, *(len(values) for values in kept.values())) - 1
    frame = _Frame(0.0, float(across), *_ends(every))
    parts = []
    for place, (name, values) in enumerate(kept.items()):
        points = [frame.at(x, y) for x, y in enumerate(values.tolist()) if np.isfinite(y)]
        colour = COLOURS[place % len(COLOURS)]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{_points(points)}"/>')
        parts.append(_word(EDGE + 8 + 130 * place, 14, name, colour))
    for name, level in levels.items():
        (x, y), (end, _) = frame.at(0.0, level), frame.at(float(across), level)
        level_line = _points([(x, y), (end, y)])
        parts.append(f'<polyline fill="none" stroke="#777" stroke-dasharray="5 4" points="{level_line}"/>')
        parts.append(_word(end - 4, y - 4, name, "#555", anchor="end"))
    return frame.picture(parts)


def points(x: Numbers, y: Numbers, *, diagonal: bool = False) -> str:
    """Points, and the line on which both are equal."""
    both = np.concatenate([x, y])
    frame = _Frame(*_ends(both), *_ends(both)) if diagonal else _Frame(*_ends(x), *_ends(y))
    parts = []
    if diagonal:
        low, high = _ends(both)
        one, two = frame.at(low, low), frame.at(high, high)
        parts.append(f'<polyline fill="none" stroke="#777" stroke-dasharray="5 4" points="{_points([one, two])}"/>')
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        at = frame.at(a, b)
        parts.append(f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="2" fill="{COLOURS[0]}" fill-opacity="0.5"/>')
    return frame.picture(parts)


def course(values: Numbers, best: Numbers, filled: NDArray[np.bool_]) -> str:
    """Values one after the other, those that count as filled points, and a line of the best so far."""
    frame = _Frame(0.0, float(max(1, len(values) - 1)), *_ends(np.concatenate([values, best])))
    line = _points([frame.at(x, y) for x, y in enumerate(best.tolist())])
    parts = [f'<polyline fill="none" stroke="{COLOURS[1]}" stroke-width="1.6" points="{line}"/>']
    for x, (y, full) in enumerate(zip(values.tolist(), filled.tolist(), strict=True)):
        at = frame.at(x, y)
        inside = COLOURS[0] if full else "none"
        parts.append(f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="3" fill="{inside}" stroke="{COLOURS[0]}"/>')
    return frame.picture(parts)


def bars(rows: Mapping[str, float]) -> str:
    """Bars to the right, with their names before them and their lengths behind."""
    longest = max((abs(value) for value in rows.values()), default=0.0) or 1.0
    parts = []
    for place, (name, value) in enumerate(rows.items()):
        y = 22 * place + 4
        long = max(0.0, value) / longest * 250
        parts.append(_word(196, y + 12, name if len(name) < 28 else f"{name[:26]}…", "#222", anchor="end"))
        parts.append(f'<rect x="204" y="{y}" width="{long:.1f}" height="15" fill="{COLOURS[0]}"/>')
        parts.append(_word(212 + long, y + 12, f"{value:.3g}", "#555"))
    return _svg(WIDE, 22 * len(rows) + 8, parts)


class _Frame:
    """From numbers to places in a picture."""

    def __init__(self, left: float, right: float, low: float, high: float) -> None:
        self.ends = left, right, low, high

    def at(self, x: float, y: float) -> tuple[float, float]:
        left, right, low, high = self.ends
        return (
            EDGE + (x - left) / (right - left) * (WIDE - EDGE - 10),
            HIGH - 26 - (y - low) / (high - low) * (HIGH - 52),
        )

    def picture(self, parts: list[str]) -> str:
        left, right, low, high = self.ends
        corners = [self.at(left, high), self.at(left, low), self.at(right, low)]
        axes = [f'<polyline fill="none" stroke="#222" points="{_points(corners)}"/>']
        axes += [_word(EDGE - 6, self.at(left, end)[1] + 4, f"{end:.3g}", "#222", anchor="end") for end in (low, high)]
        axes.append(_word(EDGE, HIGH - 10, f"{left:.3g}", "#222"))
        axes.append(_word(WIDE - 10, HIGH - 10, f"{right:.3g}", "#222", anchor="end"))
        return _svg(WIDE, HIGH, [*axes, *parts])


def _ends(values: Numbers) -> tuple[float, float]:
    kept = values[np.isfinite(values)]
    low, high = (float(kept.min()), float(kept.max())) if len(kept) else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _word(x: float, y: float, text: str, colour: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(wide: int, high: int, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return f'<svg viewBox="0 0 {wide} {high}" width="{wide}" font-size="12" role="img">{inside}</svg>'
