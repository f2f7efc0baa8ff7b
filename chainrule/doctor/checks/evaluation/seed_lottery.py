"""57: the same network learns with some seeds, and not with others."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import PAIRS, STUCK, Case
from chainrule.doctor.changes.layers import is_chain, wider
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.metrics.intervals import wilson_interval

SEEDS = 100
SURE = 0.95
SHARE = 0.3  # of the time that is left, at most


def look(case: Case) -> Iterator[Suspicion]:
    """Seeds that get there beside seeds that stay far off; a hundred of them, where there is time."""
    if case.yardsticks[0] is None:
        return
    if max(run.end for run in case.runs(range(case.few))) <= case.level:
        return
    enough = case.left * (1 - SHARE)
    for count in (PAIRS, *range(4 * PAIRS, SEEDS + 1, 4 * PAIRS)):
        ends = np.array([run.end for run in case.runs(range(count))])
        good = int((ends < case.stuck).sum())
        if case.left < enough or (count > PAIRS and good in (0, len(ends))):
            break
    low, high = wilson_interval(good, len(ends))
    if good == 0 or high >= SURE:
        return
    if np.median(ends[ends >= case.stuck]) - np.median(ends[ends < case.stuck]) < STUCK * case.scale:
        return  # one crowd about the mark, as noisy rows make it, and not two
    evidence = Evidence("lottery", {
        "good": good, "count": len(ends), "low": f"{low:.0%}", "high": f"{high:.0%}",
        "best": float(ends.min()), "worst": float(ends.max()),
    })
    cures = (wider(4),) if is_chain(case.first.model) else ()
    values = {"share": f"{good / len(ends):.0%}"}
    yield Suspicion("seed_lottery", "exact", (evidence,), cures, 0.75, values, symptom=True, lottery=True)


CHECK = Check(57, ("seed_lottery",), look)
