"""From the word after `chainrule odds`, `explain` or `script` to a configuration."""

import difflib
import re
from pathlib import Path

from chainrule.cli.configured.files import of_file
from chainrule.cli.configured.runs import of_rows, of_run
from chainrule.cli.run.options import Options
from chainrule.data import catalogue
from chainrule.errors import ArgumentError
from chainrule.lessons.configurations import CONFIGURATIONS
from chainrule.population.configuration import Configuration

FUNCTION = re.compile(r"(.+\.py)(?::(\w+))?")


def configuration(source: str, target: str | None, epochs: int | None, batch_size: int | None) -> Configuration:
    """The configuration that `source` means.

    Args:
        source: a lesson, the folder of a run, a data set or CSV file, or `FILE.py:build`.
        target: the column of a CSV file to predict.
        epochs: asked for; default those of the source.
        batch_size: asked for; default that of the source.

    Raises:
        ArgumentError: for a source that is none of these.
        FileError: for a run or a file that cannot be read.
    """
    if source in CONFIGURATIONS:
        found = CONFIGURATIONS[source]()
        count = found.epochs if epochs is None else epochs
        return Configuration(found.build, found.data, count, found.batch_size if batch_size is None else batch_size)
    function = FUNCTION.fullmatch(source)
    if function is not None:
        return of_file(Path(function[1]).expanduser(), function[2] or "build", epochs, batch_size)
    path = Path(source).expanduser()
    record = path / "run.json" if path.is_dir() else path
    if record.name == "run.json" and record.exists():
        return of_run(record, epochs, batch_size)
    if source in catalogue.ENTRIES or (path.suffix and path.is_file()):
        return of_rows(source, Options(target=target, epochs=epochs, batch_size=batch_size))
    known = [*CONFIGURATIONS, *catalogue.ENTRIES]
    near = difflib.get_close_matches(source, known, n=1, cutoff=0.0)[0]
    lessons = ", ".join(CONFIGURATIONS)
    raise ArgumentError("cli_odds.source", "configuration, argument path", got=repr(source), lessons=lessons, near=near)
