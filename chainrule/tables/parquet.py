"""A Parquet file as the source of a table; DuckDB reads it, row group by row group."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.data.opening import opened
from chainrule.errors import FileError, MissingExtraError
from chainrule.tables.source import Chunk, Raw

MAGIC = b"PAR1"
CELLS = 2_000_000  # in memory at a time
MEMORY = "512MB"  # for the row groups that DuckDB unpacks
_NUMBERS = re.compile(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL.*")
_DATES = re.compile(r"DATE|TIMESTAMP.*")
_WORDS = re.compile(r"VARCHAR|ENUM.*|UUID")


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet files do, or is one by its name."""
    if path.suffix.lower() in (".parquet", ".pq"):
        return True
    with opened(path) as file:
        return file.read(4) == MAGIC


class Parquet:
    """A Parquet file.

    Raises:
        FileError: missing, torn or foreign; columns of structures; names that are empty or occur twice.
        MissingExtraError: DuckDB is not installed.
    """

    delimiter = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        with opened(path) as file:
            start = file.read(4)
        if start != MAGIC:
            raise FileError("table.parquet", str(path), reason="no PAR1 at its beginning")
        # DuckDB would take these for patterns of names.
        self._pattern = re.sub(r"([\[\]*?])", r"[\1]", str(path.absolute()))
        rows = self._asked("DESCRIBE SELECT * FROM read_parquet(?)", [self._pattern]).fetchall()
        self.names: list[str] = []
        self._parts: list[str] = []
        for name, kind, *_ in rows:
            self._add(name, kind)
        found = self._asked("SELECT count(*) FROM read_parquet(?)", [self._pattern]).fetchone()
        self.rows = int(found[0])

    def chunks(self) -> Iterator[Chunk]:
        """All rows, many at a time."""
        size = max(1, CELLS // len(self.names))
        parts = ", ".join(f"{part} AS c{place}" for place, part in enumerate(self._parts))
        text = f"SELECT {parts} FROM read_parquet(?, file_row_number=true) WHERE file_row_number BETWEEN ? AND ?"  # noqa: S608 - names are quoted
        for start in range(0, self.rows, size):
            found = self._asked(text, [self._pattern, start, start + size - 1], fetch=True)
            columns = [_column(found[f"c{place}"]) for place in range(len(self.names))]
            yield Chunk(columns, np.arange(start, start + len(columns[0])))

    def place(self, line: int, column: str | None = None) -> str:
        """File, row, counted from 0, and column."""
        return f"{self.path}, row {line}" + (f", column {column!r}" if column is not None else "")

    def _add(self, name: str, kind: str) -> None:
        where = f"{self.path}, column {name!r}"
        if not name.strip():
            raise FileError("csv.empty_name", f"{self.path}, column {len(self.names) + 1}")
        if name in self.names:
            raise FileError("csv.same_name", where, got=repr(name), other=self.names.index(name) + 1)
        quoted = '"' + name.replace('"', '""') + '"'
        if _NUMBERS.fullmatch(kind):
            part = f"CAST({quoted} AS DOUBLE)"
        elif _DATES.fullmatch(kind):
            part = f"CAST(epoch({quoted}) AS DOUBLE)"
        elif kind == "BOOLEAN":
            part = f"CASE WHEN {quoted} THEN 'True' WHEN NOT {quoted} THEN 'False' END"
        elif _WORDS.fullmatch(kind):
            part = f"CAST({quoted} AS VARCHAR)"
        else:
            raise FileError("table.parquet_kind", where, got=kind.split("(", maxsplit=1)[0])
        self.names.append(name)
        self._parts.append(part if not _DATES.fullmatch(kind) else f"make_timestamp(CAST({part} * 1000000 AS BIGINT))")

    def _asked(self, text: str, values: list[Any], *, fetch: bool = False) -> Any:
        try:
            import duckdb
        except ImportError:
            raise MissingExtraError("table.extra", self.name, package="duckdb", extra="data") from None
        settings: dict[str, Any] = {
            "threads": 1, "memory_limit": MEMORY, "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        try:
            connection = duckdb.connect(config=settings)
            found = connection.execute(text, values)
            return found.fetchnumpy() if fetch else found
        except duckdb.Error as error:
            reason = str(error).strip().split("\n")[0][:200]
            raise FileError("table.parquet", str(self.path), reason=reason) from None


def _column(found: Any) -> Raw:
    gaps = np.ma.getmaskarray(found)
    values = np.ma.getdata(found)
    if values.dtype.kind == "f":
        return np.where(gaps, np.nan, values).astype(np.float64)
    if values.dtype.kind == "M":
        moments = values.astype("datetime64[s]")
        moments[gaps] = np.datetime64("NaT")
        return moments
    return [None if gap else str(value) for value, gap in zip(values.tolist(), gaps.tolist(), strict=True)]
