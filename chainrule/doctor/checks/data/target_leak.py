"""12: a column that is the target itself."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import FEW, Case
from chainrule.doctor.columns import columns
from chainrule.doctor.near import neighbours
from chainrule.doctor.rows import Rows, learnt
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

SAME, OTHERS = 0.999, 0.95  # R² of the column alone, and of all others together
NEIGHBOURS = 5


def look(case: Case) -> Iterator[Suspicion]:
    """A column that gives the target away to a thousandth, beside others that do not: a question, and no proof."""
    rows, found = case.once(learnt), case.once(columns)
    if rows is None or found is None or len(rows) < FEW or rows.X.shape[1] < 2:
        return
    y = rows.y if rows.labels is None else (rows.labels[:, None] == np.unique(rows.labels)).astype(np.float64)
    alone = [_alone(column, rows) for column in rows.X.T]
    best = int(np.argmax(alone))
    if alone[best] < SAME:
        return
    others = _by_neighbours(np.delete(rows.X, best, axis=1), y)
    if others > OTHERS:
        return
    evidence = Evidence("leak", {"name": found.names[best], "alone": f"{alone[best]:.4f}", "others": others})
    yield Suspicion("target_leak", "statistic", (evidence,), strength=0.7, values={"name": found.names[best]})


def _alone(column: np.ndarray, rows: Rows) -> float:
    """R² of the target by a line through one column; of classes, of the column by the class."""
    if column.std() == 0:
        return 0.0
    if rows.labels is None:
        return float(np.corrcoef(column, rows.y[:, 0])[0, 1] ** 2) if rows.y[:, 0].std() > 0 else 0.0
    _, places = np.unique(rows.labels, return_inverse=True)
    means = np.bincount(places, column) / np.bincount(places)
    rest = column - means[places]
    gaps = np.diff(np.sort(means))
    # Every class has its own number: a column that tells one class from all others is no copy of the target.
    apart = bool((gaps > 0.1 * column.std()).all()) if len(gaps) else False
    return 1 - float((rest @ rest) / ((column - column.mean()) @ (column - column.mean()))) if apart else 0.0


def _by_neighbours(X: np.ndarray, y: np.ndarray) -> float:
    """R² of the targets by those of the nearest rows."""
    found = neighbours(X, NEIGHBOURS)
    own = y[found.rows]
    rest = own - own[found.near].mean(axis=1)
    return float(1 - (rest * rest).sum() / max(((own - own.mean(axis=0)) ** 2).sum(), 1e-300))


CHECK = Check(12, ("target_leak",), look)
