"""`chainrule predict`: the answers of a trained network for every row of a table, as CSV."""

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
    out: Annotated[Path, option("cli.help.answers")] = Path("predictions.csv"),
    overwrite: Annotated[bool, option("cli.help.overwrite_file")] = False,
    delimiter: Annotated[str | None, option("cli.help.delimiter")] = None,
    encoding: Annotated[str, option("cli.help.encoding")] = "utf-8",
    header: Annotated[bool | None, option("cli.help.header", negative="--no-header")] = None,
    lang: Annotated[Literal["en", "zh"] | None, option("cli.help.lang")] = None,
) -> int:
    """Answer for every row of a table.

    Args:
        run: the folder of a run, or its file of weights.
        source: a table with the columns of the training, in any order.
        out: the CSV file to write: the answer for each row; of classes the probability of each as well.
        overwrite: replace that file.
        delimiter: between the cells of a CSV file.
        encoding: of a CSV file.
        header: whether a CSV file begins with names.
        lang: of all words; chosen by the door.

    Returns:
        The exit code.
    """
    from chainrule.cli.run.answering import notes, written
    from chainrule.tables.loading import load
    from chainrule.tables.reading import opened

    model = load(run)
    table = opened(source, delimiter=delimiter, header=header, encoding=encoding)
    rows, found = written(model, table, out.expanduser(), overwrite=overwrite)
    for line in notes(model, table, found):
        print(line, file=sys.stderr)
    print(say("cli.predict.kept", rows=f"{rows:,}", path=out))
    return 0
