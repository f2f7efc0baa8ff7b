"""5: targets of a regression far from 0, or far larger than what a fresh network answers."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.scaling import targets_scaled
from chainrule.doctor.changes.together import together
from chainrule.doctor.checks.data import features_unscaled
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

SQUARES = ("MSELoss",)
LARGE = 10.0


def look(case: Case) -> Iterator[Suspicion]:
    """A mean or deviation of the targets above 10."""
    if case.feed is None or case.first.objective.kind.targets != "numbers":
        return
    y = np.asarray(case.feed.targets, dtype=np.float64)
    if y.ndim != 2 or len(y) < 2:
        return
    mean, deviation = float(np.abs(y.mean(axis=0)).max()), float(y.std(axis=0).max())
    if mean < LARGE and deviation < LARGE and not 0 < deviation < 1 / LARGE**2:
        return
    change = targets_scaled(y, sums_squares=case.first.objective.name in SQUARES)
    evidence = Evidence("targets", {"mean": mean, "deviation": deviation})
    # Rows in units of their own make the network's answers as large as the targets, and hide each other's cure.
    wild = next(features_unscaled.look(case), None)
    cures = (change,) if wild is None else (change, together(wild.cures[0], change))
    yield Suspicion("target_unscaled", "rerun", (evidence,), cures, strength=0.9)


CHECK = Check(5, ("target_unscaled",), look)
