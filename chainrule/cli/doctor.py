"""`chainrule doctor`: why a training fails, and what cures it; or what the log of one says.

Its exit code is 0 where nothing is wrong, 1 where something was found, and 2 where the question was refused.
"""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from chainrule.cli.arguments import option, whole
from chainrule.errors import ArgumentError, ChainruleError
from chainrule.language import say

if TYPE_CHECKING:
    from chainrule.doctor.diagnosis import Diagnosis
    from chainrule.doctor.reading import Reading

HEALTHY, FOUND = 0, 1
SOURCE = "chainrule doctor, SOURCE"
CLOSE = 0.7  # of 1: a slip of the pen, and no other word


def command(
    source: Annotated[str, option("cli_doctor.source_help")],
    /,
    *,
    target: Annotated[str | None, option("cli.help.target")] = None,
    epochs: Annotated[int | None, whole("cli_doctor.epochs_help")] = None,
    batch_size: Annotated[int | None, whole("cli.help.batch_size")] = None,
    budget: Annotated[float, option("cli_doctor.budget_help")] = 10.0,
    columns: Annotated[str | None, option("cli_doctor.columns_help")] = None,
    out: Annotated[Path | None, option("cli_doctor.out_help")] = None,
    lang: Annotated[Literal["en", "zh"] | None, option("cli.help.lang")] = None,
) -> int:
    """Find out why a training fails.

    Args:
        source: the folder of a run, a CSV file, a lesson, a data set, or `FILE.py:build`; with `columns` a log.
        target: column of a CSV file to predict.
        epochs: of each training.
        batch_size: rows a step.
        budget: seconds for experiments.
        columns: of a log: loss, loss on unseen rows, learning rate.
        out: page to write.
        lang: of all words; chosen by the door.

    Returns:
        The exit code.
    """
    if out is not None and (out.expanduser().is_dir() or not out.expanduser().absolute().parent.is_dir()):
        raise ArgumentError("cli_doctor.out", "chainrule doctor, --out", got=out)
    found = _diagnosed(source, target, epochs, batch_size, budget) if columns is None else _heard(source, columns)
    print(found, flush=True)
    if out is not None:
        found.save(out)
        print("\n" + say("cli_doctor.written", None, path=out))
    return HEALTHY if found.healthy else FOUND


def _diagnosed(
    source: str, target: str | None, epochs: int | None, batch_size: int | None, budget: float
) -> "Diagnosis":
    from chainrule.cli.configured.sources import configuration
    from chainrule.doctor.diagnosing import diagnose

    try:
        found = configuration(source, target, epochs, batch_size)
    except ArgumentError as error:
        raise _refusal(source, error) from error
    return diagnose(found.build, found.data, epochs=found.epochs, batch_size=found.batch_size, budget=budget)


def _heard(source: str, columns: str) -> "Reading":
    from chainrule.doctor.reading import read_log

    return read_log(source, [column.strip() for column in columns.split(",")])


def _refusal(source: str, error: ArgumentError) -> ArgumentError:
    """What `configuration` refuses, in the words of who asks for a diagnosis."""
    path = Path(source).expanduser()
    if error.key == "cli.error.no_target":
        columns = _columns_of_log(path)
        return ArgumentError("cli_doctor.log", source, columns=columns, source=source) if columns else error
    if error.key != "cli_odds.source":
        return error
    if path.is_dir():
        return ArgumentError("cli_doctor.folder", SOURCE, got=repr(source))
    if path.suffix or path.parent != Path():
        return ArgumentError("cli_doctor.file", SOURCE, got=repr(source))
    from chainrule.data import catalogue
    from chainrule.lessons.configurations import CONFIGURATIONS

    near = difflib.get_close_matches(source, [*CONFIGURATIONS, *catalogue.ENTRIES], n=1, cutoff=CLOSE)
    if near:
        return ArgumentError("cli_doctor.name", SOURCE, got=repr(source), near=near[0])
    return ArgumentError("cli_doctor.source", SOURCE, got=repr(source))


def _columns_of_log(path: Path) -> str:
    """What to write behind `--columns` for a file that is the log of a training; empty for any other."""
    from chainrule.doctor.logs import ROLES, curves_of_file

    try:
        found = curves_of_file(path, None)
    except ChainruleError:
        return ""
    return ",".join(role if role in found else "-" for role in ROLES).rstrip(",-")
