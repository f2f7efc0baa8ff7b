"""1: NaN or infinity in the rows."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

NAMES = ("X", "y", "weights")


def look(case: Case) -> Iterator[Suspicion]:
    """The first cell that is no number, of the rows to learn from and of those that were given to judge by."""
    given = [(name, part) for name, part in zip(NAMES, _parts(case.data), strict=False)]
    if case.asked and case.judged is not None:
        given += [(f"validation {name}", part) for name, part in zip(NAMES, _parts(case.judged), strict=False)]
    for name, part in given:
        numbers = np.asarray(part)
        if numbers.dtype.kind not in "fc":
            continue
        bad = ~np.isfinite(numbers)
        if bad.any():
            first = tuple(int(place) for place in np.argwhere(bad)[0])
            evidence = Evidence("nonfinite", {
                "name": name, "count": int(bad.sum()), "place": ", ".join(map(str, first)), "got": str(numbers[first]),
            })
            yield Suspicion("nonfinite_data", "exact", (evidence,), strength=1.0, values={"ends_it": True})
            return


def _parts(rows: Any) -> tuple[Any, ...]:
    """X, y and weights, where they are arrays."""
    return rows if isinstance(rows, tuple) and not any(isinstance(part, tuple) for part in rows) else ()


CHECK = Check(1, ("nonfinite_data",), look, "before")
