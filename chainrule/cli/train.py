"""`chainrule train`: from rows to a trained network, its scores, and a folder that keeps both."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from chainrule.cli.arguments import option
from chainrule.cli.run.options import Options

DEFAULTS = Options()
INTERRUPTED = 130


def command(
    source: Annotated[str, option("cli.help.source")], /, *,
    options: Annotated[Options, Parameter(name="*")] = DEFAULTS,
) -> int:
    """Train a network and judge it.

    Args:
        source: name of a data set, or path of a CSV file.
        options: everything else.

    Returns:
        The exit code.
    """
    from chainrule.cli.run.folder import check
    from chainrule.cli.run.job import job

    name = Path(source).name.split(".")[0]
    out = options.out or Path(f"run-{name}")
    check(out.expanduser(), overwrite=options.overwrite)
    return INTERRUPTED if job(source, options, out.expanduser()) else 0
