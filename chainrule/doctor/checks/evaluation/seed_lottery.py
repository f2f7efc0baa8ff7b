"""57: the same network learns with some seeds, and not with others."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import is_chain, wider
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.metrics.intervals import wilson_interval

SEEDS = 100
SURE = 0.95


def look(case: Case) -> Iterator[Suspicion]:
    """Seeds that end well beside seeds that do not; a hundred of them, where there is time."""
    good = [run.end <= case.level for run in case.runs(range(5))]
    if all(good) or case.yardsticks[0] is None:
        return
    for more in (20, SEEDS):
        if case.left <= 0 or (more == SEEDS and not 0 < sum(good) < len(good)):
            break
        good = [run.end <= case.level for run in case.runs(range(more))]
    low, high = wilson_interval(sum(good), len(good))
    if sum(good) == 0 or high >= SURE:
        return
    ends = np.array([run.end for run in case.runs(range(len(good)))])
    evidence = Evidence("lottery", {
        "good": sum(good), "count": len(good), "low": f"{low:.0%}", "high": f"{high:.0%}",
        "best": float(ends.min()), "worst": float(ends.max()),
    })
    cures = (wider(4),) if is_chain(case.first.model) else ()
    yield Suspicion("seed_lottery", "exact", (evidence,), cures, 0.75, {"share": f"{sum(good) / len(good):.0%}"})


CHECK = Check(57, ("seed_lottery",), look)
