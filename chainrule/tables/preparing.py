"""From a table to the rows of a training: parted, scaled by what is learnt from, in memory or streamed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chainrule.data.splits import split_rows
from chainrule.errors import ArgumentError, DataError
from chainrule.tables.design import batch_for
from chainrule.tables.fields import Category, Field, Inputs, Number, learnt
from chainrule.tables.hashing import words
from chainrule.tables.looking import joined
from chainrule.tables.parts import Mixed, Part, Parts
from chainrule.tables.schema import Schema, Target, fitted, own, scaled
from chainrule.tables.stream import Stream
from chainrule.tables.table import Table
from chainrule.tables.typed import Typed

FEWEST = 10
MANY = 5_000  # rows from which a tenth is enough to watch
MOST_JUDGING, MOST_WATCHING = 200_000, 50_000  # of a table that is streamed
INPUTS = 20_000_000  # of the rows of a streamed table that are in memory at once
PLAIN = 20_000_000  # inputs of a linear model up to which embedded words get one each


def prepared(
    table: Table, *, test: float = 0.2, validation: float | None = None, seed: int = 0, batch_size: int | None = None,
    folder: Path | None = None, where: str = "tables.fit",
) -> Parts:
    """Part the rows of a table, classes in equal shares, and learn its schema from the rows to learn from.

    Args:
        table: rows.
        test: share, or number, of the rows to judge by.
        validation: share, or number, of the others that early stopping watches; default a fifth, of many a tenth.
        seed: of the parting, and of the order of streamed rows.
        batch_size: of streamed rows; default by their number, as `design` has it.
        folder: for the rows of a table that does not fit into memory.
        where: for errors.

    Raises:
        DataError: for too few rows.
        ArgumentError: for shares that leave nothing.
    """
    if table.count < FEWEST:
        raise DataError("cli.error.few_rows", table.name, got=table.count, least=FEWEST)
    judged = count_of(test, table.count, f"{where}, argument test")
    rest = table.count - judged
    watched = count_of(watched_of(validation, rest), rest, f"{where}, argument validation")
    if table.whole:
        return _in_memory(table, judged, watched, seed)
    return _streamed(table, min(judged, MOST_JUDGING), min(watched, MOST_WATCHING), seed, batch_size, folder)


def watched_of(asked: float | None, known: int) -> float:
    """The share, or number, of the known rows that is watched: as asked for, else a fifth, of many a tenth."""
    if asked is not None:
        return asked
    return 0.2 if known < MANY else 0.1


def bins_for(rows: int) -> int:
    """How many quantiles a number is placed among: what so many rows can bear out."""
    return 0 if rows < 800 else 8 if rows < 5_000 else 16


def _in_memory(table: Table, judged: int, watched: int, seed: int) -> Parts:
    labels = None if table.target.task == "numbers" else table.y.astype(np.int64)
    known, judging = split_rows(len(table.y), judged, seed=seed, labels=labels)
    first, second = split_rows(len(known), watched, seed=seed, labels=None if labels is None else labels[known])
    learning, watching = known[first], known[second]
    rows = table.rows.chosen(learning)
    schema = _learnt(table, rows, fitted(table.target, table.y[learning], table.y[known]), len(learning))

    def part(chosen: NDArray[np.int64]) -> Part:
        return Part(schema.inputs(table.rows.chosen(chosen), table.used), scaled(schema.target, table.y[chosen]))

    plain, mixed = _plain(table, schema, table.rows.chosen(known), table.y[known], table.rows.chosen(judging))
    return Parts(
        table.short, schema, part(learning), part(watching), part(judging), own(schema.target, table.y[judging]),
        table.y[known], plain, (len(learning), len(watching), len(judging)), mixed,
    )


def _streamed(
    table: Table, judged: int, watched: int, seed: int, batch_size: int | None, folder: Path | None
) -> Parts:
    """One more way through the table: rows to judge by and to watch are kept, the others written down."""
    away = judged / table.count, watched / table.count
    sample = np.flatnonzero(_which(table.numbers, seed, *away) == 0)
    y = table.y[sample]
    schema = _learnt(table, table.rows.chosen(sample), fitted(table.target, y, y), table.count)
    most = max(FEWEST, INPUTS // schema.width)  # rows whose inputs are in memory at once
    away = min(away[0], most / table.count), min(away[1], most / 2 / table.count)
    sample = sample[:: max(1, -(-len(sample) // most))]
    rows, y = table.rows.chosen(sample), table.y[sample]
    stream = Stream(schema, 1, seed, folder)
    kept: dict[int, tuple[list[Typed], list[NDArray[np.float64]]]] = {1: ([], []), 2: ([], [])}
    for piece, targets, numbers in table.pieces():
        which = _which(numbers, seed, *away)
        for number, (pieces, values) in kept.items():
            chosen = np.flatnonzero(which == number)
            if len(chosen):
                pieces.append(piece.chosen(chosen))
                values.append(targets[chosen])
        chosen = np.flatnonzero(which == 0)
        stream.write(schema.compact(piece.chosen(chosen), table.used), targets[chosen])
    stream.batch_size = batch_size or batch_for(stream.rows)
    (judging, truth), (watching, seen) = ((joined(p), np.concatenate(v)) for p, v in kept.values())
    plain, mixed = _plain(table, schema, rows, y, judging)
    return Parts(
        table.short, schema, stream, Part(schema.inputs(watching, table.used), scaled(schema.target, seen)),
        Part(schema.inputs(judging, table.used), scaled(schema.target, truth)), own(schema.target, truth), y,
        plain, (stream.rows, len(seen), len(truth)), mixed,
    )


def _which(numbers: NDArray[np.int64], seed: int, judging: float, watching: float) -> NDArray[np.int64]:
    """0 for rows to learn from, 1 to judge by, 2 to watch, by a random word for each."""
    place = words(numbers, seed + 1) / 2.0**64
    return np.where(place < judging, 1, np.where(place < judging + watching, 2, 0))


def _learnt(table: Table, rows: Typed, target: Target, count: int) -> Schema:
    bins = bins_for(count)
    fields = [learnt(column, values, bins=bins) for column, values in zip(table.used, rows.columns, strict=True)]
    return Schema(tuple(fields), target)


def _plain(
    table: Table, schema: Schema, known: Typed, y: NDArray[np.float64], judging: Typed
) -> tuple[tuple[Part, Inputs], Mixed]:
    """Known rows and rows to judge by for the other models."""
    plain = [(place, _plain_field(field, len(y))) for place, field in enumerate(schema.fields)]
    chosen = [(place, field) for place, field in plain if field is not None]
    simple = Schema(tuple(field for _, field in chosen), schema.target)
    columns = [table.used[place] for place, _ in chosen]

    def inputs(rows: Typed) -> Inputs:
        return simple.inputs(Typed([rows.columns[place] for place, _ in chosen], rows.lines), columns)

    return (Part(inputs(known), scaled(schema.target, y)), inputs(judging)), Mixed(table.used, known, judging)


def _plain_field(field: Field, rows: int) -> Field | None:
    """A field for a linear model: no quantiles, and one input for each word where that fits into memory."""
    if isinstance(field, Number):
        return replace(field, edges=())
    if isinstance(field, Category) and field.embedded:
        return replace(field, embedded=0, others=True) if field.places * rows <= PLAIN else None
    return field


def count_of(share: float, rows: int, where: str) -> int:
    """How many rows a share, or a number, of so many is."""
    taken = share * rows if share < 1 else share
    if not 0 < taken <= rows - 2 or (share >= 1 and share != int(share)):
        raise ArgumentError("cli.error.share", where, got=f"{share:g}", rows=rows)
    return int(np.ceil(taken))
