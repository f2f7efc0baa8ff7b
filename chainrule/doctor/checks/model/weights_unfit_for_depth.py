"""31: first weights that do not suit the activation: a little less or more from layer to layer, over many layers."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import first_weights
from chainrule.doctor.looks.signals import signal
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

DEEP, DECADES = 5, 0.1
STRETCH = 0.35  # decades: twice as much before a tanh stays as much behind it


def look(case: Case) -> Iterator[Suspicion]:
    """Decades that the signal gains or loses from each hidden layer to the next, behind and before its activation."""
    if not case.trouble:
        return
    found = case.once(signal)
    if found is None or found.layers < DEEP:
        return
    if abs(found.slope) > DECADES or abs(found.stretch) > STRETCH:
        if abs(found.slope) > DECADES:
            evidence = Evidence("slope", {"slope": 10**found.slope, "layers": found.layers})
        else:
            evidence = Evidence("stretch", {"stretch": 10**found.stretch, "layers": found.layers})
        yield Suspicion("weights_unfit_for_depth", "rerun", (evidence,), (first_weights(),), strength=0.72)


CHECK = Check(31, ("weights_unfit_for_depth",), look)
