"""`chainrule evaluate`: what a trained network is worth on a table that has the answers too."""

import json as as_json
import sys
from pathlib import Path
from typing import Annotated, Literal

from chainrule.cli.arguments import option
from chainrule.language import say


def command(
    run: Annotated[Path, option("cli.help.run")],
    source: Annotated[Path, option("cli.help.table")],
    /,
    *,
    delimiter: Annotated[str | None, option("cli.help.delimiter")] = None,
    encoding: Annotated[str, option("cli.help.encoding")] = "utf-8",
    header: Annotated[bool | None, option("cli.help.header", negative="--no-header")] = None,
    json: Annotated[bool, option("cli.help.json")] = False,
    lang: Annotated[Literal["en", "zh"] | None, option("cli.help.lang")] = None,
) -> int:
    """Judge a network on a table.

    Args:
        run: the folder of a run, or its file of weights.
        source: a table with the columns of the training, and the target.
        delimiter: between the cells of a CSV file.
        encoding: of a CSV file.
        header: whether a CSV file begins with names.
        json: print for programs.
        lang: of all words; chosen by the door.

    Returns:
        The exit code.
    """
    from chainrule.cli.run import report
    from chainrule.cli.run.answering import notes
    from chainrule.tables.loading import load
    from chainrule.tables.reading import opened
    from chainrule.tables.scores import of_shares

    model = load(run)
    table = opened(source, delimiter=delimiter, header=header, encoding=encoding)
    found = list(model.answered(table, truth=True))
    truth, own = model.scored(found, str(source))
    scores = {"network": own, "constant": of_shares(model.schema.target, truth)}
    rows = sum(len(part.answers) for part in found)
    left_out = rows - len(truth)
    if json:
        about = {"rows": len(truth), "left_out": left_out, "scores": scores}
        print(as_json.dumps(report.without_nan(about), ensure_ascii=False))
        return 0
    for line in notes(model, table, found, truth=True):
        print(line, file=sys.stderr)
    if left_out:
        print(say("table.says.dropped", count=f"{left_out:,}", name=model.schema.target.name), file=sys.stderr)
    print(report.beside(scores, say("cli.evaluate.scores", rows=f"{len(truth):,}", name=source), sys.stdout))
    return 0
