"""The rows of a training by the word after `chainrule train`: a data set of ours, or a table of somebody's."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chainrule.cli.run.options import Options
from chainrule.cli.run.rows import Rows, by_name, path_of
from chainrule.data import catalogue
from chainrule.data.arrays import whole
from chainrule.data.samples import Samples
from chainrule.errors import ArgumentError
from chainrule.tables.cells import POINT
from chainrule.tables.columns import Column
from chainrule.tables.fields import Field, Number, learnt
from chainrule.tables.parts import Part, Parts
from chainrule.tables.preparing import prepared
from chainrule.tables.reading import opened, table_of
from chainrule.tables.schema import Schema, Target, Task, fitted, own, scaled
from chainrule.tables.table import Table
from chainrule.tables.typed import Typed


def parts(source: str, options: Options, folder: Path | None = None) -> tuple[Parts, Rows | Table]:
    """Read a source, part its rows, and scale them by what is learnt from the rows to learn from.

    Args:
        source: name of a data set, or path of a file.
        options: what was asked for.
        folder: for the rows of a table that does not fit into memory.

    Raises:
        FileError: for a file that is missing or cannot be read as a table.
        DataError: for too few rows, or targets that are not what `--task` says.
        ArgumentError: for an unknown source, target or share.
    """
    whole(options.seed, "chainrule train, --seed", least=0, most=2**63 - 1)
    if source in catalogue.ENTRIES:
        rows = by_name(source, options)
        return of_samples(rows), rows
    table = table_at(path_of(source), options)
    return prepared(
        table, test=options.test, validation=options.validation, seed=options.seed, batch_size=options.batch_size,
        folder=folder, where="chainrule train",
    ), table


def table_at(path: Path, options: Options) -> Table:
    """The table in a file, with the target that was asked for."""
    found = opened(path, delimiter=options.delimiter, header=options.header, encoding=options.encoding)
    if options.target is None:
        shown = ", ".join(found.names[:12]) + (", …" if len(found.names) > 12 else "")
        raise ArgumentError("cli.error.no_target", str(path), names=shown, last=found.names[-1])
    table = table_of(found, options.target, task=options.task)
    if not options.drop and (table.dropped or table.left_out):
        names = ", ".join(column.name for column in table.left_out) or "–"
        raise ArgumentError("cli.error.left_out", str(path), rows=table.dropped, names=names)
    return table


def of_samples(rows: Rows) -> Parts:
    """The rows of a data set of ours: columns of numbers, each scaled by itself, pixels all alike."""
    found = rows.learning
    task: Task = "numbers" if found.kind == "numbers" else "binary" if found.classes == 2 else "classes"
    name = found.target_names[0] if task == "numbers" else "class"
    target = Target(name, task, 0, () if task == "numbers" else found.target_names)
    known = _targets(rows.known)
    schema = Schema(_fields(found), fitted(target, _targets(found), known))
    columns = [_column(name) for name in found.feature_names]

    def part(samples: Samples) -> Part:
        typed = Typed(list(samples.X.astype(np.float64).T), np.arange(len(samples.X)))
        return Part(schema.inputs(typed, columns), scaled(schema.target, _targets(samples)))

    learning, watching, judging = (part(samples) for samples in (found, rows.watching, rows.judging))
    return Parts(
        found.name, schema, learning, watching, judging, own(target, _targets(rows.judging)), known,
        (part(rows.known), judging.X), (len(learning.X), len(watching.X), len(judging.X)),
        image_shape=found.image_shape,
    )


def _fields(found: Samples) -> tuple[Field, ...]:
    if found.image_shape:  # a rare pixel must not become a large number
        brightest = float(found.X.max()) or 1.0
        return tuple(Number(name, POINT, (), 0.0, brightest, (), gaps=False) for name in found.feature_names)
    values = found.X.astype(np.float64).T
    return tuple(learnt(_column(name), one, bins=0) for name, one in zip(found.feature_names, values, strict=True))


def _column(name: str) -> Column:
    return Column(name, "number", POINT)


def _targets(samples: Samples) -> NDArray[np.float64]:
    return samples.y.reshape(-1).astype(np.float64)
