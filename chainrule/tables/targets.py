"""The column to predict: classes by their names, or numbers."""

from math import isnan

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import DataError, FileError
from chainrule.tables.cells import NUMBERS
from chainrule.tables.columns import Column
from chainrule.tables.schema import Target, Task
from chainrule.tables.seen import Seen
from chainrule.tables.source import Source
from chainrule.tables.typed import Values

MOST_CLASSES = 20  # whole numbers that are taken for classes
MANY = 1_000  # classes


def target_of(column: Column, seen: Seen, task: Task | None, source: Source) -> Target:
    """What is to be predicted: as asked for, or as its cells say.

    Raises:
        FileError: for words among numbers, with their place.
        DataError: for dates, for one class or number only, for a column of names, for other than two classes of two.
    """
    where = f"{source.name}, column {column.name!r}"
    if column.kind == "empty":
        raise DataError("table.empty_target", where)
    if column.kind == "date":
        raise DataError("table.date_target", where)
    numbers = column.kind == "number"
    if not numbers:
        mixed = seen.numbers and task is None and 2 * seen.numbers >= seen.rows - seen.missing
        if task == "numbers" or mixed:
            word, (_, line) = min(seen.unread.items(), key=lambda item: item[1][1], default=("", (0, 0)))
            raise FileError("csv.mixed_target", source.place(line, column.name), got=repr(word[:60]))
        names = column.words
    else:
        levels = sorted(seen.levels) if seen.levels is not None else None
        if task == "numbers" or (task is None and not _like_classes(levels, seen)):
            if levels is not None and len(levels) == 1:
                got = f"{levels[0]:g}"
                raise DataError("cli.error.one_number", source.name, name=column.name, got=got)
            return Target(column.name, "numbers", column.way, ())
        if levels is None:
            raise DataError("table.many_classes", where, got="> 1,000")
        names = tuple(f"{int(level)}" if level.is_integer() else repr(level) for level in levels)
    if not names or len(names) > MANY:
        raise DataError("table.many_classes", where, got=f"{len(names):,}" if names else "> 100,000")
    if len(names) < 2:
        raise DataError("csv.one_class", where, got=repr(names[0]))
    if task == "binary" and len(names) != 2:
        raise DataError("cli.error.not_binary", where, got=len(names))
    if task is None and len(names) > max(MOST_CLASSES, (seen.rows - seen.missing) // 4):
        raise DataError("table.many_classes", where, got=f"{len(names):,}")
    return Target(column.name, "binary" if len(names) == 2 else "classes", column.way if numbers else 0, names)


def numbered(values: Values, target: Target, column: Column) -> NDArray[np.float64]:
    """(n,) numbers of classes, or numbers; NaN for a gap, -1 for a class that the target does not have."""
    if target.task == "numbers":
        return values
    if target.way & NUMBERS:
        table = {float(name): number for number, name in enumerate(target.classes)}
        found = [np.nan if isnan(value) else table.get(value, -1) for value in values.tolist()]
        return np.array(found, np.float64)
    numbers = {name: number for number, name in enumerate(target.classes)}
    order = np.array([*(numbers.get(word, -1) for word in column.words), -1, np.nan], np.float64)
    return order[np.where(values == -1, len(order) - 1, np.where(values < -1, len(order) - 2, values))]


def column_of(target: Target) -> Column:
    """How the cells of a target are read."""
    if target.way & NUMBERS:
        return Column(target.name, "number", target.way)
    return Column(target.name, "category", words=target.classes)


def _like_classes(levels: list[float] | None, seen: Seen) -> bool:
    if levels is None or not seen.whole:
        return False
    return 2 <= len(levels) <= min(MOST_CLASSES, (seen.rows - seen.missing) // 2)
