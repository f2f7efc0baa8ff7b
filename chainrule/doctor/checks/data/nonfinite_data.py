"""1: NaN or infinity in the rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import Case
from chainrule.doctor.change import Change
from chainrule.doctor.changes.rows import finite, finite_rows
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

NAMES = ("X", "y", "weights")
ENOUGH = 0.5  # of the rows must stay: where fewer do, cells are to be filled or a column is to be left out


def look(case: Case) -> Iterator[Suspicion]:
    """The first cell that is no number, of the rows to learn from and of those that were given to judge by."""
    own = _parts(case.data)
    judged = _parts(case.judged) if case.asked else {}
    for name, part in (*own.items(), *((f"validation {name}", part) for name, part in judged.items())):
        if part.dtype.kind not in "fc" or np.isfinite(part).all():
            continue
        bad = ~np.isfinite(part)
        first = tuple(int(place) for place in np.argwhere(bad)[0])
        evidence = Evidence("nonfinite", {
            "name": name, "count": int(bad.sum()), "place": ", ".join(map(str, first)), "got": str(part[first]),
        })
        cures = _cures([own, {f"{name}_val": part for name, part in judged.items()}])
        yield Suspicion("nonfinite_data", "exact", (evidence,), cures, strength=1.0, values={"ends_it": True})
        return


def _cures(groups: Sequence[Mapping[str, NDArray[Any]]]) -> tuple[Change, ...]:
    """Leaving out the rows that have such cells, where most have none."""
    for parts in groups:
        if len({len(part) for part in parts.values()}) > 1:
            return ()
        if parts and finite_rows([*parts.values()]).mean() < ENOUGH:
            return ()
    return (finite(groups),)


def _parts(rows: Any) -> dict[str, NDArray[Any]]:
    """X, y and weights, where they are arrays."""
    if not isinstance(rows, tuple) or any(isinstance(part, tuple) for part in rows):
        return {}
    return {name: np.asarray(part) for name, part in zip(NAMES, rows, strict=False)}


CHECK = Check(1, ("nonfinite_data",), look, "before")
