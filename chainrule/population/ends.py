"""The places where failures stop: groups of end losses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.population.meanings import MOST, Meaning, Sign, meaning
from chainrule.population.rows import Answered

WIDTH = 0.02  # of the way from the floor to the best constant: losses within it may be one place
SMALLEST = 0.01  # of the failures, and at least two of them, make a place

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class End:
    """A place where failures stop.

    Attributes:
        loss: the median of their losses after the training; NaN where they are no numbers.
        share: of the failures.
        rate: of all seeds.
        count: how many seeds.
        seeds: which.
        predictions: (n, …) what the middle one of them answers to the training rows; None where that was not kept.
        what: its meaning, in parts for programs.
    """

    loss: float
    share: float
    rate: float
    count: int
    seeds: tuple[int, ...]
    predictions: Array | None
    what: Meaning

    @property
    def meaning(self) -> str:
        """What the place means, in words."""
        return str(self.what)


def groups(losses: Sequence[float] | Floats, scale: float | None = None) -> list[NDArray[np.int64]]:
    """Losses that lie close together, as places in `losses`; every place is in one group, largest groups first.

    The densest stretch of the sorted losses is a group, then the densest of what is left, and so on. Losses that are
    not finite are a group of their own, those that nothing lies close to are the last one.

    Args:
        losses: (n,) numbers.
        scale: how far apart losses can be; default their own range.
    """
    found = np.asarray(losses, dtype=np.float64)
    finite = np.flatnonzero(np.isfinite(found))
    order = finite[np.argsort(found[finite], kind="stable")]
    least = max(2, int(np.ceil(SMALLEST * len(found))))
    if scale is None:
        scale = float(np.ptp(found[finite])) if len(finite) else 0.0
    dense: list[NDArray[np.int64]] = []
    while len(order) >= least:
        values = found[order]
        reach = values + WIDTH * np.maximum(scale, np.abs(values))
        counts = np.searchsorted(values, reach, side="right") - np.arange(len(values))
        start = int(counts.argmax())
        if counts[start] < least:
            break
        dense.append(order[start : start + counts[start]])
        order = np.delete(order, np.s_[start : start + counts[start]])
    wild = np.flatnonzero(~np.isfinite(found))
    dense.sort(key=len, reverse=True)
    return [group for group in (*dense, wild, order) if len(group)]


def ends(
    losses: Floats, seeds: NDArray[np.int64], failed: NDArray[np.bool_], found: Sequence[Sign],
    falling: NDArray[np.bool_], rows: Answered | None, predictions: Array | None, scale: float | None,
) -> tuple[End, ...]:
    """The places where failures stop, the commonest first.

    Args:
        losses: (seeds,) after the training.
        seeds: (seeds,) their numbers.
        failed: (seeds,) which of them are failures.
        found: what is seen of each seed.
        falling: (seeds,) whether its loss still falls.
        rows: the training rows and their answers, if they can be judged.
        predictions: (seeds, n, …) the answers as people read them, if they were kept.
        scale: from the floor to the best constant, if it is known.
    """
    failures = np.flatnonzero(failed)
    near = [failures[group] for group in groups(losses[failures], scale)]
    apart = [members for group in near for members in _told_apart(group, found)]
    told: list[tuple[Meaning, NDArray[np.int64]]] = []
    for members in apart:
        what = meaning(members.tolist(), found, falling, rows)
        # What is told by its answers is one place, also where not all have come equally far.
        same = next((k for k, (other, _) in enumerate(told) if _is_same(other, what)), None)
        if same is not None:
            joined = np.concatenate([told[same][1], members])
            told[same] = meaning(joined.tolist(), found, falling, rows), joined
        elif not what.code and len(members) > 1 and _is_spread(losses[members], scale):
            told.append((Meaning("scattered", falling=what.falling), members))
        else:
            told.append((what, members))
    told.sort(key=lambda place: -len(place[1]))
    made = []
    for what, members in told:
        middle = members[np.argsort(losses[members], kind="stable")[(len(members) - 1) // 2]]
        made.append(End(
            loss=float(losses[middle]), share=len(members) / len(failures), rate=len(members) / len(losses),
            count=len(members), seeds=tuple(sorted(int(seed) for seed in seeds[members])),
            predictions=None if predictions is None else predictions[middle], what=what,
        ))
    return tuple(made)


def _told_apart(group: NDArray[np.int64], found: Sequence[Sign]) -> list[NDArray[np.int64]]:
    """A group as it is where one thing can be said of most of it, else one group for each thing."""
    by_sign: dict[Sign, list[int]] = {}
    for place in group.tolist():
        by_sign.setdefault(found[place], []).append(place)
    if max(map(len, by_sign.values())) >= MOST * len(group):
        return [group]
    return [np.array(members) for members in by_sign.values()]


def _is_same(one: Meaning, other: Meaning) -> bool:
    """Whether two groups are one place: equal in what is seen, and, where both have arrived, in their answers."""
    if not one.code or (one.code, one.rows, one.of) != (other.code, other.rows, other.of):
        return False
    mirrored = [sorted({round(min(value, 1 - value), 1) for value in what.values}) for what in (one, other)]
    return one.falling or other.falling or mirrored[0] == mirrored[1]


def _is_spread(losses: Floats, scale: float | None) -> bool:
    finite = losses[np.isfinite(losses)]
    return bool(len(finite)) and float(np.ptp(finite)) > WIDTH * max(scale or 0.0, float(np.abs(finite).max()))
