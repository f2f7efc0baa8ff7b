"""Labels written in the code that a loss takes, in the order that they have."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.change import Change
from chainrule.errors import DataError

TOLD = 8  # classes of which it is told how they are written now
MANY = 40  # rows: where there are so many, what a single one of them says is no class but a slip


def recoded(
    labels: NDArray[Any], classes: int, row: tuple[int, ...], whole: bool, ignored: int | None = None
) -> Change | None:
    """Labels as 0 … `classes` - 1; None where they are no classes, or more of them than that.

    Numbers keep their gaps where there is room for them: 1 … K become 0 … K - 1 even if one of them never occurs.

    Args:
        labels: all that there are, numbers or words, (n, …).
        classes: how many the loss can tell apart.
        row: the shape in which it takes those of one row.
        whole: whether it takes whole numbers; else 0.0 and 1.0.
        ignored: the number of those that do not count; they stay as they are.
    """
    names = _kinds(labels, ignored)
    if names is None or not 2 <= len(names) <= classes or prod(labels.shape[1:]) != prod(row):
        return None
    first = _first(names, classes) if whole else None
    codes = np.arange(len(names)) if first is None else names.astype(np.int64) - first

    def data(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        X, y, *rest = rows
        written = _written(np.asarray(y), names, codes, ignored)
        return X, written.astype(np.int64 if whole else np.float64).reshape(len(written), *row), *rest

    pairs = [f"{name} → {code}" for name, code in zip(_plain(names), codes, strict=True)]
    told = ", ".join(pairs if len(pairs) <= TOLD else [*pairs[: TOLD - 2], "…", pairs[-1]])
    skips = ignored is not None and names.dtype.kind in "iuf" and bool((labels == ignored).any())
    code = _code(names, first, whole, ignored if skips else None)
    if labels.shape[1:] != row:
        code = f"({code})" if first else code
        code += f".reshape({', '.join(map(str, (-1, *row)))})"
    return Change("recoded", {"map": told, "code": code}, data=data, comparable=False)


def _kinds(labels: NDArray[Any], ignored: int | None) -> NDArray[Any] | None:
    """The different labels in their order; None for what is no class."""
    try:
        names, counts = np.unique(labels, return_counts=True)
    except TypeError:  # words among numbers
        return None
    if names.dtype.kind in "iuf":
        if not np.isfinite(names).all():
            return None
        counts = counts[names != ignored]
        names = names[names != ignored]
    slips = labels.size >= MANY and (counts < 2).any()
    return None if slips else names


def _first(names: NDArray[Any], classes: int) -> int | None:
    """What the classes are counted from, where they are numbers without too large gaps."""
    if names.dtype.kind not in "iuf" or (names != np.round(names)).any():
        return None
    least, most = int(names[0]), int(names[-1])
    first = 1 if least >= 1 and most <= classes else least
    return first if most - first < classes else None


def _written(y: NDArray[Any], names: NDArray[Any], codes: NDArray[np.int64], ignored: int | None) -> NDArray[Any]:
    places = np.minimum(np.searchsorted(names, y), len(names) - 1)
    counts = np.ones(y.shape, bool) if names.dtype.kind not in "iuf" or ignored is None else y != ignored
    strange = counts & (names[places] != y)
    if strange.any():  # of other rows than those that the codes were made for
        known = ", ".join(map(str, _plain(names[:TOLD]))) + (", …" if len(names) > TOLD else "")
        raise DataError("doctor.label", "recoded labels, argument y", got=y[strange][0], known=known)
    return np.where(counts, codes[places], -1 if ignored is None else ignored)


def _plain(names: NDArray[Any]) -> list[Any]:
    """As people write them: 1 and not 1.0."""
    return [int(name) if isinstance(name, float) and name.is_integer() else name for name in names.tolist()]


def _code(names: NDArray[Any], first: int | None, whole: bool, ignored: int | None) -> str:
    """What a user would write."""
    if first is not None:
        made = 'y.astype("int64")' + (f" {'-' if first > 0 else '+'} {abs(first)}" if first else "")
    else:
        made = f"np.searchsorted({_plain(names)}, y)" + ("" if whole else '.astype("float64")')
    return made if ignored is None else f"np.where(y == {ignored}, {ignored}, {made})"
