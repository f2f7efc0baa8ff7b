"""1: NaN or infinity in the rows."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.suspicion import Check, Evidence, Suspicion


def look(case: Case) -> Iterator[Suspicion]:
    """The first cell that is no number."""
    if not isinstance(case.data, tuple):
        return
    for name, part in zip(("X", "y", "weights"), case.data, strict=False):
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


CHECK = Check(1, ("nonfinite_data",), look, "before")
