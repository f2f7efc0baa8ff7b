"""How each column becomes inputs of a network: plain data, learnt from the rows to learn from and from no other.

A column is first made compact, a few numbers a row: scaled numbers (NaN for gaps), numbers of words, parts of dates.
Compact rows are then expanded to inputs: a number beside its place among its quantiles, a word to zeros and a one.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.tables import cells
from chainrule.tables.columns import Column
from chainrule.tables.typed import GAP, UNKNOWN, Values

Inputs = NDArray[np.float32]

BINS = 12  # between quantiles of a number
DENSE = 60  # words up to which a category gets an input for each of them
RARE = 3  # rows that a word needs to get a place of its own, in tables of some size
SMALL = 200  # rows up to which every word gets one
BOUND = 8.0  # a scaled number beyond it grows as a logarithm
YEAR, DAY = 365.2425 * 86400, 86400.0


@dataclass(frozen=True)
class Number:
    """A column of numbers.

    Attributes:
        name: of the column.
        way: how its cells are read.
        markers: words that stand for nothing in it.
        center: what is taken away.
        scale: what is divided by.
        edges: of the bins, among the scaled numbers; few or none where there are few different numbers.
        gaps: whether a gap has an input of its own.
    """

    name: str
    way: int
    markers: tuple[str, ...]
    center: float
    scale: float
    edges: tuple[float, ...]
    gaps: bool
    kind: Literal["number"] = "number"

    @property
    def compact_width(self) -> int:
        """Numbers a row when compact."""
        return 1

    @property
    def width(self) -> int:
        """Inputs."""
        return 1 + max(0, len(self.edges) - 1) + self.gaps

    def compact(self, values: Values) -> Inputs:
        """(n, 1) scaled, NaN for gaps."""
        z = (values - self.center) / self.scale
        far = np.abs(z) > BOUND
        z[far] = np.sign(z[far]) * (BOUND + np.log(np.abs(z[far]) / BOUND))
        return z.astype(np.float32)[:, None]

    def expand(self, compact: Inputs, into: Inputs) -> None:
        """Write the inputs of compact rows."""
        gaps = np.isnan(compact[:, 0])
        z = np.where(gaps, np.float32(0), compact[:, 0])
        into[:, 0] = z
        if len(self.edges) > 1:
            edges = np.array(self.edges, np.float32)
            np.subtract(z[:, None], edges[:-1], out=into[:, 1 : len(edges)])
            into[:, 1 : len(edges)] /= np.diff(edges)
            np.clip(into[:, 1 : len(edges)], 0, 1, out=into[:, 1 : len(edges)])
            into[gaps, 1 : len(edges)] = 0
        if self.gaps:
            into[:, -1] = gaps


@dataclass(frozen=True)
class Category:
    """A column of words.

    Attributes:
        name: of the column.
        levels: words with a place of their own.
        others: whether rare words share one more place, which unknown ones get as well.
        gaps: whether a gap has a place too, the last.
        embedded: numbers that the network learns for each place; 0 for an input for each.
    """

    name: str
    levels: tuple[str, ...]
    others: bool
    gaps: bool
    embedded: int
    kind: Literal["category"] = "category"

    @property
    def compact_width(self) -> int:
        """Numbers a row when compact."""
        return 1

    @property
    def places(self) -> int:
        """Words, others, gap; embedded ones have one for what was never seen."""
        return len(self.levels) + (self.others or self.embedded > 0) + self.gaps

    @property
    def place_of_others(self) -> int:
        """Where words go that are rare or were never seen; below 0 for nowhere."""
        return len(self.levels) if self.others or self.embedded else UNKNOWN

    @property
    def place_of_gaps(self) -> int:
        """Where cells go that say nothing."""
        return self.places - 1 if self.gaps else self.place_of_others

    @property
    def width(self) -> int:
        """Inputs; the number of the place where it is embedded."""
        return 1 if self.embedded else self.places

    def compact(self, values: Values, words: tuple[str, ...]) -> Inputs:
        """(n, 1) places: below 0 where there is none."""
        numbers = {word: number for number, word in enumerate(self.levels)}
        other = self.place_of_others
        table = np.array([numbers.get(word, other) for word in words] + [other, self.place_of_gaps], np.float32)
        return table[np.where(values == GAP, len(words) + 1, np.where(values == UNKNOWN, len(words), values))][:, None]

    def expand(self, compact: Inputs, into: Inputs) -> None:
        """Write the inputs of compact rows."""
        if self.embedded:
            into[:] = compact
            return
        into[:] = compact == np.arange(self.places, dtype=np.float32)


@dataclass(frozen=True)
class Date:
    """A column of dates: time since then, and where in the year, the week and the day it stands.

    Attributes:
        name: of the column.
        way: how its cells are read.
        center: seconds since 1970.
        scale: in seconds.
        parts: of `year`, `week`, `day`: circles whose place it has.
        gaps: whether a gap has an input of its own.
    """

    name: str
    way: int
    center: float
    scale: float
    parts: tuple[str, ...]
    gaps: bool
    kind: Literal["date"] = "date"

    @property
    def compact_width(self) -> int:
        """Numbers a row when compact."""
        return 1 + 2 * len(self.parts)

    @property
    def width(self) -> int:
        """Inputs."""
        return self.compact_width + self.gaps

    def compact(self, values: Values) -> Inputs:
        """(n, parts) scaled time, sine and cosine of each part; NaN for gaps."""
        columns = [(values - self.center) / self.scale]
        for part in self.parts:
            turn = 2 * np.pi * (values + SHIFT[part]) / PERIOD[part]
            columns += [np.sin(turn), np.cos(turn)]
        return np.stack(columns, axis=1).astype(np.float32)

    def expand(self, compact: Inputs, into: Inputs) -> None:
        """Write the inputs of compact rows."""
        gaps = np.isnan(compact[:, 0])
        into[:, : self.compact_width] = np.where(gaps[:, None], np.float32(0), compact)
        if self.gaps:
            into[:, -1] = gaps


PERIOD = {"year": YEAR, "week": 7 * DAY, "day": DAY}
SHIFT = {"year": 0.0, "week": 3 * DAY, "day": 0.0}  # 1 January 1970 was a Thursday
Field = Number | Category | Date
KINDS: dict[str, Any] = {"number": Number, "category": Category, "date": Date}


def learnt(column: Column, values: Values, *, bins: int = BINS) -> Field:
    """The field of a column, by the values of the rows to learn from."""
    if column.kind == "category":
        return _category(column, values)
    gaps = np.isnan(values)
    found = values[~gaps]
    if not len(found):
        found = np.zeros(1)
    center, scale = _middle(found)
    if column.kind == "date":
        return Date(column.name, column.way, center, scale, _parts(found), bool(gaps.any()))
    made = Number(column.name, column.way, column.markers, center, scale, (), bool(gaps.any()))
    z = made.compact(found)[:, 0]
    return replace(made, edges=_edges(z, bins))


def _middle(found: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and deviation, of numbers that may be so large that their squares are none."""
    peak = float(np.abs(found).max()) or 1.0
    part = found / peak
    center, scale = float(part.mean()), float(part.std())
    if scale <= 4 * np.finfo(np.float64).eps * max(1.0, abs(center)):
        return center * peak, peak if peak * 1e-6 > 0 and center == 0 else max(abs(center * peak), 1.0)
    return center * peak, max(scale * peak, float(np.finfo(np.float64).tiny))


