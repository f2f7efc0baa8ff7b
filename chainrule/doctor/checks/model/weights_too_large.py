"""30: first weights so large that the first answers are far off, and units are saturated from the start."""

from collections.abc import Iterator
from math import isnan

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import first_weights
from chainrule.doctor.looks.signals import signal
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

BURSTS = 20.0  # times the first layer's rms
LOSS = 3.0  # best constants


def look(case: Case) -> Iterator[Suspicion]:
    """The loss before any step against the best constant; the rms of the last layer against the first."""
    if not case.trouble:
        return
    found = case.once(signal)
    if found is None:
        return
    if found.begins > LOSS or isnan(found.begins) or found.last > BURSTS * found.first:
        evidence = (
            Evidence("signal", {"first": found.first, "last": found.last}),
            Evidence("begins", {"loss": case.initial, "constant": case.constant}),
        )
        yield Suspicion("weights_too_large", "rerun", evidence, (first_weights(),), strength=0.7)


CHECK = Check(30, ("weights_too_large",), look)
