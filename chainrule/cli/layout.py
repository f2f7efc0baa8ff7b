"""Text in columns of a terminal, where a Chinese character is as wide as two letters."""

import os
import shutil
from collections.abc import Iterator, Sequence
from unicodedata import combining, east_asian_width

WIDEST = 100
NO_START = frozenset("，。、；：？！）”’》」")  # closing marks stay on the line of what they close


def width(text: str) -> int:
    """How many columns a text takes."""
    return sum(0 if combining(letter) else 1 + _is_wide(letter) for letter in text)


def left(text: str, columns: int) -> str:
    """The text, filled up with spaces behind it."""
    return text + " " * (columns - width(text))


def right(text: str, columns: int) -> str:
    """The text, filled up with spaces before it."""
    return " " * (columns - width(text)) + text


def line_width() -> int:
    """How wide a line may be: that of the terminal, `COLUMNS`, at most 100."""
    return max(40, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns))


def wrap(text: str, columns: int) -> list[str]:
    """The text in lines of at most so many columns, broken at spaces and between Chinese characters."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and width(lines[-1]) + width(piece.rstrip()) > columns:
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return [line.rstrip() for line in lines]


def table(rows: Sequence[Sequence[str]], *, gap: int = 3) -> list[str]:
    """Rows of cells as lines: the first column to the left, the others to the right."""
    widths = [max(width(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        left(row[0], widths[0])
        + "".join(" " * gap + right(cell, wide) for cell, wide in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]


def pairs(rows: Sequence[tuple[str, str]], *, indent: int = 0) -> list[str]:
    """Names and what is said of them, wrapped beside them."""
    first = max(width(name) for name, _ in rows) + 2
    lines = []
    for name, text in rows:
        beside = [part for line in text.split("\n") for part in wrap(line, line_width() - indent - first)]
        lines.append(" " * indent + left(name, first) + beside[0])
        lines += [" " * (indent + first) + more for more in beside[1:]]
    return lines


def bold(text: str, stream: object) -> str:
    """The text in bold, where `stream` is a terminal that shows it: `NO_COLOR`, `FORCE_COLOR`, `TERM` are heeded."""
    if os.environ.get("NO_COLOR"):
        return text
    terminal = bool(getattr(stream, "isatty", bool)()) and os.environ.get("TERM") != "dumb"
    return f"\x1b[1m{text}\x1b[0m" if terminal or os.environ.get("FORCE_COLOR") else text


def _pieces(text: str) -> Iterator[str]:
    """What a line may be broken between: words with the spaces behind them, single Chinese characters."""
    piece = ""
    for letter in text:
        after = piece and (piece[-1] == " " or _is_wide(piece[-1])) and letter != " " and letter not in NO_START
        before = piece and _is_wide(letter) and letter not in NO_START
        if after or before:
            yield piece
            piece = ""
        piece += letter
    if piece:
        yield piece


def _is_wide(letter: str) -> bool:
    return east_asian_width(letter) in "WF"
