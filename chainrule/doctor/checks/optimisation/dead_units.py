"""43: ReLU units that are 0 for every row, and get no gradient any more."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import activation, first_weights
from chainrule.doctor.looks.layers import look_into
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

MANY = 0.5


def look(case: Case) -> Iterator[Suspicion]:
    """More than half of a layer, before training or after it."""
    if case.feed is None or not case.trouble:
        return
    for when, trainer in (("before", case.first), ("after", case.trained)):
        for place, layer in enumerate(look_into(trainer, case.feed)):
            if layer.hidden and layer.dead > MANY:
                evidence = Evidence(f"dead_{when}", {"layer": layer.path, "share": layer.dead})
                cures = (first_weights(), activation("leaky_relu"))
                # What no layer before it can have caused is why the signal fades.
                strength = 0.74 if when == "before" and place == 0 else 0.6
                yield Suspicion("dead_units", "rerun", (evidence,), cures, strength, {"layer": layer.path})
                return


CHECK = Check(43, ("dead_units",), look)
