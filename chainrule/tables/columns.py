"""What the columns of a table are: a number, a date, a category, the target, or something that is left out aloud."""

import re
from dataclasses import dataclass, field
from typing import Literal

from chainrule.errors import FileError
from chainrule.tables import cells
from chainrule.tables.cells import DATES, NUMBERS
from chainrule.tables.seen import Seen
from chainrule.tables.source import Source

Kind = Literal["number", "date", "category", "text", "identifier", "constant", "empty", "ignored"]
USED = ("number", "date", "category")
MOSTLY = 0.9  # of the cells are numbers: then the others are mistakes, or one word for what is missing
FEW = 20
LONG = 25  # letters of a cell, on average: nobody's name for a category
ID = re.compile(
    r"(?i)(.*[\s_.-])?(id|uuid|guid|index|key|no|nr|row|rowid|row_?number|unnamed: 0)|编号|序号"
)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: of the column.
        kind: what it is; only number, date and category are learnt from.
        way: how its cells are read, one of the flags of `cells`.
        markers: words that stand for nothing in it, besides the usual ones.
        missing: cells that say nothing.
        different: how many different words or numbers it has; None for very many.
        words: of a category, all of them, in alphabetical order.
    """

    name: str
    kind: Kind
    way: int = 0
    markers: tuple[str, ...] = ()
    missing: int = 0
    different: int | None = None
    words: tuple[str, ...] = field(default=(), repr=False)


def decided(name: str, seen: Seen, source: Source) -> Column:
    """What a column is, by all of its cells.

    Raises:
        FileError: for an infinity, and for a word in a column of numbers, with its place.
    """
    if seen.infinite is not None:
        raise FileError("csv.not_finite", source.place(seen.infinite, name), got="inf")
    count = seen.rows - seen.missing
    if not count:
        return Column(name, "empty", missing=seen.missing)

    def made(kind: Kind, way: int = 0, different: int | None = None, **more: tuple[str, ...]) -> Column:
        return Column(name, kind, way, missing=seen.missing, different=different, **more)

    way = 0 if seen.typed == "date" else number_way(seen, source)
    if seen.typed == "number" or way:
        different = None if seen.levels is None else len(seen.levels)
        kind: Kind = "number"
        if different == 1 and not seen.missing:
            kind = "constant"
        elif is_identifier(name, seen):
            kind = "identifier"
        return made(kind, way or cells.POINT, different, markers=tuple(seen.unread))
    if seen.typed == "date" or seen.ways & DATES:
        ways = (cells.ISO, cells.DAY_FIRST, cells.MONTH_FIRST)
        date_way = next((way for way in ways if seen.ways & way), cells.ISO)
        alone = seen.levels is not None and seen.words is None and len(seen.levels) == 1
        if (alone or (seen.words is not None and len(seen.words) == 1)) and not seen.missing:
            return made("constant", date_way)
        return made("date", date_way)
    _refuse_infinite(name, seen, source)
    if seen.words is None:
        return made(_without_pattern(seen, count))
    different = len(seen.words)
    if different == 1 and not seen.missing:
        kind = "constant"
    elif different > max(FEW, count // 2) or (different == count and count >= FEW // 2):
        kind = _without_pattern(seen, count)
    else:
        kind = "category"
    return made(kind, different=different, words=tuple(sorted(seen.words)) if kind == "category" else ())


def number_way(seen: Seen, source: Source) -> int:
    """How the cells of a column of text are numbers; 0 where they are none.

    Where most of them are and the others all say the same word, that word stands for what is missing.
    """
    ways = seen.ways & NUMBERS
    if not ways and _mostly_numbers(seen) and len(seen.unread) == 1 and next(iter(seen.unread.values()))[0] > 1:
        ways = seen.number_ways & NUMBERS
    order = (cells.POINT, cells.THOUSANDS, cells.COMMA)
    if source.delimiter != ",":
        order = (cells.POINT, cells.COMMA, cells.THOUSANDS)
    return next((way for way in order if ways & way), 0)


def is_identifier(name: str, seen: Seen) -> bool:
    """Whether the numbers of a column only count its rows, or are all different under the name of a number of a row."""
    count = seen.rows - seen.missing
    if not seen.whole or count < FEW:
        return False
    different = count if seen.levels is None else len(seen.levels)
    return seen.counter or (different == count and bool(ID.fullmatch(name.strip())))


def _mostly_numbers(seen: Seen) -> bool:
    count = seen.rows - seen.missing
    many = seen.levels is None or len(seen.levels) > FEW
    return bool(seen.number_ways & NUMBERS) and seen.numbers >= MOSTLY * count and many and bool(seen.unread)


def _refuse_infinite(name: str, seen: Seen, source: Source) -> None:
    """A word in a column of numbers is a mistake, as are two customs; and a number that is too large is none."""
    if seen.odd is not None and seen.numbers == seen.rows - seen.missing:
        raise FileError("table.not_number", source.place(seen.odd[1], name), got=repr(seen.odd[0][:60]), way="1.5")
    if not _mostly_numbers(seen):
        return
    word, (_, line) = min(seen.unread.items(), key=lambda item: item[1][1])
    place = source.place(line, name)
    if word.lower().strip("+-") in ("inf", "infinity"):
        raise FileError("csv.not_finite", place, got=repr(word))
    raise FileError("table.word", place, got=repr(word[:60]), others=len(seen.unread) - 1)


def _without_pattern(seen: Seen, count: int) -> Kind:
    return "text" if seen.letters > LONG * count else "identifier"

