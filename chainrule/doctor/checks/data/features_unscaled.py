"""2, 3: columns on scales that no first weights fit."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.scaling import standardised
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

LARGE, APART, OFF = 10.0, 100.0, 5.0


def look(case: Case) -> Iterator[Suspicion]:
    """A deviation above 10, a mean five deviations off, or two deviations a hundred times apart."""
    if case.feed is None or len(case.feed.inputs) > 1:
        return
    X = case.feed.inputs[0]
    if X.ndim != 2 or X.dtype.kind != "f" or len(X) < 2:
        return
    raw = np.asarray(case.rows[0], dtype=np.float64)
    deviation, mean = raw.std(axis=0), raw.mean(axis=0)
    lives = deviation > 1e-9 * (1 + np.abs(mean))
    if not lives.any():
        return
    widest, narrowest = int(np.argmax(deviation)), int(np.argmin(np.where(lives, deviation, np.inf)))
    off = int(np.argmax(np.where(lives, np.abs(mean) / np.where(lives, deviation, 1.0), 0.0)))
    far = deviation[widest] > APART * deviation[narrowest]
    if not (deviation[widest] > LARGE or far or (abs(mean[off]) > OFF * deviation[off] and abs(mean[off]) > OFF)):
        return
    column = widest if deviation[widest] > LARGE or far else off
    name = case.feed.names[column] if column < len(case.feed.names) else f"column {column}"
    evidence = [Evidence("column", {"name": name, "mean": float(mean[column]), "deviation": float(deviation[column])})]
    if far:
        evidence.append(Evidence("apart", {"times": float(deviation[widest] / deviation[narrowest]), "limit": APART}))
    yield Suspicion(
        "features_unscaled", "rerun", tuple(evidence), (standardised(raw),), strength=0.95, values={"name": name}
    )


CHECK = Check(2, ("features_unscaled",), look)
