"""4: a column that never changes."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.scaling import centred
from chainrule.doctor.looks.columns import columns
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

LARGE = 5.0
SHOWN = 5


def look(case: Case) -> Iterator[Suspicion]:
    """Columns of one number: large ones are tried without it, others are a note."""
    found = case.once(columns)
    if found is None or found.lives.all():
        return
    dead = np.flatnonzero(~found.lives & (found.mean != 0))
    if not len(dead):
        return
    largest = int(dead[np.argmax(np.abs(found.mean[dead]))])
    names = ", ".join(found.names[place] for place in dead[:SHOWN])
    evidence = Evidence("constant", {"count": len(dead), "names": names, "largest": float(found.mean[largest])})
    values = {"name": found.names[largest]}
    if abs(found.mean[largest]) > LARGE:
        cures = (centred(np.where(found.lives, 0.0, found.mean)),)
        yield Suspicion("constant_feature", "rerun", (evidence,), cures, 0.97, values)
    else:
        yield Suspicion("constant_feature", "convention", (evidence,), values=values)


CHECK = Check(4, ("constant_feature",), look)
