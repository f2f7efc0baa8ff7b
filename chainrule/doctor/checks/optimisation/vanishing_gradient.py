"""42: gradients that shrink from layer to layer on the way back."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import activation
from chainrule.doctor.looks.layers import look_into
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

LITTLE = 1e-2


def look(case: Case) -> Iterator[Suspicion]:
    """The first layer's gradient less than a hundredth of the last one's, in a network of three layers and more."""
    if case.feed is None or not case.trouble:
        return
    layers = look_into(case.first, case.feed)
    if len(layers) < 3 or layers[-1].gradient == 0:
        return
    ratio = layers[0].gradient / layers[-1].gradient
    if ratio < LITTLE:
        evidence = Evidence("gradients", {"first": layers[0].gradient, "last": layers[-1].gradient})
        yield Suspicion("vanishing_gradient", "rerun", (evidence,), (activation("relu"), activation("tanh")), 0.65)


CHECK = Check(42, ("vanishing_gradient",), look)
