"""15: so few rows to judge by that the judgement is a guess."""

from collections.abc import Iterator

from chainrule.doctor.case import FEW, PAIRS, Case
from chainrule.doctor.looks.rows import asked, learnt
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.metrics.intervals import wilson_interval

WIDE = 0.05  # to each side


def look(case: Case) -> Iterator[Suspicion]:
    """The interval around the accuracy on rows that the caller gave; small data by intent has no others."""
    rows, judged = case.once(learnt), case.once(asked)
    if rows is None or judged is None or judged.labels is None or len(rows) < FEW:
        return
    errors = sorted(run.error for run in case.runs(range(PAIRS)) if run.error is not None)
    if not errors:
        return
    right = round((1 - min(errors[len(errors) // 2], 1.0)) * len(judged))
    low, high = wilson_interval(right, len(judged))
    if (high - low) / 2 > WIDE:
        evidence = Evidence("interval", {"count": len(judged), "low": f"{low:.0%}", "high": f"{high:.0%}"})
        yield Suspicion("few_test_rows", "convention", (evidence,), values={"count": len(judged)})


CHECK = Check(15, ("few_test_rows",), look)
