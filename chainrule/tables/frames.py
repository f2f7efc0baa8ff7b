"""A frame of pandas, Polars, PyArrow or another library that narwhals knows, as the source of a table."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.errors import DtypeError, FileError, MissingExtraError
from chainrule.tables.source import Chunk, Raw

ROWS = 200_000


class Frame:
    """A frame in memory; nothing of it is written to.

    Raises:
        DtypeError: for what is no frame, and for a column of lists or other structures.
        FileError: for names that are empty or occur twice.
    """

    delimiter = ""

    def __init__(self, frame: object, where: str) -> None:
        try:
            import narwhals as nw
        except ImportError:
            raise MissingExtraError("table.extra", where, package="narwhals", extra="data") from None
        try:
            found: Any = nw.from_native(frame)
        except Exception:  # noqa: BLE001 - narwhals has several, and pandas' own for names that occur twice
            names = [str(name) for name in getattr(frame, "columns", ())]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise FileError("csv.same_name", where, got=repr(twice), other=names.index(twice) + 1) from None
            raise DtypeError("table.no_frame", where, got=type(frame).__name__) from None
        if isinstance(found, nw.LazyFrame):
            found = found.collect()
        self._frame = found
        self.name = where
        self.names = [str(name) for name in found.columns]

    def chunks(self) -> Iterator[Chunk]:
        """All rows, many at a time."""
        count = len(self._frame)
        for start in range(0, count, ROWS):
            part = self._frame[start : start + ROWS]
            columns = [self._column(part.get_column(name), name) for name in part.columns]
            yield Chunk(columns, np.arange(start, start + len(part)))

    def place(self, line: int, column: str | None = None) -> str:
        """Row, counted from 0, and column."""
        return f"{self.name}, row {line}" + (f", column {column!r}" if column is not None else "")

    def _column(self, series: Any, name: str) -> Raw:
        import narwhals as nw

        dtype = series.dtype
        if dtype.is_numeric():
            gaps = series.is_null().to_numpy()
            return np.where(gaps, np.nan, np.asarray(series.fill_null(0).cast(nw.Float64).to_numpy(), np.float64))
        if dtype in (nw.Datetime, nw.Date):
            return np.asarray(series.to_numpy()).astype("datetime64[s]")
        gaps = series.is_null().to_list()
        cells = [None if gap else cell for cell, gap in zip(series.to_list(), gaps, strict=True)]
        return text(cells, f"{self.name}, column {name!r}")


def text(cells: list[Any], where: str) -> Raw:
    """Python values as cells of text; a column of numbers among objects becomes numbers.

    Raises:
        DtypeError: for lists, dicts, complex numbers and other things that no cell holds.
    """
    kinds = {type(cell) for cell in cells} - {type(None)}
    wrong = next((kind for kind in kinds if not issubclass(kind, _CELLS)), None)
    if wrong is not None:
        raise DtypeError("table.cell", where, got=wrong.__name__)
    return [None if cell is None else str(cell) for cell in cells]


def _cells() -> tuple[type, ...]:
    from datetime import date
    from decimal import Decimal

    return str, bool, int, float, np.generic, date, Decimal


_CELLS = _cells()
