"""2: columns on a scale that no first weights fit."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.scaling import standardised
from chainrule.doctor.looks.columns import columns
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

LARGE, OFF = 10.0, 5.0


def look(case: Case) -> Iterator[Suspicion]:
    """A deviation above 10, or a mean five deviations off."""
    found = case.once(columns)
    if found is None:
        return
    widest = int(np.argmax(found.deviation))
    off = int(np.argmax(np.where(found.lives, np.abs(found.mean) / np.where(found.lives, found.deviation, 1.0), 0.0)))
    column = widest if found.deviation[widest] > LARGE else off
    far = abs(found.mean[off]) > OFF * max(found.deviation[off], 1.0)
    if not (found.deviation[widest] > LARGE or (found.lives[off] and far)):
        return
    name, mean, deviation = found.names[column], float(found.mean[column]), float(found.deviation[column])
    evidence = Evidence("column", {"name": name, "mean": mean, "deviation": deviation})
    yield Suspicion(
        "features_unscaled", "rerun", (evidence,), (standardised(found.raw),), strength=0.95, values={"name": name}
    )


CHECK = Check(2, ("features_unscaled",), look)
