"""41: gradients that grow from layer to layer on the way back, or from step to step."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import first_weights
from chainrule.doctor.changes.training import clipped
from chainrule.doctor.looks.layers import look_into
from chainrule.doctor.looks.steps import steps
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

TIMES = 70.0  # the first layer's gradient in those of the last: AutoTrainer's limit
SPIKE = 100.0  # times the median of the steps before
BEFORE = 5  # steps, at least


def look(case: Case) -> Iterator[Suspicion]:
    """The first layer's gradient against the last one's; the norm of each step against the median of those before."""
    if case.feed is None or not case.trouble:
        return
    if case.first.clip_norm is not None or case.first.clip_value is not None:
        return
    layers = look_into(case.first, case.feed)
    if len(layers) > 2 and layers[0].gradient > TIMES * layers[-1].gradient > 0:
        evidence = Evidence("gradients", {"first": layers[0].gradient, "last": layers[-1].gradient})
        yield Suspicion("exploding_gradient", "rerun", (evidence,), (first_weights(), clipped(1.0)), 0.71)
        return
    norms = np.array([step.norm for step in case.once(steps)])
    spike = next((k for k in range(BEFORE, len(norms)) if not norms[k] < SPIKE * np.median(norms[:k])), None)
    if spike is not None:
        usual = float(np.median(norms[:spike]))
        evidence = Evidence("spike", {"step": spike, "norm": float(norms[spike]), "usual": usual, "limit": SPIKE})
        limit = float(f"{np.quantile(norms[:spike], 0.9):.2g}")
        yield Suspicion("exploding_gradient", "rerun", (evidence,), (clipped(limit), first_weights()), 0.5)


CHECK = Check(41, ("exploding_gradient",), look)
