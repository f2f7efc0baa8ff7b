"""The answers of a model as a CSV file, written piece by piece, and there whole or not at all."""

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from chainrule.errors import FileError
from chainrule.language import say
from chainrule.tables.model import Answered, Model
from chainrule.tables.source import Source

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(model: Model, source: Source, out: Path, *, overwrite: bool) -> tuple[int, list[Answered]]:
    """Write one line for each row: its answer, and for classes the probability of each.

    Args:
        model: answers.
        source: of the rows.
        out: the file.
        overwrite: replace it.

    Returns:
        How many rows, and for each piece which words were not known; its answers are gone.

    Raises:
        FileError: something is there; or the table cannot be read.
    """
    if os.path.lexists(out) and (not overwrite or out.is_dir()):
        raise FileError("cli.error.file_exists", str(out))
    above = out.absolute().parent
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise FileError("cli.error.not_writable", str(out), above=str(above))
    rows, pieces = 0, []
    number, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=above)
    part = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(head(model))
            for found in model.answered(source):
                table.writerows(lines(model, found))
                rows += len(found.answers)
                pieces.append(found._replace(answers=found.answers[:0]))
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)
        part.replace(out)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    return rows, pieces


def head(model: Model) -> list[str]:
    """The names of the columns that are written."""
    target = model.schema.target
    return [harmless(target.name), *(harmless(f"p({name})") for name in target.classes)]


def lines(model: Model, found: Answered) -> Iterator[list[str]]:
    """The cells of some rows; numbers read back as they were."""
    if model.schema.target.task == "numbers":
        return ([repr(value)] for value in found.answers[:, 0].tolist())
    names = [harmless(name) for name in model.classes]
    chosen = np.argmax(found.answers, axis=1).tolist()
    return ([names[one], *map(repr, row)] for one, row in zip(chosen, found.answers.tolist(), strict=True))


def harmless(word: str) -> str:
    """A word that a spreadsheet would take for a formula, made a word by an apostrophe; line ends become spaces."""
    word = word.replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
    return f"'{word}" if word.startswith(FORMULA) and not _is_number(word) else word


def notes(model: Model, source: Source, found: Iterable[Answered], *, truth: bool = False) -> Iterator[str]:
    """What a table has beyond what the model knows: columns that are not looked at, words that were never learnt."""
    wanted = {*model.columns, *((model.schema.target.name,) if truth else ())}
    extra = [name for name in source.names if name not in wanted]
    if extra:
        yield say("cli.predict.extra", names=", ".join(extra[:12]) + (", …" if len(extra) > 12 else ""))
    unknown: Counter[str] = Counter()
    for part in found:
        unknown.update(part.unknown)
    for name, count in unknown.items():
        yield say("cli.predict.unknown", name=name, count=f"{count:,}")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
