"""`chainrule data`: what there is to learn from, one of them in numbers, or what a table is made of."""

import json as as_json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from chainrule.cli.arguments import option
from chainrule.cli.layout import line_width, table, wrap
from chainrule.language import say

if TYPE_CHECKING:
    from chainrule.data.samples import Samples


def command(
    source: Annotated[str | None, option("cli.help.source")] = None,
    /,
    *,
    target: Annotated[str | None, option("cli.help.target")] = None,
    delimiter: Annotated[str | None, option("cli.help.delimiter")] = None,
    encoding: Annotated[str, option("cli.help.encoding")] = "utf-8",
    header: Annotated[bool | None, option("cli.help.header", negative="--no-header")] = None,
    json: Annotated[bool, option("cli.help.json")] = False,
    lang: Annotated[Literal["en", "zh"] | None, option("cli.help.lang")] = None,
) -> int:
    """List the data sets, or look at one.

    Args:
        source: name of a data set, or path of a table; None for all.
        target: column of the file to predict; default none, and what each could be as one is shown.
        delimiter: between the cells of the CSV file.
        encoding: of the CSV file.
        header: whether the CSV file begins with names.
        json: print for programs.
        lang: of all words; chosen by the door.

    Returns:
        The exit code.
    """
    if source is None:
        print(as_json.dumps(_entries(), ensure_ascii=False) if json else "\n".join(_listed()))
        return 0
    from chainrule.cli.run.options import Options
    from chainrule.cli.run.rows import named, path_of
    from chainrule.data import catalogue
    from chainrule.data.checks import describe

    options = Options(target=target, delimiter=delimiter, encoding=encoding, header=header)
    if source not in catalogue.ENTRIES:
        from chainrule.cli.run.looking import look

        seen = look(path_of(source), options)
        print(as_json.dumps(seen.plain(), ensure_ascii=False) if json else seen)
        return 0
    found = named(source, options)
    report = describe(found)
    if json:
        print(as_json.dumps(_numbers(found, report), ensure_ascii=False))
        return 0
    lines = [f"{found.name}: {_kind(found)}"]
    if found.description:
        lines += wrap(found.description, line_width())
    print("\n".join([*lines, "", str(report)]))
    return 0


def _listed() -> list[str]:
    """All data sets: where they come from, their size, what they are."""
    from chainrule.data.catalogue import ENTRIES

    heads = ["", *(say(f"cli.data.{name}") for name in ("rows", "columns", "kind"))]
    rows = [[e.name, f"{e.rows:,}", str(e.features), say(f"cli.data.{e.kind}")] for e in ENTRIES.values()]
    first, *others = table([heads, *rows])
    lines = [first]
    for source in ("shipped", "fetched", "made"):
        lines += ["", say(f"cli.data.{source}")]
        for line, entry in zip(others, ENTRIES.values(), strict=True):
            if entry.source == source:
                lines += [line, *(f"    {part}" for part in wrap(say(f"sets.{entry.name}"), line_width() - 4))]
    return [*lines, "", *wrap(say("cli.data.train"), line_width())]


def _entries() -> list[dict[str, Any]]:
    from chainrule.data.catalogue import ENTRIES

    return [
        {"name": e.name, "kind": e.kind, "rows": e.rows, "columns": e.features, "source": e.source}
        for e in ENTRIES.values()
    ]


def _kind(found: "Samples") -> str:
    names = ", ".join(found.target_names[:20]) + (", …" if len(found.target_names) > 20 else "")
    if found.kind == "numbers":
        return say("cli.data.predict_numbers", target=names)
    return say("cli.data.predict_classes", count=found.classes, names=names)


def _numbers(found: "Samples", report: Any) -> dict[str, Any]:
    return {
        "name": found.name,
        "kind": found.kind,
        "rows": report.rows,
        "targets": list(found.target_names),
        "columns": [vars(column) for column in report.columns],
        "findings": [{"code": f.code, "level": f.level, "columns": list(f.columns)} for f in report.findings],
    }
