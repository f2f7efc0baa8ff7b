"""From lines to rows of cells: delimiter, quotes, header, and rows of one width."""

import csv
import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from chainrule.errors import ArgumentError, FileError

DELIMITERS = (",", ";", "\t", "|")
LOOK = 20
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


class Row(NamedTuple):
    """One row of cells and the line on which it ends."""

    line: int
    cells: list[str]


class Rows:
    """The rows of a delimited text, with the names of its columns; iterate once.

    Args:
        text: the lines.
        path: name of the file, for errors.
        delimiter: the character between cells; default is told from the first lines.
        header: whether the first row holds names; default is told from the first rows: it holds data when some
            cell of it is a number, unless a word stands above numbers.

    Attributes:
        names: names of the columns; `column 1`, `column 2`, … without a header.
        delimiter: the character between cells.
        header: whether the first row holds names.

    Raises:
        FileError: for an empty file, names that are empty or occur twice, unreadable quotes.
        ArgumentError: for a delimiter that is not one character.
    """

    def __init__(self, text: Iterator[str], path: Path, delimiter: str | None, header: bool | None) -> None:
        self._path = path
        head = list(islice(text, LOOK))
        if not any(line.strip() for line in head):
            head += [line for line in text if line.strip()][:1]
        if not head or not any(line.strip() for line in head):
            raise FileError("csv.empty", str(path))
        self.delimiter = _delimiter(head, path, delimiter)
        self._rows = self._cells(chain(head, text), self.delimiter)
        first = next(self._rows)
        self._width = len(first.cells)
        if self._width < 2:
            raise FileError("csv.one_column", f"{path}, line {first.line}", got=repr(first.cells[0][:60]))
        ahead = list(islice(self._rows, LOOK))
        if header is None:
            header = _is_header(first.cells, [row.cells for row in ahead])
        self.header = header
        self.names = self._named(first) if header else [f"column {j + 1}" for j in range(self._width)]
        self._rows = chain(ahead if header else [first, *ahead], self._rows)

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            if len(row.cells) != self._width:
                where = f"{self._path}, line {row.line}"
                raise FileError("csv.ragged", where, got=len(row.cells), expected=self._width)
            yield row

    def _cells(self, text: Iterator[str], delimiter: str) -> Iterator[Row]:
        reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
        try:
            for cells in reader:
                if len(cells) > 1 or (cells and cells[0].strip()):
                    yield Row(reader.line_num, cells)
        except csv.Error as error:
            where = f"{self._path}, line {reader.line_num}"
            raise FileError("csv.quotes", where, reason=str(error)) from None

    def _named(self, first: Row) -> list[str]:
        names = [cell.strip() for cell in first.cells]
        where = f"{self._path}, line {first.line}"
        places: dict[str, int] = {}
        for j, name in enumerate(names, start=1):
            if not name:
                raise FileError("csv.empty_name", f"{where}, column {j}")
            if places.setdefault(name, j) != j:
                raise FileError("csv.same_name", f"{where}, column {j}", got=repr(name), other=places[name])
        return names


def _delimiter(head: list[str], path: Path, asked: str | None) -> str:
    if asked is not None:
        if not isinstance(asked, str) or len(asked) != 1 or asked in '\r\n"':
            raise ArgumentError("csv.delimiter", "read_csv, argument delimiter", got=repr(asked))
        return asked
    best, found = (0.0, 0), ""
    for candidate in DELIMITERS:
        widths = _widths(head, candidate)
        if widths and widths[0] > 1:
            score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
            if score > best:
                best, found = score, candidate
    if not found:
        line = next(i for i, text in enumerate(head) if text.strip())
        raise FileError("csv.one_column", f"{path}, line {line + 1}", got=repr(head[line].strip()[:60]))
    return found


def _widths(head: list[str], delimiter: str) -> list[int]:
    widths = []
    try:
        for cells in csv.reader(head, delimiter=delimiter, skipinitialspace=True):
            widths += [len(cells)] if any(cell.strip() for cell in cells) else []
    except csv.Error:
        return widths  # reading on will name the line
    return widths[:-1] if len(head) == LOOK and len(widths) > 1 else widths  # the last may be half a quoted row


def _is_header(first: list[str], below: list[list[str]]) -> bool:
    if not any(NUMBER.fullmatch(cell) for cell in first):
        return True
    for j, word in enumerate(cell.strip() for cell in first):
        cells = [row[j].strip() for row in below if len(row) > j]
        above_numbers = any(NUMBER.fullmatch(cell) for cell in cells)
        if word and not NUMBER.fullmatch(word) and (above_numbers or (cells and word not in cells)):
            return True
    return False
