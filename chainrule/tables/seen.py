"""What is seen of a column while a table is read for the first time."""

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.tables import cells as reading
from chainrule.tables.cells import NUMBERS, is_missing, readings
from chainrule.tables.source import Chunk, Ints, Raw

MOST = 100_000  # different words that are counted
LEVELS = 1_000  # different numbers that are counted
ALL = NUMBERS | reading.DATES


class Seen:
    """One column.

    Attributes:
        rows: how many.
        missing: how many of them say nothing.
        typed: `"number"` or `"date"` where the source says so itself; else None.
        ways: every way in which all cells can be read that are not missing.
        number_ways: likewise, of the cells that are numbers in some way.
        numbers: how many cells those are.
        words: the different cells, with how many there are of each; None when there are too many.
        unread: cells that are neither number nor date, by how often; the first line of each.
        levels: different numbers, with how many there are of each; None when there are too many.
        whole: whether all numbers are whole.
        counter: whether every row says the number before it and 1.
        letters: characters of all cells of text together.
        infinite: the first line with an infinity; None for none.
        odd: a number that is not written by the custom of those before it, and its line; None for none.
    """

    def __init__(self) -> None:
        self.rows = self.missing = self.numbers = self.letters = 0
        self.typed: str | None = None
        self.ways = self.number_ways = ALL
        self.words: Counter[str] | None = Counter()
        self.unread: dict[str, tuple[int, int]] = {}
        self.levels: dict[float, int] | None = {}
        self.whole = self.counter = True
        self.infinite: int | None = None
        self.odd: tuple[str, int] | None = None
        self._last: float | None = None

    def add(self, column: Raw, lines: Ints) -> None:
        """Look at some more rows."""
        self.rows += len(lines)
        if isinstance(column, np.ndarray):
            self._typed(column, lines)
            return
        values = None if self.unread else reading.as_numbers(column)
        if values is not None:
            text = "".join(column)  # type: ignore[arg-type]  # numbers are no None
            point = "." in text
            self._found(reading.POINT | reading.THOUSANDS | (0 if point else reading.COMMA), len(values))
            if "e" in text or "E" in text:
                self.ways &= ~reading.THOUSANDS
                self.number_ways &= ~reading.THOUSANDS
            self.letters += len(text)
            self._levels(values)
            self._count(Counter(column))
            return
        counts = Counter(column)
        gone = [cell for cell in counts if is_missing(cell)]
        self.missing += sum(counts.pop(cell) for cell in gone)
        self.counter &= not gone
        for cell, count in counts.items():
            assert cell is not None
            ways = readings(cell)
            self.ways &= ways
            self.letters += count * len(cell)
            if ways & NUMBERS:
                self.numbers += count
                self.number_ways &= ways
                if not self.number_ways and self.odd is None:
                    self.odd = (cell.strip(), int(lines[column.index(cell)]))
            elif not ways:
                word = cell.strip()
                if word not in self.unread and len(self.unread) < MOST:
                    self.unread[word] = (0, int(lines[column.index(cell)]))
                if word in self.unread:
                    so_far, line = self.unread[word]
                    self.unread[word] = (so_far + count, line)
        if self.numbers and self.levels is not None:
            way = next((way for way in (reading.POINT, reading.COMMA, reading.THOUSANDS) if self.number_ways & way), 0)
            pairs = [(reading.number(cell, way), count) for cell, count in counts.items() if cell is not None]
            self.whole &= all(value is None or value.is_integer() for value, _ in pairs)
            self.counter = False
            for value, count in pairs:
                if value is not None and self.levels is not None:
                    self._level(value, count)
        self._count(counts)

    def _found(self, ways: int, count: int) -> None:
        self.ways &= ways
        self.number_ways &= ways
        self.numbers += count

    def _typed(self, column: NDArray[Any], lines: Ints) -> None:
        if column.dtype.kind == "M":
            self.typed = "date"
            gaps = np.isnat(column)
            self._levels(column[~gaps].astype(np.int64).astype(np.float64))
        else:
            self.typed = "number"
            gaps = np.isnan(column)
            infinite = np.flatnonzero(np.isinf(column))
            if len(infinite) and self.infinite is None:
                self.infinite = int(lines[infinite[0]])
            self._levels(column[~gaps])
        self.missing += int(gaps.sum())
        self.counter &= not gaps.any()
        self.numbers += len(column) - int(gaps.sum())
        self.words = None

    def _levels(self, values: NDArray[np.float64]) -> None:
        if not len(values):
            return
        self.whole &= bool((values == np.floor(values)).all())
        steps = np.diff(values) if self._last is None else np.diff(values, prepend=self._last)
        self.counter &= bool((steps == 1).all())
        self._last = float(values[-1])
        if self.levels is None:
            return
        found, counts = np.unique(values, return_counts=True)
        if len(found) > LEVELS:
            self.levels = None
            return
        for value, count in zip(found.tolist(), counts.tolist(), strict=True):
            self._level(value, count)

    def _level(self, value: float, count: int) -> None:
        if self.levels is not None:
            self.levels[value] = self.levels.get(value, 0) + count
            if len(self.levels) > LEVELS:
                self.levels = None

    def _count(self, counts: "Counter[str | None]") -> None:
        if self.words is None:
            return
        for cell, count in counts.items():
            assert cell is not None
            self.words[cell.strip()] += count
        if len(self.words) > MOST:
            self.words = None


def look(columns: list[Seen], chunk: Chunk) -> None:
    """Let every column look at its cells of a chunk."""
    for seen, column in zip(columns, chunk.columns, strict=True):
        seen.add(column, chunk.lines)
