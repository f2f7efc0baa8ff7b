"""The rows to learn from and the rows to judge by, of a data set by name."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from chainrule.cli.run.options import Options
from chainrule.data import catalogue
from chainrule.data.samples import Samples
from chainrule.data.splits import split
from chainrule.errors import ArgumentError, DataError
from chainrule.tables.preparing import watched_of

FEWEST = 10


@dataclass(frozen=True)
class Rows:
    """What is learnt from and what is judged by, still in the units of the source.

    Attributes:
        known: all rows but those to judge by.
        learning: those of them that weights and scaling are learnt from.
        watching: the others, which early stopping watches.
        judging: rows that nothing but the scores has seen.
    """

    known: Samples
    learning: Samples
    watching: Samples
    judging: Samples


def by_name(source: str, options: Options) -> Rows:
    """Part the rows of a data set of ours, classes in equal shares; a test set of its own is left as it is.

    Raises:
        DataError: for too few rows.
        ArgumentError: for a target, a task or a share that does not fit.
    """
    found = named(source, options)
    if len(found.X) < FEWEST:
        raise DataError("cli.error.few_rows", source, got=len(found.X), least=FEWEST)
    own = catalogue.ENTRIES[source].test
    known, judging = (found, own()) if own else _parted(found, options.test, "--test", options.seed)
    learning, watching = _parted(known, watched_of(options.validation, len(known.X)), "--validation", options.seed)
    return Rows(known, learning, watching, judging)


def path_of(source: str) -> Path:
    """The file that is meant.

    Raises:
        ArgumentError: for a name that is neither a data set nor a file.
    """
    path = Path(source).expanduser()
    if not source or (not path.suffix and not path.exists() and path.name == source):
        near = difflib.get_close_matches(source, catalogue.ENTRIES, n=1, cutoff=0.0)[0]
        names = ", ".join(catalogue.ENTRIES)
        raise ArgumentError("cli.error.source", "chainrule, SOURCE", got=repr(source), names=names, near=near)
    return path


def named(source: str, options: Options) -> Samples:
    """All rows of a data set of ours."""
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
