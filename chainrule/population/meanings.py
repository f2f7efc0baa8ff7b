"""What the place means at which a training stopped, told from its answers and from its last losses."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.language import say
from chainrule.population.rows import FEW, Answered

SURE = 0.2  # a probability this near to 0 or 1 has decided
ALIKE = 0.05  # answers this near to each other are one answer
CONSTANT = 0.02  # of the way from the best constant to the floor
FALLING = 0.02  # of what is left above the floor, within a tenth of the training
MOST = 0.75  # of the members of a group: what is true of so many is said of it

Floats = NDArray[np.float64]


class Sign(NamedTuple):
    """What is seen of one seed; equal signs are the same place."""

    code: str
    rows: int = 0
    of: int = 0


@dataclass(frozen=True)
class Meaning:
    """What a place means.

    Attributes:
        code: `"diverged"`, `"constant"`, `"alike"` (rows that are not told apart), `"wrong"` (rows with another class),
            `"right"` (all rows right, but not surely), `"worse"` (than the best constant), `"scattered"`, or `""`.
        rows: how many rows it is about.
        of: how many rows there are.
        values: what they were answered, where that is one number.
        falling: whether the loss still fell when the training ended.
    """

    code: str
    rows: int = 0
    of: int = 0
    values: tuple[float, ...] = ()
    falling: bool = False

    def __str__(self) -> str:
        return self.words()

    def words(self, lang: str | None = None) -> str:
        """What it means, in words; `lang` default the language in force."""
        words = self._place(lang)
        if not self.falling:
            return words or say("population.place_still", lang)
        if not words:
            return say("population.place_falling", lang)
        return say("population.place_and_falling", lang, place=words)

    def _place(self, lang: str | None) -> str:
        if not self.code:
            return ""
        answer = say("population.or", lang).join(_short(value) for value in self.values)
        kind = self.code if answer or self.code not in ("constant", "alike") else f"{self.code}_unnamed"
        rows, of = _counted(self.rows, lang), _counted(self.of, lang)
        return say(f"population.place_{kind}", lang, rows=rows, of=of, answer=answer)


def signs(
    ends: Floats, curves: Floats, rows: Answered | None, floor: float | None, best_constant: float | None
) -> tuple[list[Sign], NDArray[np.bool_]]:
    """What is seen of each seed, and whether its loss still falls.

    Args:
        ends: (seeds,) losses after the training.
        curves: (seeds, points) losses while it went on.
        rows: the training rows and their answers; None where there are none to be judged.
        floor: the least loss there can be, if it is known.
        best_constant: the loss of the best constant answer, if it is known.
    """
    found = [_sign(place, float(loss), rows, floor, best_constant) for place, loss in enumerate(ends)]
    return found, _falling(curves, floor or 0.0)


def meaning(
    members: Sequence[int], found: Sequence[Sign], falling: NDArray[np.bool_], rows: Answered | None
) -> Meaning:
    """What is true of most members of a group."""
    sign, count = Counter(found[place] for place in members).most_common(1)[0]
    moving = float(np.mean(falling[list(members)])) >= MOST
    if count < MOST * len(members):
        return Meaning("", falling=moving)
    values: tuple[float, ...] = ()
    if sign.code in ("alike", "constant") and rows is not None and rows.wanted.shape[1] == 1:
        values = _values([place for place in members if found[place] == sign], rows, sign)
    return Meaning(sign.code, sign.rows, sign.of, values, moving and sign.code != "diverged")


def _sign(place: int, loss: float, rows: Answered | None, floor: float | None, best_constant: float | None) -> Sign:
    if not np.isfinite(loss):
        return Sign("diverged")
    if rows is not None:
        return _of_rows(rows, place)
    if best_constant is not None and floor is not None and best_constant > floor:
        left = (loss - floor) / (best_constant - floor)
        if abs(left - 1) <= CONSTANT:
            return Sign("constant")
        if left > 1:
            return Sign("worse")
    return Sign("")


def _of_rows(rows: Answered, place: int) -> Sign:
    """Rows that are not told apart, or answered with another class."""
    right = rows.right[place]
    n = len(right)
    same = _undecided(rows, place)
    if len(same) == n:
        return Sign("constant", n, n)
    if len(same) > 1:
        return Sign("alike", len(same), n)
    if right.all():
        return Sign("right", n, n)
    return Sign("wrong", int((~right).sum()), n) if n <= FEW else Sign("")


def _undecided(rows: Answered, place: int) -> NDArray[np.int64]:
    """The largest set of rows that are all answered alike though some of them want another answer."""
    given, wanted = rows.given[place], rows.wanted
    best = np.zeros(0, np.int64)
    for row in np.flatnonzero(rows.off[place] > SURE):
        near = np.flatnonzero((np.abs(given - given[row]) <= ALIKE).all(axis=1))
        if len(near) > len(best) and (wanted[near] != wanted[near[0]]).any():
            best = near
    return best


def _values(members: Sequence[int], rows: Answered, sign: Sign) -> tuple[float, ...]:
    """The answers that the members of a group give to the rows they do not tell apart: one number, or a few."""
    found = np.sort([rows.given[place][_undecided(rows, place), 0].mean() for place in members])
    parts = np.split(found, np.flatnonzero(np.diff(found) > ALIKE) + 1)
    values = tuple(float(np.median(part)) for part in parts)
    return values if len(values) <= 2 else ()


def _falling(curves: Floats, floor: float) -> NDArray[np.bool_]:
    """(seeds,) whether the last tenth of a curve lies clearly below the tenth before it."""
    tenth = curves.shape[1] // 10
    if not tenth:
        return np.zeros(len(curves), np.bool_)
    with np.errstate(all="ignore"):
        before, last = (np.median(part, axis=1) for part in (curves[:, -2 * tenth : -tenth], curves[:, -tenth:]))
        return np.asarray(before - last > FALLING * np.maximum(before - floor, 1e-12))


def _counted(number: int, lang: str | None) -> str:
    """A small number in words, as one says it of things."""
    return say(f"population.number_{number}", lang) if 1 <= number <= 12 else f"{number:,}"


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
