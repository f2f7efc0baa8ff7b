"""42: gradients that shrink from layer to layer on the way back."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import activation
from chainrule.doctor.looks.layers import ACTIVATIONS, look_into
from chainrule.doctor.looks.learning import learns_nothing
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

LITTLE = 1e-2


def look(case: Case) -> Iterator[Suspicion]:
    """The first layer's gradient less than a hundredth of the last one's, in a network of three layers and more.

    Activations that a forward writes as functions cannot be exchanged: then it is suspected where nothing is learnt.
    """
    if case.feed is None or not case.trouble:
        return
    layers = look_into(case.first, case.feed)
    if len(layers) < 3 or layers[-1].gradient == 0:
        return
    ratio = layers[0].gradient / layers[-1].gradient
    if ratio < LITTLE:
        evidence = Evidence("gradients", {"first": layers[0].gradient, "last": layers[-1].gradient})
        if any(isinstance(module, ACTIVATIONS) for module in case.first.model.modules()):
            yield Suspicion("vanishing_gradient", "rerun", (evidence,), (activation("relu"), activation("tanh")), 0.65)
        elif learns_nothing(case):
            yield Suspicion("vanishing_gradient", "statistic", (evidence,), strength=0.65)


CHECK = Check(42, ("vanishing_gradient",), look)
