"""Rows of a table with their types: numbers, seconds since 1970, and the numbers of words."""

from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import FileError
from chainrule.tables import cells
from chainrule.tables.columns import Column
from chainrule.tables.source import Chunk, Ints, Raw, Source

Values = NDArray[Any]
GAP, UNKNOWN = -1, -2  # instead of the number of a word


@dataclass(frozen=True)
class Typed:
    """Some rows.

    Attributes:
        columns: one for each column that is used: (n,) float64 with NaN for gaps, or (n,) int32 numbers of words.
        lines: where each row stands in its source.
    """

    columns: list[Values]
    lines: Ints

    def __len__(self) -> int:
        return len(self.lines)

    def chosen(self, rows: Ints) -> "Typed":
        """Only these rows."""
        return Typed([column[rows] for column in self.columns], self.lines[rows])


def typed(chunk: Chunk, places: list[int], columns: list[Column], source: Source) -> Typed:
    """The cells of a chunk by their types.

    Args:
        chunk: rows.
        places: of the columns in the chunk.
        columns: what they are.
        source: for errors.

    Raises:
        FileError: for a cell that cannot be read as its column says, with its place.
    """
    pairs = zip(places, columns, strict=True)
    return Typed([values(chunk.columns[place], column, chunk.lines, source) for place, column in pairs], chunk.lines)


def values(raw: Raw, column: Column, lines: Ints, source: Source) -> Values:
    """One column by its type.

    Raises:
        FileError: for a cell that is no number, no date, or not finite.
    """
    if column.kind == "category":
        return _words(raw, column)
    if isinstance(raw, np.ndarray):
        if raw.dtype.kind == "M":
            numbers = np.where(np.isnat(raw), np.nan, raw.astype("datetime64[s]").astype(np.float64))
        else:
            numbers = raw
        infinite = np.flatnonzero(np.isinf(numbers))
        if len(infinite):
            raise FileError("csv.not_finite", source.place(int(lines[infinite[0]]), column.name), got="inf")
        return numbers
    found, wrong = cells.read(raw, column.way, frozenset(column.markers))
    for way in _others(column.way) if wrong is not None else ():  # another file may keep another custom throughout
        instead, still = cells.read(raw, way, frozenset(column.markers))
        if still is None:
            return instead
    if wrong is not None:
        place, word = source.place(int(lines[wrong]), column.name), str(raw[wrong]).strip()[:60]
        key = "table.not_number" if column.kind == "number" else "table.not_date"
        raise FileError(key, place, got=repr(word), way=cells.NAMES[column.way])
    return found


def _others(way: int) -> list[int]:
    family = cells.NUMBERS if way & cells.NUMBERS else cells.DATES
    return [other for other in cells.NAMES if other & family and other != way]


def _words(raw: Raw, column: Column) -> Values:
    numbers = {word: number for number, word in enumerate(column.words)}
    if isinstance(raw, np.ndarray):
        raw = [None if isnan(value) else f"{value:.17g}" for value in raw.astype(np.float64).tolist()]
    known: dict[str | None, int] = {}
    for cell in set(raw):
        word = "" if cell is None else cell.strip()
        known[cell] = numbers.get(word, GAP if cells.is_missing(cell) else UNKNOWN)
    return np.fromiter(map(known.__getitem__, raw), np.int32, len(raw))
