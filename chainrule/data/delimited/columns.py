"""From rows of cells to columns of numbers, with the place of everything that is no number."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from chainrule.data.delimited.rows import Row

MISSING = frozenset(("", "na", "n/a", "nan", "null", "?"))
CELLS = 200_000  # read and converted at a time


@dataclass(frozen=True)
class Place:
    """A cell that is no number: the line it stands on and what it says."""

    line: int
    cell: str


class Columns:
    """All columns of a table as numbers, where they are numbers.

    Args:
        rows: the rows, all of one width.
        width: how many columns.
        target: the column whose words are kept.

    Attributes:
        values: (n, width) float64; NaN where a cell is missing or its column holds words.
        lines: (n,) int64, the line of each row.
        words: for each column that holds a word, the place of its first.
        gaps: for each column with missing cells, the place of the first.
        targets: the cells of the target column, without the spaces round them.
    """

    def __init__(self, rows: Iterable[Row], width: int, target: int) -> None:
        self._width = width
        self.words: dict[int, Place] = {}
        self.gaps: dict[int, Place] = {}
        self.targets: list[str] = []
        lines = array("q")
        parts = []
        for chunk in _chunks(iter(rows), max(1, CELLS // width)):
            lines.extend(row.line for row in chunk)
            self.targets.extend(row.cells[target].strip() for row in chunk)
            part = None if self.words or self.gaps else self._fast(chunk)
            parts.append(self._by_column(chunk) if part is None else part)
        self.values: NDArray[np.float64] = np.concatenate(parts) if parts else np.zeros((0, width))
        self.lines: NDArray[np.int64] = np.array(lines, np.int64)

    def _fast(self, chunk: list[Row]) -> NDArray[np.float64] | None:
        cells = chain.from_iterable(row.cells for row in chunk)
        try:
            values = np.fromiter(map(float, cells), np.float64, len(chunk) * self._width)
        except ValueError:
            return None
        odd = not np.isfinite(values).all() or any("_" in cell for row in chunk for cell in row.cells)
        return None if odd else values.reshape(len(chunk), self._width)

    def _by_column(self, chunk: list[Row]) -> NDArray[np.float64]:
        values = np.full((len(chunk), self._width), np.nan)
        for j, cells in enumerate(zip(*(row.cells for row in chunk), strict=True)):
            if j in self.words:
                continue
            try:
                column = np.fromiter(map(float, cells), np.float64, len(chunk))
                if np.isfinite(column).all() and not any("_" in cell for cell in cells):
                    values[:, j] = column
                    continue
            except ValueError:
                pass
            self._cell_by_cell(j, cells, chunk, values)
        return values

    def _cell_by_cell(self, j: int, cells: tuple[str, ...], chunk: list[Row], values: NDArray[np.float64]) -> None:
        for i, cell in enumerate(cells):
            if cell.strip().lower() in MISSING:
                self.gaps.setdefault(j, Place(chunk[i].line, cell.strip()))
                continue
            number = as_number(cell)
            if number is None:
                self.words.setdefault(j, Place(chunk[i].line, cell.strip()))
                return
            values[i, j] = number


def as_number(cell: str) -> float | None:
    """The finite number a cell says, with spaces round it allowed; `None` for anything else."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if np.isfinite(number) and "_" not in cell else None


def _chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, size)):
        yield chunk
