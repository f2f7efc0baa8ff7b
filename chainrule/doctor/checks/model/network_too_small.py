"""32: too few units for what is to be learnt."""

from collections.abc import Iterator
from math import ceil

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import is_chain, size, wider
from chainrule.doctor.looks.memorising import memorising
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.nn.linear import Linear

FACTOR, WIDE = 4, 16  # times as wide, and units that this comes to at least


def look(case: Case) -> Iterator[Suspicion]:
    """A chain of dense layers, tried with four times the width, and with sixteen units at least."""
    model = case.first.model
    if not case.underfits or not is_chain(model) or _gives_back(case):
        return
    widths = [int(m.out_features) for m in model.modules() if isinstance(m, Linear)][:-1]
    if widths:
        evidence = [Evidence("width", {"least": min(widths), "weights": size(model)})]
        memory = case.once(memorising)
        if memory is not None:
            evidence.append(memory.evidence)
        strength = 0.6 if min(widths) <= 2 else 0.5 if min(widths) <= 4 else 0.2
        factor = max(FACTOR, ceil(WIDE / min(widths)))
        values = {"least": min(widths)}
        yield Suspicion("network_too_small", "rerun", tuple(evidence), (wider(factor),), strength, values)


def _gives_back(case: Case) -> bool:
    """Whether the network is to give what it gets, through a waist that is narrow on purpose."""
    return case.feed is not None and np.array_equal(case.feed.inputs[0], case.feed.targets)


CHECK = Check(32, ("network_too_small",), look)
