"""The first way through a table: what its columns are, and the rows themselves where they fit into memory."""

from dataclasses import dataclass, replace

import numpy as np

from chainrule.errors import DataError
from chainrule.tables.cells import NUMBERS
from chainrule.tables.columns import USED, Column, decided
from chainrule.tables.hashing import words
from chainrule.tables.seen import Seen, look
from chainrule.tables.source import Chunk, Ints, Source
from chainrule.tables.typed import Typed, typed

RAW = 3_000_000  # cells of text that are kept, so that they need not be read again
HELD = 8_000_000  # cells that are kept by their types: inputs may be twenty times as many
SAMPLE = 2_000_000  # cells that stand for a larger table when its numbers are scaled
SEED = 0


@dataclass(frozen=True)
class Looked:
    """What the first way through a table found.

    Attributes:
        source: of the rows.
        seen: every column.
        columns: what they are.
        count: rows.
        rows: the columns that are used, with their types; a sample of them where they do not fit into memory.
        numbers: of these rows in the source, from 0.
        whole: whether these are all rows.
        chosen: the places of the columns that are used.
    """

    source: Source
    seen: list[Seen]
    columns: list[Column]
    count: int
    rows: Typed
    numbers: Ints
    whole: bool
    chosen: list[int]


def looked(source: Source, target: int | None, ignore: frozenset[str], held: int = HELD) -> Looked:
    """Go through a table once, or twice where its text does not fit into memory.

    Args:
        source: of the rows.
        target: the place of the column to predict: it is used, whatever it is.
        ignore: columns to leave out.
        held: cells that fit into memory.

    Raises:
        FileError: for what cannot be read, with its place.
        DataError: for a table without rows.
    """
    width = len(source.names)
    seen = [Seen() for _ in source.names]
    raw: list[Chunk] | None = []
    sample = _Sample(max(1, SAMPLE // width))
    count = 0
    for chunk in source.chunks():
        look(seen, chunk)
        sample.add(chunk, count)
        count += len(chunk)
        if raw is not None:
            raw.append(chunk)
            if count * width > min(RAW, held):
                raw = None
    if not count:
        raise DataError("csv.no_rows", source.name)
    columns = [
        Column(name, "ignored") if name in ignore and place != target else decided(name, one, source)
        for place, (name, one) in enumerate(zip(source.names, seen, strict=True))
    ]
    if target is not None:
        columns[target] = as_target(columns[target], seen[target])
    chosen = [place for place, column in enumerate(columns) if place == target or column.kind in USED]
    wanted = [columns[place] for place in chosen]
    whole = count * len(chosen) <= held
    if raw is not None:
        pieces = [typed(chunk, chosen, wanted, source) for chunk in raw]
    elif whole:
        pieces = [typed(chunk, chosen, wanted, source) for chunk in source.chunks()]
    else:
        pieces = [typed(chunk, chosen, wanted, source) for chunk in sample.chunks]
    numbers = np.arange(count) if whole else np.concatenate(sample.numbers)
    return Looked(source, seen, columns, count, joined(pieces), numbers, whole, chosen)


def joined(pieces: list[Typed]) -> Typed:
    """Rows of several pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    columns = [np.concatenate(parts) for parts in zip(*(piece.columns for piece in pieces), strict=True)]
    return Typed(columns, np.concatenate([piece.lines for piece in pieces]))


def as_target(column: Column, seen: Seen) -> Column:
    """A target is read for what it says, even if nothing could be learnt from such a column."""
    if column.kind in ("number", "date", "category", "empty"):
        return column
    if seen.typed == "number" or seen.ways & NUMBERS:
        return replace(column, kind="number")
    known = tuple(sorted(seen.words)) if seen.words is not None else ()
    return replace(column, kind="category", words=known)


class _Sample:
    """Rows by chance: those with the lowest words, at most twice as many as asked for."""

    def __init__(self, rows: int) -> None:
        self.chunks: list[Chunk] = []
        self.numbers: list[Ints] = []
        self._rows = rows
        self._bound = np.uint64(2**64 - 1)
        self._held = 0

    def add(self, chunk: Chunk, first: int) -> None:
        numbers = np.arange(first, first + len(chunk))
        self._keep(chunk, numbers)
        while self._held > 2 * self._rows:
            self._bound //= np.uint64(2)
            chunks, groups = self.chunks, self.numbers
            self.chunks, self.numbers, self._held = [], [], 0
            for part, group in zip(chunks, groups, strict=True):
                self._keep(part, group)

    def _keep(self, chunk: Chunk, numbers: Ints) -> None:
        rows = np.flatnonzero(words(numbers, SEED) <= self._bound)
        if len(rows):
            self.chunks.append(chunk if len(rows) == len(chunk) else chunk.chosen(rows))
            self.numbers.append(numbers[rows])
            self._held += len(rows)
