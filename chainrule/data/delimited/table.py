"""`read_csv`: a table of numbers from a delimited text file, ready to learn from."""

import difflib
import re
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array, Kind
from chainrule.data.delimited.columns import MISSING, Columns, Place, as_number
from chainrule.data.delimited.lines import lines
from chainrule.data.delimited.rows import Rows
from chainrule.data.opening import as_path, opened
from chainrule.data.samples import Dropped, Samples, class_targets
from chainrule.errors import ArgumentError, DataError, FileError

MOST_CLASSES = 20
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")


def read_csv(
    path: str | PathLike[str],
    target: str | int = -1,
    *,
    drop: bool = False,
    kind: Kind | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
) -> Samples:
    r"""Read a table of numbers from a CSV file, plain or gzip.

    Cells are numbers such as `3`, `-0.5`, `1e5`, with spaces round them or not. Missing are cells that are empty or
    say NA, N/A, NaN, null or ?. A target of words becomes classes in alphabetical order.

    Args:
        path: the file.
        target: name or number (from 0, or from the end below 0) of the column to predict; default the last one.
        drop: leave out columns that hold words and rows with missing cells, and say so in `.dropped`; default refuse.
        kind: `"classes"` or `"numbers"`; default classes for words and for at most 20 different whole numbers of which
            each occurs twice or more on average.
        delimiter: between cells; default told from the first lines: comma, semicolon, tab or bar.
        header: whether the first row holds the names; default told from the first rows.
        encoding: of the text; a byte-order mark of UTF-8 is taken away.

    Returns:
        X (n, columns) float64; y (n, 1) float64 of 0 and 1 for two classes, (n,) int64 for more, (n, 1) for numbers.
        The names of columns and classes, and what was dropped, come with it.

    Raises:
        FileError: naming file, line and column: a missing or torn file, a folder, another format, wrong encoding, a
            ragged row, an empty or double name, a cell that is missing, not finite, or not a number.
        DataError: for a table without rows, without columns of numbers, or with a single class.
        ArgumentError: for a target that is not there, with the nearest name.

    Example:
        >>> import tempfile, pathlib
        >>> import chainrule.data
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "xor.csv")
        ...     _ = file.write_text("a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
        ...     X, y = chainrule.data.read_csv(file, target="y")
        >>> X.shape, y.ravel().tolist()
        ((4, 2), [0.0, 1.0, 1.0, 0.0])
    """
    file = as_path(path, "read_csv, argument path")
    if kind not in (None, "classes", "numbers"):
        raise ArgumentError("data.kind", "read_csv, argument kind", got=repr(kind))
    with opened(file) as stream:
        rows = Rows(lines(stream, file, encoding), file, delimiter, header)
        chosen = _target(target, rows.names, file)
        columns = Columns(rows, len(rows.names), chosen)
    if not len(columns.values):
        raise DataError("csv.no_rows", str(file))
    _refuse_infinite(columns, rows.names, file)
    if not drop:
        _refuse(columns, rows.names, chosen, file)
    inside, keep, dropped = _kept(columns, rows.names, chosen, file)
    y, classes = _targets(columns, keep, chosen, kind, file, rows.names[chosen])
    return Samples(
        np.ascontiguousarray(columns.values[keep][:, inside]),
        y,
        name=file.name.split(".")[0],
        kind="numbers" if classes is None else "classes",
        feature_names=tuple(rows.names[j] for j in inside),
        target_names=(rows.names[chosen],) if classes is None else classes,
        dropped=dropped,
    )


def _target(target: str | int, names: list[str], file: Path) -> int:
    if isinstance(target, str):
        if target in names:
            return names.index(target)
        near = difflib.get_close_matches(target, names, n=1, cutoff=0.0)[0]
        shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        raise ArgumentError("csv.target", str(file), got=repr(target), names=shown, near=repr(near))
    if isinstance(target, bool) or not isinstance(target, int | np.integer) or not -len(names) <= target < len(names):
        raise ArgumentError("csv.target_number", str(file), got=repr(target), count=len(names), last=len(names) - 1)
    return int(target) % len(names)


