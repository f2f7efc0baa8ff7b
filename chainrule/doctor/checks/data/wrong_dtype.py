"""16: numbers that a type has changed: wrapped around, cut off, or too large for its digits."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.doctor.case import Case, Run
from chainrule.doctor.change import Change
from chainrule.doctor.changes.scaling import standardised_in_double, unwrapped
from chainrule.doctor.looks.anew import anew, better
from chainrule.doctor.looks.rows import learnt
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

FEWEST = 10  # rows
SEVERAL, SPAN = 5, 0.75  # different numbers in each half of the type; of its span, at most, as signed ones
MANY = 50  # rows
FEW, LEFT = 3, 0.05  # numbers a column; share of the targets that equal rows leave open
END, HELD, HARD = 0.08, 0.03, 0.3  # of a type: its ends, which hold so many rows; of what there is to be learnt
LOST = 0.5  # of the different numbers of a column remain in the network's type, at most
TINY = 0.01  # of the numbers are too small for the network's type to have all their digits


def look(case: Case) -> Iterator[Suspicion]:
    """The types of X and y as they came, and what the network's own type leaves of them."""
    if case.feed is None or not isinstance(case.rows, tuple) or len(case.rows) < 2 or isinstance(case.rows[0], tuple):
        return
    X, y = np.asarray(case.rows[0]), np.asarray(case.rows[1])
    if len(y) < FEWEST:
        return
    for found in (_cut(case, X, y), _wrapped(case, X), _digits(case, X)):
        if found is not None:
            yield Suspicion("wrong_dtype", "exact", (found,), _cures(found, X), 0.9)
            return
    for found in (_truncated(case, X), _around(case, X)):
        if found is not None:
            yield Suspicion("wrong_dtype", "statistic", (found,), strength=0.97)  # why scaling helps little
            return


def _cures(found: Evidence, X: Any) -> tuple[Change, ...]:
    """What brings back numbers that are still there; those that were cut are gone."""
    if found.name == "wrapped":
        return (unwrapped(int(found.values["most"]), str(found.values["signed"])),)
    return (standardised_in_double(X),) if found.name in ("digits", "subnormal") else ()


def _cut(case: Case, X: Any, y: Any) -> Evidence | None:
    """Whole numbers in which nothing is left: all targets, or nearly all columns, are one number."""
    if y.dtype.kind in "iu" and case.first.objective.kind.targets == "numbers" and (y == y.flat[0]).all():
        return Evidence("cut", {"name": "y", "dtype": y.dtype, "number": y.flat[0]})
    if X.dtype.kind in "iu" and X.ndim == 2 and (X[0] == X).all():
        return Evidence("cut", {"name": "X", "dtype": X.dtype, "number": X.flat[0]})
    return None


def _wrapped(case: Case, X: Any) -> Evidence | None:
    """Numbers of an unsigned type at both its ends and none between; as signed ones, the same network learns."""
    if X.dtype not in (np.uint8, np.uint16, np.uint32, np.uint64) or not case.trouble or case.left <= 0:
        return None
    most = int(np.iinfo(X.dtype).max)
    signed = np.dtype(X.dtype.str.replace("u", "i"))
    numbers = np.unique(X)
    high = numbers > most // 2
    as_signed = numbers.view(signed)
    span = int(as_signed.max()) - int(as_signed.min())
    if min(high.sum(), (~high).sum()) < SEVERAL or span > SPAN * most or case.judged is None:
        return None
    before, after = (_scaled(case, kind) for kind in (X.dtype, signed))
    if not better(case, before, after):
        return None
    share = f"{(most // 2 < X).mean():.0%}"
    return Evidence("wrapped", {"dtype": X.dtype, "most": most, "share": share, "signed": signed})


def _truncated(case: Case, X: Any) -> Evidence | None:
    """Whole numbers of both signs, three a column at most, whose rows are equal where their targets are not."""
    rows = case.once(learnt)
    if rows is None or X.dtype.kind != "i" or X.ndim != 2 or len(rows) < MANY or not case.trouble:
        return None
    most = max(len(np.unique(column)) for column in X.T)
    if most > FEW or not (X < 0).any() or not (X > 0).any():
        return None
    y = rows.y if rows.labels is None else (rows.labels[:, None] == np.unique(rows.labels)).astype(np.float64)
    _, places = np.unique(rows.X, axis=0, return_inverse=True)
    places = places.reshape(-1)
    means = np.stack([np.bincount(places, column) for column in y.T], axis=1) / np.bincount(places)[:, None]
    share = float(((y - means[places]) ** 2).sum() / max(((y - y.mean(axis=0)) ** 2).sum(), 1e-300))
    if share < LEFT:
        return None
    return Evidence("few_numbers", {"dtype": X.dtype, "most": most, "share": f"{share:.0%}"})


def _around(case: Case, X: Any) -> Evidence | None:
    """Numbers of an unsigned type that fill it to both ends in each column, and say little even when scaled."""
    if X.dtype.kind != "u" or X.ndim != 2 or len(X) < MANY or case.judged is None or not case.trouble:
        return None
    most = float(np.iinfo(X.dtype).max)
    low, high = (END * most > X).mean(axis=0), ((1 - END) * most < X).mean(axis=0)
    if np.minimum(low, high).min() < HELD or case.left <= 0:
        return None
    held = [np.inf if run.held is None else run.held for run in _scaled(case, X.dtype)]
    if np.median(held) < case.floor + HARD * case.scale:
        return None
    return Evidence("both_ends", {"dtype": X.dtype, "low": f"{low.min():.0%}", "high": f"{high.min():.0%}"})


def _scaled(case: Case, kind: np.dtype[Any]) -> list[Run]:
    """Trainings on X read as another type, its columns scaled, so that the type alone makes the difference."""
    X, Z = (np.asarray(part[0]).view(kind).astype(np.float64) for part in (case.rows, case.judged))
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    rows, judged = ((X - mean) / deviation, *case.rows[1:]), ((Z - mean) / deviation, *case.judged[1:])
    return anew(case, rows, judged, cured=False)  # cures that scale are meant for the rows as they were


def _digits(case: Case, X: Any) -> Evidence | None:
    """Columns whose numbers the network's type cannot tell apart, or has no digits for."""
    if X.dtype.kind not in "fiu" or X.ndim != 2 or not case.trouble:
        return None
    own = case.first.dtype
    with np.errstate(all="ignore"):
        cast = X.astype(own)
    small = (X != 0) & (np.abs(cast) < np.finfo(own).tiny)
    if small.mean() > TINY:
        return Evidence("subnormal", {"dtype": own, "share": f"{small.mean():.0%}"})
    for place in range(X.shape[1]):
        before, after = len(np.unique(X[:, place])), len(np.unique(cast[:, place]))
        if before > FEWEST and after < LOST * before:
            return Evidence("digits", {"name": f"X[:, {place}]", "dtype": own, "before": before, "after": after})
    return None


CHECK = Check(16, ("wrong_dtype",), look)
