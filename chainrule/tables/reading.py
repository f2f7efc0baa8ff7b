"""`read`: a table from a file or a frame."""

import difflib
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from chainrule.data.opening import as_path
from chainrule.errors import ArgumentError
from chainrule.tables.delimited import Delimited
from chainrule.tables.frames import Frame
from chainrule.tables.looking import HELD, looked
from chainrule.tables.parquet import Parquet, is_parquet
from chainrule.tables.schema import Task
from chainrule.tables.source import Source
from chainrule.tables.table import Table

TASKS = ("binary", "classes", "numbers")


def read(
    source: object,
    target: str,
    *,
    task: Task | None = None,
    ignore: Sequence[str] = (),
    delimiter: str | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
) -> Table:
    r"""Look at a table: what its columns are, what is missing, what is to be predicted.

    Numbers are read with decimal points, decimal commas or commas between thousands, dates as 2026-11-21, 21.11.2026
    or 11/21/2026, one custom a column. Everything else is words: a category where they come again, left out where they
    are text or the name of a row. Missing are cells that are empty or say NA, N/A, NaN, null, None or ?.

    Args:
        source: path of a CSV, TSV or Parquet file, text plain or gzip; or a frame of pandas, Polars, PyArrow.
        target: the column to predict.
        task: `"binary"`, `"classes"` or `"numbers"`; default classes for words and for at most 20 different whole
            numbers of which each occurs twice or more on average.
        ignore: columns to leave out.
        delimiter: between cells of text; default told from the first lines: comma, semicolon, tab or bar.
        header: whether text begins with names; default told from the first lines.
        encoding: of text; default UTF-8, with its byte-order mark or without.

    Returns:
        The table; `print` shows what was found.

    Raises:
        FileError: naming file, line and column of what cannot be read.
        DataError: for a target or a table that nothing can be learnt from.
        ArgumentError: for a column that is not there, with the nearest name.
        MissingExtraError: for Parquet without DuckDB, or a frame without narwhals.

    Example:
        >>> import tempfile, pathlib
        >>> import chainrule as cr
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "houses.csv")
        ...     _ = file.write_text("rooms;place;price\n" + "3;town;1,5\n4;;2,5\n5;sea;4,25\n" * 8)
        ...     table = cr.tables.read(file, target="price")
        >>> [(column.name, column.kind, column.missing) for column in table.columns]
        [('rooms', 'number', 0), ('place', 'category', 8)]
    """
    if task not in (None, *TASKS):
        raise ArgumentError("table.task", "tables.read, argument task", got=repr(task))
    found = opened(source, delimiter=delimiter, header=header, encoding=encoding)
    return table_of(found, target, task=task, ignore=ignore)


def table_of(
    source: Source, target: str, *, task: Task | None = None, ignore: Sequence[str] = (), held: int = HELD
) -> Table:
    """The table behind a source; `held` cells of it fit into memory."""
    for name in (target, *ignore):
        if name not in source.names:
            raise no_column(name, source)
    place = source.names.index(target)
    return Table(looked(source, place, frozenset(ignore), held), place, task)


def opened(
    source: object, *, delimiter: str | None = None, header: bool | None = None, encoding: str = "utf-8",
    where: str = "tables.read, argument source",
) -> Source:
    """The source behind a path or a frame.

    Raises:
        FileError: for a file that cannot be opened, or its first lines read.
        DtypeError: for what is neither path nor frame.
    """
    if not isinstance(source, str | PathLike):
        return Frame(source, where.rsplit(" ", 1)[-1])
    path: Path = as_path(source, where)
    if is_parquet(path):
        return Parquet(path)
    return Delimited(path, delimiter, header, encoding)


def no_column(name: str, source: Source) -> ArgumentError:
    """The error for a column that is not there."""
    near = difflib.get_close_matches(name, source.names, n=1, cutoff=0.0)[0]
    shown = ", ".join(source.names[:12]) + (", …" if len(source.names) > 12 else "")
    return ArgumentError("csv.target", source.name, got=repr(name), names=shown, near=repr(near))
