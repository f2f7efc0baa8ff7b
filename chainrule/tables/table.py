"""`Table`: rows of numbers, words and dates with a column to predict, and what is known of them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import DataError
from chainrule.language import say
from chainrule.tables.columns import USED, Column
from chainrule.tables.looking import Looked
from chainrule.tables.schema import Target, Task
from chainrule.tables.targets import numbered, target_of
from chainrule.tables.typed import Typed, Values, typed

Targets = NDArray[np.float64]


class Table:
    """A table that has been looked at: what its columns are, which are left out and why, and what is to be predicted.

    `tables.read` makes one; `print` shows it. A table that does not fit into memory keeps a sample of its rows, and is
    read again, piece by piece, when it is learnt from.

    Args:
        looked: what the first way through the rows found.
        target: the place of the column to predict.
        task: what it is; default as its cells say.

    Attributes:
        name: of the file or frame.
        target: the column to predict: name, task, names of the classes.
        columns: what the other columns are.
        count: rows with something to predict.
        dropped: rows without.
        whole: whether all rows are in memory.

    Raises:
        DataError: for a target that nothing can be learnt for, and for no column to learn from.

    Example:
        >>> import chainrule as cr
        >>> import pandas
        >>> rows = pandas.DataFrame({"size": [1.0, 2.0, 3.0, 4.0], "kind": list("abba"), "price": [3.5, 5.0, 7.5, 9.0]})
        >>> table = cr.tables.read(rows, target="price")
        >>> [(column.name, column.kind) for column in table.columns], table.target.task
        ([('size', 'number'), ('kind', 'category')], 'numbers')
    """

    def __init__(self, looked: Looked, target: int, task: Task | None = None) -> None:
        source = looked.source
        self.source = source
        self.name = source.name
        self.whole = looked.whole
        self.columns = [column for place, column in enumerate(looked.columns) if place != target]
        self.target: Target = target_of(looked.columns[target], looked.seen[target], task, source)
        self._target_column = looked.columns[target]
        self._at = looked.chosen.index(target)
        self._chosen = looked.chosen
        self._wanted = [looked.columns[place] for place in looked.chosen]
        if not self.used:
            names = ", ".join(column.name for column in self.columns[:12])
            raise DataError("table.no_columns", self.name, names=names)
        self.dropped = looked.seen[target].missing
        self.count = looked.count - self.dropped
        self.rows, self.y, self.numbers = self._parted(looked.rows, looked.numbers)

    @property
    def used(self) -> list[Column]:
        """The columns that are learnt from."""
        return [column for column in self.columns if column.kind in USED]

    @property
    def left_out(self) -> list[Column]:
        """The columns that are not."""
        return [column for column in self.columns if column.kind not in USED]

    @property
    def short(self) -> str:
        """Its name without folders and ending."""
        return Path(self.name).name.split(".")[0] or self.name

    def pieces(self) -> Iterator[tuple[Typed, Targets, NDArray[np.int64]]]:
        """All rows with something to predict, their targets, and their numbers in the source."""
        if self.whole:
            yield self.rows, self.y, self.numbers
            return
        first = 0
        for chunk in self.source.chunks():
            found = typed(chunk, self._chosen, self._wanted, self.source)
            yield self._parted(found, np.arange(first, first + len(chunk)))
            first += len(chunk)

    def _parted(self, found: Typed, numbers: NDArray[np.int64]) -> tuple[Typed, Targets, NDArray[np.int64]]:
        values: list[Values] = list(found.columns)
        y = numbered(values.pop(self._at), self.target, self._target_column)
        rows = Typed(values, found.lines)
        known = np.flatnonzero(~np.isnan(y))
        if len(known) == len(y):
            return rows, y, numbers
        return rows.chosen(known), y[known], numbers[known]

    def __len__(self) -> int:
        return self.count

    def __str__(self) -> str:
        return "\n".join(lines(self))

    def __repr__(self) -> str:
        size = f"{self.count} rows, {len(self.used)} columns"
        return f"Table({self.name!r}: {size}, {self.target.name!r} {self.target.task})"


def lines(table: Table) -> list[str]:
    """What a table is, line by line: its target, its columns by what they are, and what is left out."""
    found = [say("table.says.rows", name=table.name, rows=f"{table.count:,}", columns=len(table.used))]
    found.append(say(f"table.says.{table.target.task}", name=table.target.name, count=len(table.target.classes)))
    if table.dropped:
        found.append(say("table.says.dropped", count=f"{table.dropped:,}", name=table.target.name))
    return [*found, *column_lines(table)]


def column_lines(table: Table) -> list[str]:
    """The columns by what they are, with their gaps; those left out by the reason."""
    found = []
    for kind in ("number", "category", "date"):
        names = [_named(column) for column in table.columns if column.kind == kind]
        if names:
            found.append(say(f"table.kind.{kind}", names=", ".join(names)))
    for kind in ("text", "identifier", "constant", "empty", "ignored"):
        names = [column.name for column in table.columns if column.kind == kind]
        if names:
            found.append(say(f"table.kind.{kind}", names=", ".join(names)))
    return found


def _named(column: Column) -> str:
    more = []
    if column.kind == "category":
        more.append(say("table.says.words", count=len(column.words)))
    if column.missing:
        more.append(say("table.says.gaps", count=f"{column.missing:,}"))
    more += [say("table.says.marker", word=repr(word)) for word in column.markers]
    return f"{column.name} ({', '.join(more)})" if more else column.name