def _kept(
    columns: Columns, names: list[str], target: int, file: Path
) -> tuple[list[int], NDArray[np.bool_], Dropped]:
    empty = {j for j in columns.gaps if np.isnan(columns.values[:, j]).all()}
    out = (set(columns.words) | empty) - {target}
    inside = [j for j in range(len(names)) if j != target and j not in out]
    if not inside:
        raise DataError("csv.no_columns", str(file), names=", ".join(names[:12]))
    gaps = np.isnan(columns.values[:, [j for j in inside if j in columns.gaps]]).any(axis=1)
    gaps |= _missing_targets(columns, target)
    if gaps.all():
        raise DataError("csv.all_gaps", str(file), count=len(gaps))
    return inside, ~gaps, Dropped(tuple(names[j] for j in sorted(out)), columns.lines[gaps])


def _missing_targets(columns: Columns, target: int) -> NDArray[np.bool_]:
    if target not in columns.gaps and target not in columns.words:
        return np.zeros(len(columns.lines), bool)
    return np.fromiter((cell.lower() in MISSING for cell in columns.targets), bool, len(columns.lines))


def _refuse_infinite(columns: Columns, names: list[str], file: Path) -> None:
    for j, place in columns.words.items():
        if _is_infinite(place.cell):
            raise FileError("csv.not_finite", _where(file, place, names[j]), got=repr(place.cell))


def _refuse(columns: Columns, names: list[str], target: int, file: Path) -> None:
    words = {j: place for j, place in columns.words.items() if j != target}
    if words:
        j = min(words, key=lambda j: words[j].line)
        where = _where(file, words[j], names[j])
        if DECIMAL_COMMA.fullmatch(words[j].cell):
            raise FileError("csv.decimal_comma", where, got=repr(words[j].cell))
        raise FileError("csv.word", where, got=repr(words[j].cell[:60]))
    gaps = dict(columns.gaps)
    for i in np.flatnonzero(_missing_targets(columns, target))[:1]:
        gaps[target] = Place(int(columns.lines[i]), columns.targets[i])
    if gaps:
        j = min(gaps, key=lambda j: gaps[j].line)
        raise FileError("csv.gap", _where(file, gaps[j], names[j]), got=repr(gaps[j].cell))


def _where(file: Path, place: Place, column: str) -> str:
    return f"{file}, line {place.line}, column {column!r}"


def _is_infinite(cell: str) -> bool:
    try:
        return bool(np.isinf(float(cell)))
    except ValueError:
        return False


def _targets(
    columns: Columns, keep: NDArray[np.bool_], target: int, kind: Kind | None, file: Path, name: str
) -> tuple[Array, tuple[str, ...] | None]:
    if target in columns.words:
        found, labels = np.unique(np.array(columns.targets)[keep], return_inverse=True)
        names = tuple(str(word) for word in found)
        if kind == "numbers" or (kind is None and any(as_number(name) is not None for name in names)):
            place = columns.words[target]
            raise FileError("csv.mixed_target", _where(file, place, name), got=repr(place.cell[:60]))
    else:
        values = columns.values[keep, target]
        levels, labels = np.unique(values, return_inverse=True)
        if not _like_classes(values, levels, kind):
            return values.reshape(-1, 1), None
        names = tuple(str(int(level)) if level.is_integer() else str(level) for level in levels)
    if len(names) < 2:
        raise DataError("csv.one_class", f"{file}, column {name!r}", got=repr(names[0]))
    return class_targets(labels, len(names)), names


def _like_classes(values: NDArray[np.float64], levels: NDArray[np.float64], kind: Kind | None) -> bool:
    if kind is not None:
        return kind == "classes"
    few = 2 <= len(levels) <= min(MOST_CLASSES, len(values) // 2)
    return few and bool((levels == np.floor(levels)).all())