def _edges(z: Inputs, bins: int) -> tuple[float, ...]:
    """Quantiles, those that are equal once; none where there are too few different numbers to tell."""
    if bins < 2:
        return ()
    found = np.unique(np.quantile(z, np.linspace(0, 1, bins + 1)).astype(np.float32))
    if len(found) < 4:
        return ()
    wide = np.concatenate([[True], np.diff(found) > 1e-4])
    return tuple(float(edge) for edge in found[wide]) if wide.sum() >= 4 else ()


def _category(column: Column, values: Values) -> Category:
    count = len(column.words)
    counts = np.bincount(values[values >= 0], minlength=count)
    least = 1 if len(values) <= SMALL else RARE
    kept = tuple(word for word, rows in zip(column.words, counts.tolist(), strict=True) if rows >= least)
    others = bool(((counts > 0) & (counts < least)).any())
    gaps = bool((values == GAP).any())
    places = len(kept) + others + gaps
    embedded = 0 if places <= DENSE else min(32, round(1.6 * places**0.5))
    return Category(column.name, kept, others, gaps, embedded)


def _parts(found: NDArray[np.float64]) -> tuple[str, ...]:
    """The circles that these moments stand in different places of."""
    span = float(found.max() - found.min())
    parts = ["year"] if span > YEAR / 6 else []
    if span > 2 * DAY:
        parts += ["week"] if len(np.unique(found // DAY % 7)) > 1 else []
    return (*parts, "day") if (found % DAY).any() else tuple(parts)


def way_name(field: Field) -> str:
    """How the cells of a field are read, in a word."""
    return "" if isinstance(field, Category) else cells.NAMES.get(field.way, "")
