"""`chainrule train`: from rows to a trained network, its scores, and a folder that keeps both."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from chainrule.cli.arguments import option
from chainrule.cli.run.options import Options

DEFAULTS = Options()
INTERRUPTED = 130


def command(
    source: Annotated[str | None, option("cli.help.source")] = None, /, *,
    options: Annotated[Options, Parameter(name="*")] = DEFAULTS,
) -> int:
    """Train a network and judge it.

    Args:
        source: name of a data set, or path of a CSV file; None for that of `--config`.
        options: everything else.

    Returns:
        The exit code.
    """
    from chainrule.cli.recipe.merging import merged
    from chainrule.cli.recipe.reading import read
    from chainrule.cli.run.folder import check
    from chainrule.cli.run.job import job
    from chainrule.errors import ArgumentError

    recipe = None
    notes: list[str] = []
    if options.config is not None:
        recipe = read(options.config)
        source, options, notes = merged(source, options, recipe)
    if source is None:
        raise ArgumentError("cli.error.missing", "chainrule train", name="SOURCE", command="chainrule train")
    name = Path(source).name.split(".")[0]
    out = options.out or Path(f"run-{name}")
    check(out.expanduser(), overwrite=options.overwrite)
    for line in notes:
        print(line, file=sys.stderr, flush=True)
    return INTERRUPTED if job(source, options, out.expanduser(), recipe) else 0
