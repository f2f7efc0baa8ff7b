"""What a table is read from: pieces of rows, column by column, as often as somebody asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.tables.cells import Cells

Ints = NDArray[np.int64]
Raw = Cells | NDArray[Any]
"""A column as it comes: words and text (None where nothing stands), or (n,) float64, or (n,) datetime64[s]."""


@dataclass(frozen=True)
class Chunk:
    """Some rows of a table.

    Attributes:
        columns: one a name, each with as many cells.
        lines: where each row stands in its source, for errors.
    """

    columns: list[Raw]
    lines: Ints

    def __len__(self) -> int:
        return len(self.lines)

    def chosen(self, rows: Ints) -> "Chunk":
        """Only these rows."""
        some = rows.tolist()
        columns: list[Raw] = [
            column[rows] if isinstance(column, np.ndarray) else [column[row] for row in some] for column in self.columns
        ]
        return Chunk(columns, self.lines[rows])


class Source(Protocol):
    """Where a table comes from.

    Attributes:
        name: of the file or frame, for people.
        names: of the columns, in order.
        delimiter: between cells of text; empty where cells have types.
    """

    name: str
    names: list[str]
    delimiter: str

    def chunks(self) -> Iterator[Chunk]:
        """All rows, from the first on; another call begins anew."""
        ...

    def place(self, line: int, column: str | None = None) -> str:
        """A row and a column in words, for errors."""
        ...
