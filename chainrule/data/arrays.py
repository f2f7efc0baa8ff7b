"""The gate for arrays: what a user may hand over, and the NumPy array that comes out of it.

Lists, tuples, NumPy arrays of any order or byte order, frames and tensors are taken; nothing given is written to.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ArgumentError, DataError, DtypeError, ShapeError

Array = NDArray[Any]
Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Kind = Literal["classes", "numbers"]


def array(value: object, where: str) -> Array:
    """The array behind `value`: numbers, booleans or words, in the machine's own byte order.

    Args:
        value: list, tuple, array, frame or tensor.
        where: the function and argument to name in an error.

    Returns:
        The same memory where that is possible; the caller must not write to it.

    Raises:
        DataError: when no rectangular array can be made of it, or some of it is masked.
        DtypeError: for complex numbers, dates and objects.
    """
    given = value
    if hasattr(value, "detach"):
        value = value.detach()
    if hasattr(value, "numpy"):
        value = value.numpy()
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise DataError("data.masked", where, count=int(np.ma.getmaskarray(value).sum()))
    try:
        found: Array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise DataError("data.not_array", where, got=type(value).__name__, reason=str(error)) from None
    if found.dtype.kind == "O" and all(isinstance(item, str) for item in found.flat) and found.size:
        found = found.astype(np.str_)
    if found.dtype.kind == "O" and found.ndim:
        _name_first_word(found, where, getattr(given, "columns", ()))
    if found.dtype.kind not in "biufUS":
        raise DtypeError("data.dtype", where, got=found.dtype)
    return found if found.dtype.isnative else found.astype(found.dtype.newbyteorder("="))


def _name_first_word(found: Array, where: str, names: Any) -> None:
    """Refuse the first thing among objects that is no number, by its place; nothing where all are numbers.

    Raises:
        DtypeError: with the row, the column and what stands there.
    """
    for place, item in np.ndenumerate(found):
        if isinstance(item, int | float | np.number | np.bool_):
            continue
        column = str(place[1]) if len(place) > 1 else ""
        column += f' "{names[place[1]]}"' if column and place[1] < len(names) else ""
        spot = f"{where}, row {place[0]}" + (f", column {column}" if column else "")
        raise DtypeError("data.mixed", spot, got=repr(item))


def numbers(value: object, where: str) -> Array:
    """Like `array`, but words are refused."""
    found = array(value, where)
    if found.dtype.kind in "US":
        raise DtypeError("data.words", where, got=repr(str(found.flat[0])) if found.size else found.dtype)
    return found


def features(value: object, where: str, *, finite: bool = True) -> Floats:
    """Rows of features: floating point, at least one row and two axes.

    Returns:
        (n, ...) float32 where it was float32, otherwise float64; in C order, for the order of a sum shows in its bits.

    Raises:
        ShapeError: for fewer than two axes.
        DataError: for no rows or columns, and, with `finite`, for NaN or infinity, naming the first place.
    """
    found = numbers(value, where)
    if found.ndim < 2:
        raise ShapeError("data.needs_columns", where, got=found.shape)
    if not found.size:
        raise DataError("data.empty", where, got=found.shape)
    found = np.ascontiguousarray(found, np.float32 if found.dtype == np.float32 else np.float64)
    if finite:
        all_finite(found, where)
    return found


def all_finite(found: Array, where: str) -> None:
    """Refuse NaN and infinity, naming the first place.

    Raises:
        DataError: with index and value of the first one, and how many there are.
    """
    if found.dtype.kind != "f" or np.isfinite(found).all():
        return
    wrong = np.argwhere(~np.isfinite(found))
    first = tuple(int(i) for i in wrong[0])
    raise DataError("data.not_finite", where, got=found[first], place=list(first), count=len(wrong))


def same_rows(first: Array, second: Array, where: str) -> int:
    """The number of rows that two arrays share.

    Raises:
        ShapeError: when they differ, or one has no axis of rows.
    """
    if first.ndim == 0 or second.ndim == 0 or len(first) != len(second):
        raise ShapeError("data.rows_differ", where, first=first.shape, second=second.shape)
    return len(first)


def whole(value: object, where: str, *, least: int, most: int | None = None) -> int:
    """A whole number of at least `least`, and at most `most`, as a Python `int`.

    Raises:
        ArgumentError: for anything else, booleans included.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer) or value < least:
        raise ArgumentError("data.whole", where, got=repr(value), least=least)
    if most is not None and value > most:
        raise ArgumentError("data.whole_range", where, got=repr(value), least=least, most=most)
    return int(value)


def real(value: object, where: str, *, least: float, most: float = np.inf) -> float:
    """A finite number from `least` to `most`, as a Python `float`.

    Raises:
        ArgumentError: for anything else, booleans included.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        raise ArgumentError("data.real", where, got=repr(value), least=least, most=most)
    if not np.isfinite(value) or not least <= value <= most:
        raise ArgumentError("data.real", where, got=repr(value), least=least, most=most)
    return float(value)
