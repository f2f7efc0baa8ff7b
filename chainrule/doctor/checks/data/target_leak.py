"""12: a column that is the target itself."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import FEW, Case
from chainrule.doctor.looks.columns import columns
from chainrule.doctor.looks.rows import Rows, learnt
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

SAME = {"classes": 0.985, "numbers": 0.995}  # R² of the column alone; clouds lie some deviations apart
REST = 0.05  # of what the next best column leaves open, the suspected one leaves at most


def look(case: Case) -> Iterator[Suspicion]:
    """A column that gives the target away to a thousandth, beside others that do not: a question, and no proof."""
    rows, found = case.once(learnt), case.once(columns)
    if rows is None or found is None or len(rows) < FEW or rows.X.shape[1] < 2:
        return
    alone = np.array([_alone(column, rows) for column in rows.X.T])
    *_, next_best, best = np.argsort(alone)
    least = SAME["numbers" if rows.labels is None else "classes"]
    if alone[best] < least or 1 - alone[best] > REST * (1 - alone[next_best]):
        return
    evidence = Evidence("leak", {
        "name": found.names[best], "alone": f"{alone[best]:.4f}", "others": f"{alone[next_best]:.4f}",
    })
    yield Suspicion("target_leak", "convention", (evidence,), values={"name": found.names[best]})


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


CHECK = Check(12, ("target_leak",), look)
