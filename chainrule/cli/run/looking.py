"""What `chainrule train` would make of a table before a target is chosen: its columns, and each of them as one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.cli.layout import line_width, table, wrap
from chainrule.cli.run.options import Options
from chainrule.errors import ChainruleError
from chainrule.language import say
from chainrule.tables.columns import Column
from chainrule.tables.looking import as_target, looked
from chainrule.tables.reading import no_column, opened
from chainrule.tables.schema import Target
from chainrule.tables.targets import target_of


@dataclass(frozen=True)
class Look:
    """A table that has been looked at.

    Attributes:
        name: of the file.
        rows: how many.
        columns: what they are.
        targets: what each is as a target; None for one that nothing can be learnt for.
        target: the one that was asked for.
    """

    name: str
    rows: int
    columns: tuple[Column, ...]
    targets: tuple[Target | None, ...]
    target: str | None

    def __str__(self) -> str:
        heads = [say(f"report.column.{name}") for name in ("name", "kind", "missing", "different")]
        rows = [
            [column.name, _kind(column), f"{column.missing:,}", _count(column.different), _task(target)]
            for column, target in zip(self.columns, self.targets, strict=True)
        ]
        lines = [say("cli.train.data_is", name=self.name, rows=f"{self.rows:,}", columns=len(self.columns)), ""]
        lines += table([[*heads, say("cli.data.as_target")], *rows])
        chosen = self.target or next(
            (c.name for c, target in reversed([*zip(self.columns, self.targets, strict=True)]) if target is not None),
            None,
        )
        if chosen is not None:
            lines += ["", *wrap(say("cli.data.learn", file=self.name, target=_quoted(chosen)), line_width())]
        return "\n".join(lines)

    def plain(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "name": self.name,
            "rows": self.rows,
            "target": self.target,
            "columns": [
                {
                    "name": column.name, "kind": column.kind, "missing": column.missing, "different": column.different,
                    "task": None if target is None else target.task,
                    "classes": len(target.classes) or None if target is not None else None,
                }
                for column, target in zip(self.columns, self.targets, strict=True)
            ],
        }


def look(path: Path, options: Options) -> Look:
    """Go through a table once.

    Raises:
        FileError: for what cannot be read, with its place.
        DataError: for a table without rows, or a target that was asked for and cannot be one.
        ArgumentError: for a target that is not there.
    """
    source = opened(path, delimiter=options.delimiter, header=options.header, encoding=options.encoding)
    if options.target is not None and options.target not in source.names:
        raise no_column(options.target, source)
    place = None if options.target is None else source.names.index(options.target)
    found = looked(source, place, frozenset())
    targets: list[Target | None] = []
    for number, (column, seen) in enumerate(zip(found.columns, found.seen, strict=True)):
        try:
            targets.append(target_of(as_target(column, seen), seen, None, source))
        except ChainruleError:
            if number == place:
                raise
            targets.append(None)
    return Look(source.name, found.count, tuple(found.columns), tuple(targets), options.target)


def _kind(column: Column) -> str:
    kind = say(f"report.kind.{column.kind}")
    return ", ".join([kind, *(say("table.says.marker", word=repr(word)) for word in column.markers)])


def _count(different: int | None) -> str:
    return "" if different is None else f"{different:,}"


def _task(target: Target | None) -> str:
    if target is None:
        return "–"
    if target.task == "numbers":
        return say("report.kind.number")
    return say("cli.data.as_classes", count=len(target.classes))


def _quoted(name: str) -> str:
    return name if name.replace("_", "").isalnum() else f"'{name}'"
