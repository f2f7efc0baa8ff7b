"""59: nothing that it is judged by has not been learnt from; a note."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import FEW, Case
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

TABLE = 16  # rows: a truth table is learnt whole


def look(case: Case) -> Iterator[Suspicion]:
    """Rows to be judged by that are all among those learnt from, or too few rows to part."""
    if case.feed is None or case.feed.rows <= TABLE or not isinstance(case.rows, tuple):
        return
    if case.judged is None:
        evidence = Evidence("too_few_to_part", {"rows": case.feed.rows, "few": FEW})
        yield Suspicion("no_held_out", "convention", (evidence,))
    elif case.asked:
        learnt = {row.tobytes() for row in _rows(case.rows[0])}
        judged = _rows(case.judged[0])
        if all(row.tobytes() in learnt for row in judged) and len(learnt) > TABLE:
            yield Suspicion("no_held_out", "convention", (Evidence("judged_by_its_own", {"rows": len(judged)}),))


def _rows(X: object) -> np.ndarray:
    numbers = np.asarray(X)
    return np.ascontiguousarray(numbers.reshape(len(numbers), -1))


CHECK = Check(59, ("no_held_out",), look, "before")
