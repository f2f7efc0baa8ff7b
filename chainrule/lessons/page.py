"""How a lesson is written down: titles, paragraphs from the catalogue, tables, rates with their intervals."""

import re
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from chainrule.language import say
from chainrule.metrics.intervals import wilson_interval

WIDTH = 96


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Page:
    """A lesson being written, line by line.

    Args:
        write: takes one line at a time.
    """

    def __init__(self, write: Callable[[str], Any]) -> None:
        self.write = write

    def title(self, key: str, **values: object) -> None:
        """A heading."""
        text = say(key, None, **values)
        self.write("")
        self.write(text)
        self.write("-" * cells(text))

    def text(self, key: str, **values: object) -> None:
        """A paragraph, broken to fit."""
        for line in _wrapped(say(key, None, **values)):
            self.write(line)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table; headings are keys of the catalogue; numbers are set to the right, words to the left."""
        lines = [[say(key) for key in headings], *([str(cell) for cell in row] for row in rows)]
        widths = [max(cells(line[i]) for line in lines) for i in range(len(headings))]
        left = [any(_is_word(line[i]) for line in lines[1:]) for i in range(len(headings))]
        for number, line in enumerate(lines):
            parts = [_padded(*column) for column in zip(line, widths, left, strict=True)]
            self.write("  " + "   ".join(parts).rstrip())
            if number == 0:
                self.write("  " + "   ".join("-" * width for width in widths))

    def rate(self, successes: int, trials: int) -> str:
        """`57.0 % (46.8-66.6 %)`: a share with the interval of the rate behind it."""
        low, high = wilson_interval(successes, trials)
        return f"{successes / trials:.1%} ({low:.1%} - {high:.1%})"


def _is_word(cell: str) -> bool:
    return not (cell[:1].isdigit() or cell[:1] in ("-", "<", ">"))


def _padded(text: str, width: int, left: bool) -> str:
    space = " " * (width - cells(text))
    return text + space if left else space + text


def _wrapped(text: str) -> list[str]:
    if all(cells(c) == 1 for c in text):
        return textwrap.wrap(text, WIDTH, subsequent_indent="  " if text.startswith("* ") else "")
    lines, line = [], ""
    for piece in re.findall(r"[!-~]+|.", text):  # Chinese breaks anywhere but before a closing mark, other words do not
        if cells(line + piece) > WIDTH and piece not in "，。；：、！？）》」":
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line]
