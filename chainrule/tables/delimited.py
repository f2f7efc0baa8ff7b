"""A CSV or TSV file as the source of a table."""

from array import array
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from chainrule.data.delimited.lines import lines
from chainrule.data.delimited.rows import Rows
from chainrule.data.opening import opened
from chainrule.tables.source import Chunk

CELLS = 400_000  # in memory at a time, as text


class Delimited:
    """A delimited text file; `delimiter`, `header` and `encoding` as in `tables.read`."""

    def __init__(self, path: Path, delimiter: str | None, header: bool | None, encoding: str) -> None:
        self.path = path
        self.name = str(path)
        self._asked = delimiter, header
        self._encoding = encoding
        with opened(path) as file:
            rows = Rows(lines(file, path, encoding), path, delimiter, header)
            self.names, self.delimiter, self.header = rows.names, rows.delimiter, rows.header

    def chunks(self) -> Iterator[Chunk]:
        """All rows, some thousand at a time."""
        size = max(1, CELLS // len(self.names))
        with opened(self.path) as file:
            rows = iter(Rows(lines(file, self.path, self._encoding), self.path, *self._asked))
            while part := list(islice(rows, size)):
                numbers = np.array(array("q", (row.line for row in part)))
                columns = zip(*(row.cells for row in part), strict=True)
                yield Chunk([list(column) for column in columns], numbers)

    def place(self, line: int, column: str | None = None) -> str:
        """File, line and column."""
        return f"{self.path}, line {line}" + (f", column {column!r}" if column is not None else "")
