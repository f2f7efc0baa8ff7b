"""10: the same row twice, with another answer each time."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.rows import keys_of, left_out
from chainrule.doctor.looks.rows import Rows, contradicting, everything
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

SHARE = 0.02  # of the rows: fewer hardly matter
ALONE = 0.5  # of the rows differ in a column, or as a whole, where twins are an accident and no design
MANY = 0.1  # of the rows, where they differ as a whole only: so many do not come by chance
SHOWN = 5


def look(case: Case) -> Iterator[Suspicion]:
    """Rows of equal X and different class; where equal rows are the rule it is a repeated measurement, and a note."""
    rows = case.once(everything)
    if rows is None or rows.labels is None:
        return
    groups = contradicting(rows)
    count = sum(len(group) for group in groups)
    if count < max(2.0, SHARE * len(rows)):
        return
    floor = _floor(rows, groups)
    evidence = (
        Evidence("contradicting", {"count": count, "share": f"{count / len(rows):.1%}", "groups": len(groups)}),
        Evidence("contradicting_floor", {"error": f"{floor:.1%}"}),
        Evidence("worst", {"rows": "; ".join(", ".join(map(str, group)) for group in groups[:SHOWN])}),
    )
    values = {"share": f"{count / len(rows):.0%}"}
    if _measured(rows) or (count > MANY * len(rows) and len(set(rows.keys)) > ALONE * len(rows)):
        places = [place for group in groups for place in group]
        keys = keys_of(rows.X[places], rows.y[places])
        cures = (left_out(frozenset(keys), "contradicting_rows"),)
        yield Suspicion("contradicting_rows", "exact", evidence, cures, 0.85, values)
    else:
        yield Suspicion("contradicting_rows", "convention", evidence, strength=0.5, values=values)


def _floor(rows: Rows, groups: list[list[int]]) -> float:
    """The share of all rows that any function of X answers wrongly."""
    assert rows.labels is not None
    wrong = sum(len(group) - int(np.bincount(rows.labels[group]).max()) for group in groups)
    return wrong / len(rows)


def _measured(rows: Rows) -> bool:
    """Whether a column is measured, and not counted, so that equal rows cannot come by chance."""
    return any(len(np.unique(column)) > ALONE * len(rows) for column in rows.X.T)


CHECK = Check(10, ("contradicting_rows",), look, "before")
