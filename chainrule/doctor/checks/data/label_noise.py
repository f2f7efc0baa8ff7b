"""6: labels that are wrong here and there, also where their neighbours leave no doubt."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Ints
from chainrule.doctor.case import PAIRS, Case
from chainrule.doctor.changes.rows import keys_of, left_out
from chainrule.doctor.looks.near import neighbours
from chainrule.doctor.looks.rows import Rows, contradicting, everything
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.metrics.intervals import wilson_interval

FEWEST = 80  # rows
NEIGHBOURS = 15
SOME, MUCH = 0.03, 0.08  # share of wrong labels among sure rows: lower bounds for a suspect, and for a fault
MOST = 0.4  # above it there is no majority left to tell which label is wrong
FLAT, STEEP = 0.6, 1.7  # of that share: noise is the same among the surest rows and the others, overlap is not
WHOLE = 0.94  # agreement and share of wrong labels together: where they leave more open, neighbours know too little
BOTH = 0.01  # lower bound of the share for a second class: noise goes both ways, a rare class does not
UNSEEN = 0.6  # of the share: so many unseen rows at least any network answers wrongly
SHOWN = 20


def look(case: Case) -> Iterator[Suspicion]:
    """Of the rows whose neighbours agree most, the share whose own label is another one."""
    rows = case.once(everything)
    if rows is None or rows.labels is None:
        return
    twins = {place for group in contradicting(rows) for place in group}  # another fault, with a check of its own
    alone = np.array([place for place in range(len(rows)) if place not in twins], dtype=np.int64)
    if len(alone) < FEWEST:
        return
    found = _doubts(rows, alone)
    low, high = wilson_interval(int(found.wrong[found.sure].sum()), int(found.sure.sum()))
    share = float(found.wrong[found.sure].mean())
    if low < SOME or share > MOST or not _everywhere(found, share):
        return
    errors = [run.error for run in case.runs(range(PAIRS)) if run.error is not None]
    if not errors or np.median(errors) < UNSEEN * share:
        return
    doubtful = found.rows[found.wrong & (found.agreement > 1 - MOST)]
    worst = found.rows[np.argsort(-(found.agreement * found.wrong), kind="stable")][:SHOWN]
    keys = keys_of(rows.X[doubtful], rows.y[doubtful])
    told = {"share": f"{share:.1%}", "low": f"{low:.1%}", "high": f"{high:.1%}", "count": NEIGHBOURS}
    evidence = (
        Evidence("doubtful", told),
        Evidence("worst", {"rows": ", ".join(str(int(row)) for row in worst)}),
    )
    if low > MUCH:
        cures = (left_out(frozenset(keys), "label_noise"),)
        yield Suspicion("label_noise", "exact", evidence, cures, 0.8, {"share": f"{share:.0%}"})
    else:
        yield Suspicion("label_noise", "statistic", evidence, strength=0.5, values={"share": f"{share:.0%}"})


@dataclass(frozen=True)
class _Doubts:
    """What the neighbours say: the rows, the class and share of their majority, whether a row's own label differs."""

    rows: Ints
    majority: Ints
    agreement: NDArray[np.float64]
    wrong: NDArray[np.bool_]
    sure: NDArray[np.bool_]


def _doubts(rows: Rows, among: Ints) -> _Doubts:
    labels = rows.labels
    assert labels is not None
    found = neighbours(rows.X[among], NEIGHBOURS)
    places = among[found.rows]
    own = labels[places]
    votes = np.stack([(own[found.near] == name).mean(axis=1) for name in range(int(labels.max()) + 1)], axis=1)
    majority, agreement = votes.argmax(axis=1), votes.max(axis=1)
    sure = agreement >= np.median(agreement)
    return _Doubts(places, majority, agreement, majority != own, sure)


def _everywhere(found: _Doubts, share: float) -> bool:
    """Whether wrong labels are as frequent among the surest rows and the others, and in more than one class."""
    surest = found.agreement >= np.quantile(found.agreement, 0.8)
    if _bounds(found.wrong[surest])[1] < FLAT * share or float(np.median(found.agreement)) + share < WHOLE:
        return False
    if not found.sure.all() and _bounds(found.wrong[~found.sure])[0] > STEEP * share:
        return False
    ways = [_bounds(found.wrong[found.sure & (found.majority == name)])[0] for name in np.unique(found.majority)]
    return sum(way > BOTH for way in ways) > 1


def _bounds(wrong: NDArray[np.bool_]) -> tuple[float, float]:
    """The bounds of the share that is wrong."""
    return wilson_interval(int(wrong.sum()), len(wrong)) if len(wrong) else (0.0, 1.0)


CHECK = Check(6, ("label_noise",), look)
