"""29: first weights so small that the signal fades, and with it the gradient."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import first_weights
from chainrule.doctor.looks.signals import signal
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

FADES = 0.05  # of the first layer's rms, or of what standardised columns have


def look(case: Case) -> Iterator[Suspicion]:
    """The rms of what the last layer gives, against the first."""
    if not case.trouble:
        return
    found = case.once(signal)
    if found is None or (found.last == 0 and found.first > FADES):  # nothing comes through: units are dead
        return
    if found.first < FADES or found.last < FADES * min(found.first, 1.0):
        evidence = Evidence("signal", {"first": found.first, "last": found.last})
        yield Suspicion("weights_too_small", "rerun", (evidence,), (first_weights(),), strength=0.7)


CHECK = Check(29, ("weights_too_small",), look)
