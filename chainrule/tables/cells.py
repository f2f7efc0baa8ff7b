"""What a cell of text can be read as: a number by one of three customs, a date by one of three, a word, or nothing."""

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta
from itertools import compress

import numpy as np
from numpy.typing import NDArray

Cells = list[str | None]
Numbers = NDArray[np.float64]

MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "nat", "null", "none", "<na>", "?"))
POINT, COMMA, THOUSANDS, ISO, DAY_FIRST, MONTH_FIRST = (1 << place for place in range(6))
NUMBERS, DATES = POINT | COMMA | THOUSANDS, ISO | DAY_FIRST | MONTH_FIRST
NAMES = {
    POINT: "point", COMMA: "comma", THOUSANDS: "thousands", ISO: "iso", DAY_FIRST: "day_first",
    MONTH_FIRST: "month_first",
}

_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d+)?([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?", re.ASCII)
_CLOCK = r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)?(?: ?(Z|[+-]\d{2}:?\d{2}))?"
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?" + _CLOCK, re.ASCII)
_OTHER = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + _CLOCK, re.ASCII)


def is_missing(cell: str | None) -> bool:
    """Whether a cell stands for nothing."""
    return cell is None or cell.strip().lower() in MISSING


def readings(cell: str) -> int:
    """Every way to read a cell that is not missing, as a sum of flags; 0 for a word."""
    text = cell.strip()
    found = 0
    if _POINT.fullmatch(text):
        found |= POINT
    if any(letter.isdigit() for letter in text[:24]):
        found |= COMMA if _COMMA.fullmatch(text) else 0
        found |= THOUSANDS if _THOUSANDS.fullmatch(text) else 0
        for way in (ISO, DAY_FIRST, MONTH_FIRST) if len(text) >= 6 and not found & POINT else ():
            found |= way if seconds(text, way) is not None else 0
    return found


def number(cell: str, way: int) -> float | None:
    """The finite number that a cell says when read by `way`; None for anything else."""
    text = cell.strip()
    if way == COMMA and _COMMA.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif way == THOUSANDS and _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _POINT.fullmatch(text):
        return None
    value = float(text)
    return value if np.isfinite(value) else None


def seconds(cell: str, way: int) -> float | None:
    """The seconds since 1970 of a date, with or without a time of day, read by `way`; None for anything else."""
    text = cell.strip()
    found = (_ISO if way == ISO else _OTHER).fullmatch(text)
    if found is None:
        return None
    if way == ISO:
        year, month, day = found[1], found[3], found[4] or "1"
    else:
        year, month, day = found[4], *((found[3], found[1]) if way == DAY_FIRST else (found[1], found[3]))
    hour, minute, second, zone = found.groups()[4:]
    try:
        clock = int(hour or 0), int(minute or 0), int(second or 0)
        moment = datetime(int(year), int(month), int(day), *clock, tzinfo=UTC)
        if zone and zone != "Z":
            ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            moment += ahead if zone[0] == "-" else -ahead
    except (ValueError, OverflowError):
        return None
    return float(timegm(moment.timetuple()))


def as_numbers(cells: Cells) -> Numbers | None:
    """All cells as numbers with a decimal point, when every one of them is one; quick."""
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))  # type: ignore[arg-type]  # None is refused
    except (TypeError, ValueError):
        return None
    # float() also takes 1_000, other scripts' digits, nan and infinity.
    text = "".join(cells)  # type: ignore[arg-type]  # no None was met
    return values if np.isfinite(values).all() and "_" not in text and text.isascii() else None


def read(cells: Cells, way: int, markers: frozenset[str] = frozenset()) -> tuple[Numbers, int | None]:
    """Cells as numbers, or as seconds since 1970: NaN where nothing stands, or one of `markers`.

    Returns:
        The numbers, and the place of the first cell that cannot be read so; None when all can.
    """
    if way == POINT:
        values = as_numbers(cells)
        if values is not None:
            return values, None
    one = number if way & NUMBERS else seconds
    known: dict[str | None, float] = {}
    wrong = set()
    for cell in set(cells):
        if cell is None or is_missing(cell) or cell.strip() in markers:
            known[cell] = np.nan
            continue
        value = one(cell, way)
        if value is None:
            wrong.add(cell)
        known[cell] = np.nan if value is None else value
    values = np.fromiter(map(known.__getitem__, cells), np.float64, len(cells))
    if not wrong:
        return values, None
    return values, next(compress(range(len(cells)), (cell in wrong for cell in cells)))
