"""11: rows to judge by that are among those to learn from."""

from collections import Counter
from collections.abc import Iterator

from chainrule.doctor.case import FEW, Case
from chainrule.doctor.changes.rows import keys_of, left_out
from chainrule.doctor.looks.rows import Rows, asked, learnt
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.metrics.intervals import wilson_interval

MORE = 0.01  # of the rows to judge by, above what chance explains


def look(case: Case) -> Iterator[Suspicion]:
    """The share of known rows among those to judge by, against the share of rows that have a twin by chance."""
    rows, judged = case.once(learnt), case.once(asked)
    if rows is None or judged is None or len(rows) < FEW or rows.X.shape[1:] != judged.X.shape[1:]:
        return
    known = set(rows.keys)
    both = [place for place, key in enumerate(judged.keys) if key in known]
    chance = _chance(rows)
    low, _ = wilson_interval(len(both), len(judged))
    if len(both) < 2 or low <= chance + MORE:
        return
    evidence = Evidence("both_sides", {
        "count": len(both), "all": len(judged), "share": f"{len(both) / len(judged):.1%}", "chance": f"{chance:.1%}",
    })
    keys = keys_of(judged.X[both], judged.y[both])
    cures = (left_out(frozenset(keys), "test_rows_in_training"),)
    yield Suspicion("test_rows_in_training", "exact", (evidence,), cures, 0.85, {"count": len(both)})


def _chance(rows: Rows) -> float:
    """The share of rows that have a twin among the rows to learn from themselves: of a truth table, all."""
    return sum(count for count in Counter(rows.keys).values() if count > 1) / len(rows)


CHECK = Check(11, ("test_rows_in_training",), look, "before")
