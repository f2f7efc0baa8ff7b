"""51: weight decay that draws the weights to 0 faster than the data can hold them."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.training import less_decay
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

NAMES = ("weight_decay", "decoupled_weight_decay")
LARGE, FACTOR = 0.1, 1000.0


def look(case: Case) -> Iterator[Suspicion]:
    """Decay, tried with a thousandth of it."""
    if not case.trouble:
        return
    groups = case.first.optimizer.param_groups
    decay = max((float(group.get(name) or 0.0) for group in groups for name in NAMES), default=0.0)
    if decay > 0:
        evidence, values = Evidence("decay", {"decay": decay}), {"decay": decay}
        strength = 0.7 if decay >= LARGE else 0.3
        yield Suspicion("regularisation_too_strong", "rerun", (evidence,), (less_decay(FACTOR),), strength, values)


CHECK = Check(51, ("regularisation_too_strong",), look)
