"""The rows to learn from and the rows to judge by, from a data set by name or from a CSV file."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from chainrule.cli.run.options import Options
from chainrule.data import catalogue
from chainrule.data.arrays import whole
from chainrule.data.delimited.lines import lines
from chainrule.data.delimited.rows import Rows as CsvRows
from chainrule.data.delimited.table import read_csv
from chainrule.data.opening import opened
from chainrule.data.samples import Dropped, Samples
from chainrule.data.splits import split
from chainrule.errors import ArgumentError, DataError

FEWEST = 10
MANY = 5_000  # rows from which a tenth is enough to watch


@dataclass(frozen=True)
class Rows:
    """What is learnt from and what is judged by, still in the units of the source.

    Attributes:
        known: all rows but those to judge by.
        learning: those of them that weights and scaling are learnt from.
        watching: the others, which early stopping watches.
        judging: rows that nothing but the scores has seen.
        dropped: what the reader left out.
    """

    known: Samples
    learning: Samples
    watching: Samples
    judging: Samples
    dropped: Dropped


def rows(source: str, options: Options) -> Rows:
    """Read a source and part its rows, classes in equal shares; a test set of its own is left as it is.

    Raises:
        FileError: for a file that is missing or cannot be read as a table of numbers.
        DataError: for too few rows, or targets that are not what `--task` says.
        ArgumentError: for an unknown source, target or share.
    """
    whole(options.seed, "chainrule train, --seed", least=0, most=2**63 - 1)
    found = samples(source, options)
    if len(found.X) < FEWEST:
        raise DataError("cli.error.few_rows", source, got=len(found.X), least=FEWEST)
    if found.kind == "numbers" and (found.y == found.y[0]).all():
        raise DataError("cli.error.one_number", source, name=found.target_names[0], got=f"{found.y.flat[0]:g}")
    own = catalogue.ENTRIES[source].test if source in catalogue.ENTRIES else None
    known, judging = (found, own()) if own else _parted(found, options.test, "--test", options.seed)
    watched = options.validation
    if watched is None:
        watched = 0.2 if len(known.X) < MANY else 0.1
    learning, watching = _parted(known, watched, "--validation", options.seed)
    return Rows(known, learning, watching, judging, found.dropped)


def samples(source: str, options: Options) -> Samples:
    """All rows of a source that can be learnt from."""
    if source in catalogue.ENTRIES:
        return _by_name(source, options)
    path = Path(source).expanduser()
    if not source or (not path.suffix and not path.exists() and path.name == source):
        near = difflib.get_close_matches(source, catalogue.ENTRIES, n=1, cutoff=0.0)[0]
        names = ", ".join(catalogue.ENTRIES)
        raise ArgumentError("cli.error.source", "chainrule, SOURCE", got=repr(source), names=names, near=near)
    if options.target is None:
        known = columns(path, options)
        shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
        raise ArgumentError("cli.error.no_target", str(path), names=shown, last=known[-1])
    found = read_csv(
        path, target=options.target, drop=options.drop, kind="classes" if options.task == "binary" else options.task,
        delimiter=options.delimiter, header=options.header, encoding=options.encoding,
    )
    if options.task == "binary" and found.classes != 2:
        raise DataError("cli.error.not_binary", f"{path}, --task", got=found.classes)
    return found


def columns(path: Path, options: Options) -> list[str]:
    """The names of the columns of a CSV file."""
    with opened(path) as stream:
        return CsvRows(lines(stream, path, options.encoding), path, options.delimiter, options.header).names


def _by_name(source: str, options: Options) -> Samples:
    entry = catalogue.ENTRIES[source]
    if options.target is not None:
        where = "chainrule train, --target"
        raise ArgumentError("cli.error.own_target", where, name=source, got=repr(options.target))
    found = entry.make()
    if options.task not in (None, found.kind) and not (options.task == "binary" and found.classes == 2):
        raise ArgumentError("cli.error.own_task", "chainrule train, --task", name=source, got=options.task)
    return found


def _parted(found: Samples, share: float, name: str, seed: int) -> tuple[Samples, Samples]:
    count = len(found.X)
    taken = share * count if share < 1 else share
    if not 0 < taken <= count - 2 or (share >= 1 and share != int(share)):
        raise ArgumentError("cli.error.share", f"chainrule train, {name}", got=f"{share:g}", rows=count)
    return split(found, test=share if share < 1 else int(share), seed=seed)
