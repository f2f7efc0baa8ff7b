"""Arrays as people read them: a few decimals, no powers of ten, the middle of a large one left out."""

from math import floor, log10
from typing import Any

import numpy as np

MOST, LONGEST = 120, 14
"""Of an array with more numbers, or a longer axis, the middle is left out."""


WIDEST = 110


def decimals(array: Any) -> int:
    """How many decimals show at least four digits of the largest number, and no more than ten."""
    numbers = np.abs(np.asarray(array, dtype=np.float64))
    most = float(numbers[np.isfinite(numbers)].max(initial=0.0))
    return 4 if most >= 1 or not most else min(10, max(4, 3 - floor(log10(most))))


def shown(array: Any) -> str:
    """An array as lines of text."""
    return _written(array, decimals(array))


def _written(array: Any, places: int) -> str:
    held = np.asarray(array)
    threshold = 0 if held.size > MOST or max(held.shape, default=0) > LONGEST else MOST
    return np.array2string(
        held, threshold=threshold, max_line_width=110, formatter={"float_kind": lambda x: number(x, places)}
    )


def number(value: Any, places: int | None = None) -> str:
    """One number, with a space where others have a minus."""
    places = decimals(value) if places is None else places
    text = f"{float(value): .{places}f}"
    return f" {text[1:]}" if text[0] == "-" and not text.strip("-0.") else text  # no minus before a zero


def beside(before: Any, after: Any) -> list[str]:
    """Two arrays of one shape side by side, with an arrow between them."""
    places = max(decimals(before), decimals(after))
    change = np.abs(np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64))
    if change.any() and change.max() < 10.0**-places:
        places = min(12, 3 - floor(log10(float(change.max()))))
    lines = [_written(array, places).split("\n") for array in (before, after)]
    if np.size(before) > 1 and not np.any(before):
        return [f"{'0  →  ' if row == 0 else '      '}{line}" for row, line in enumerate(lines[1])]
    width = max(map(len, lines[0]))
    rows = np.shape(before)[0] if np.ndim(before) == 2 else 1
    if len(lines[0]) > rows or 2 * width + 5 > WIDEST:  # rows that run over several lines cannot be read side by side
        return [*lines[0], "→", *lines[1]]
    return [f"{left:<{width}}  →  {right}" for left, right in zip(*lines, strict=False)]
