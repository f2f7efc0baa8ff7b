"""9: targets that are all the same, so that there is nothing to learn."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.suspicion import Check, Evidence, Suspicion


def look(case: Case) -> Iterator[Suspicion]:
    """The same answer to every row; a loss of the user's own may read no targets, and is left in peace."""
    if case.feed is None or not case.first.objective.name:
        return
    targets = case.feed.targets
    if not len(targets) or targets.dtype.kind not in "fiub" or not (targets == targets[:1]).all():
        return
    if case.judged is not None and not np.isin(np.asarray(case.judged[1]), targets[0]).all():
        return  # the others are there, and were parted off
    first = np.asarray(targets[0]).reshape(-1)
    value = f"{first[0]:g}" if len(first) == 1 else np.array2string(first, precision=3, threshold=6)
    evidence = Evidence("one_answer", {"count": len(targets), "value": value})
    yield Suspicion("constant_target", "exact", (evidence,), strength=1.0, values={"ends_it": True})


CHECK = Check(9, ("constant_target",), look, "before")
