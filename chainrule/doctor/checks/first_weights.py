"""29, 30, 31: first weights that let the signal die, or burst."""

from collections.abc import Iterator
from math import isnan

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import first_weights
from chainrule.doctor.looking import look_into
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

FADES, BURSTS, LOSS = 0.05, 20.0, 3.0


def look(case: Case) -> Iterator[Suspicion]:
    """The rms of what layers give, from the first to the last; the loss before any step against the best constant."""
    if case.feed is None or not case.trouble:
        return
    layers = look_into(case.first, case.feed)
    if not layers:
        return
    first, last = layers[0].weighted, layers[-1].weighted
    ratio = last / first if first > 0 else 0.0
    begins = case.initial / case.constant if case.constant > 0 else 1.0
    evidence = [Evidence("signal", {"first": first, "last": last})]
    if begins > LOSS or ratio > BURSTS or isnan(begins):
        evidence.append(Evidence("begins", {"loss": case.initial, "constant": case.constant}))
        yield Suspicion("weights_too_large", "rerun", tuple(evidence), (first_weights(),), strength=0.7)
    elif ratio < FADES or first < FADES:
        yield Suspicion("weights_too_small", "rerun", tuple(evidence), (first_weights(),), strength=0.7)


CHECK = Check(29, ("weights_too_small", "weights_too_large"), look)
