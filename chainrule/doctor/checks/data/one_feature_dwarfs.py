"""3: one column that is so much larger than the others that the network sees nothing else."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.scaling import standardised
from chainrule.doctor.looks.columns import columns
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

APART = 100.0


def look(case: Case) -> Iterator[Suspicion]:
    """Two deviations a hundred times apart."""
    found = case.once(columns)
    if found is None:
        return
    widest = int(np.argmax(found.deviation))
    narrowest = int(np.argmin(np.where(found.lives, found.deviation, np.inf)))
    times = float(found.deviation[widest] / found.deviation[narrowest])
    if times <= APART:
        return
    name, mean, deviation = found.names[widest], float(found.mean[widest]), float(found.deviation[widest])
    evidence = (
        Evidence("column", {"name": name, "mean": mean, "deviation": deviation}),
        Evidence("apart", {"times": times, "limit": APART}),
    )
    yield Suspicion(
        "features_unscaled", "rerun", evidence, (standardised(found.raw),), strength=0.96, values={"name": name}
    )


CHECK = Check(3, ("features_unscaled",), look)
