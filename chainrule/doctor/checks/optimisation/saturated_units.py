"""44: hidden sigmoid or tanh units so far out that they are flat."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import activation, first_weights
from chainrule.doctor.looks.layers import look_into
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

MANY = 0.5
MOST = 0.8  # of rows and units: units that jump from one end to the other between two rows are flat for both


def look(case: Case) -> Iterator[Suspicion]:
    """More than half of a hidden layer for nine rows of ten, or four fifths of all that its units answer."""
    if case.feed is None or not case.trouble:
        return
    for when, trainer in (("before", case.first), ("after", case.trained)):
        for layer in look_into(trainer, case.feed):
            if layer.hidden and (layer.saturated > MANY or layer.flat > MOST):
                evidence = Evidence(f"saturated_{when}", {
                    "layer": layer.path, "share": f"{layer.saturated:.0%}", "flat": f"{layer.flat:.0%}",
                })
                cures = (first_weights(), activation("relu"))
                strength = 0.68 if when == "before" else 0.6  # then it is why gradients vanish, and not what follows
                yield Suspicion("saturated_units", "rerun", (evidence,), cures, strength, {"layer": layer.path})
                return


CHECK = Check(44, ("saturated_units",), look)
