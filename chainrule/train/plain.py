"""Numbers and tables for people: never in scientific notation, never more digits than are worth reading."""

from collections.abc import Sequence
from math import floor, isfinite, log10
from unicodedata import east_asian_width

FEWEST, MOST = 4, 10  # decimals


def plain(value: float) -> str:
    """A number with four decimals, or as many as its first four digits need.

    Args:
        value: any number; NaN and infinity are written as such.

    Example:
        >>> plain(0.693147), plain(0.0001078), plain(12345.678), plain(3e-30)
        ('0.6931', '0.0001078', '12345.6780', '0.0000')
    """
    if not isfinite(value):
        return str(float(value))
    decimals = FEWEST
    if value and abs(value) < 1:
        decimals = max(FEWEST, 3 - floor(log10(abs(value))))
    return f"{value:.{decimals if decimals <= MOST else FEWEST}f}"


def duration(seconds: float) -> str:
    """A stretch of time in the units one would say it in.

    Args:
        seconds: how long, at least 0.

    Example:
        >>> duration(0.0123), duration(2.5), duration(75), duration(7384)
        ('12 ms', '2.5 s', '1:15 min', '2:03 h')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    return f"{minutes // 60}:{minutes % 60:02} h"


def table(rows: Sequence[Sequence[str]], left: int = 0) -> list[str]:
    """Rows of cells as lines with aligned columns; Chinese characters are two places wide.

    Args:
        rows: each with as many cells.
        left: how many of the first columns begin at the left; the others end at the right.

    Example:
        >>> table([["layer", "size"], ["a", "10"]], left=1)
        ['layer  size', 'a        10']
    """
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = []
        for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - width_of(cell))
            cells.append(cell + space if place < left else space + cell)
        lines.append("  ".join(cells).rstrip())
    return lines


def width_of(text: str) -> int:
    """How many places a text takes in a terminal.

    Args:
        text: without line breaks.

    Example:
        >>> width_of("loss"), width_of("损失")
        (4, 4)
    """
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
