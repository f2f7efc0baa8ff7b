"""24: outputs (N, 1) against targets (N,) in a loss of the user's own; those of this library refuse it."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.losses import targets_reshaped
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.errors import ChainruleError
from chainrule.train.guard.losses import stretched
from chainrule.train.guard.scene import Scene


def look(case: Case) -> Iterator[Suspicion]:
    """A loss in which every output meets the targets of all rows."""
    if case.feed is None:
        return
    scene = Scene(case.first, case.feed)
    try:
        scene.ask()
        found = next(stretched(scene), None)
    except (ChainruleError, AttributeError):  # it answers something else than one tensor
        return
    if found is not None:
        evidence = Evidence("said", {"where": found.where, "got": found.part("got")})
        yield Suspicion("shapes_broadcast", "exact", (evidence,), (targets_reshaped(),), 1.0)


CHECK = Check(24, ("shapes_broadcast",), look, "before")
