"""15: so few rows to judge by that the judgement is a guess."""

from collections.abc import Iterator
from math import sqrt
from statistics import NormalDist

from chainrule.doctor.case import FEW, PAIRS, Case
from chainrule.doctor.looks.rows import asked, learnt
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.metrics.intervals import wilson_interval

WIDE = 0.05  # to each side
FAR = 0.25  # of a root mean squared error, above or below


def look(case: Case) -> Iterator[Suspicion]:
    """The interval around what is judged on rows that the caller gave; small data by intent has no others."""
    rows, judged = case.once(learnt), case.once(asked)
    if rows is None or judged is None or len(rows) < FEW:
        return
    numbers = case.first.objective.kind.targets == "numbers"
    evidence = _of_numbers(len(judged)) if numbers else _of_classes(case, len(judged), judged.labels is not None)
    if evidence is not None:
        yield Suspicion("few_test_rows", "convention", (evidence,), values={"count": len(judged)})


def _of_classes(case: Case, count: int, known: bool) -> Evidence | None:
    errors = sorted(run.error for run in case.runs(range(PAIRS)) if run.error is not None)
    if not errors or not known:
        return None
    low, high = wilson_interval(round((1 - min(errors[len(errors) // 2], 1.0)) * count), count)
    if (high - low) / 2 <= WIDE:
        return None
    return Evidence("interval", {"count": count, "low": f"{low:.0%}", "high": f"{high:.0%}"})


def _of_numbers(count: int) -> Evidence | None:
    low, high = error_interval(count)
    if low >= 1 - FAR and high <= 1 + FAR:
        return None
    return Evidence("interval_of_errors", {"count": count, "below": f"{1 - low:.0%}", "above": f"{high - 1:.0%}"})


def error_interval(count: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval in which the true root mean squared error lies, in units of that of so many rows: √(n / χ²).

    Errors are taken to be normal; of others the interval is wider yet.

    Source:
        E. Wilson and M. Hilferty, The distribution of chi-square (1931), for the quantiles of χ² with n degrees.
    """
    z, small = NormalDist().inv_cdf(0.5 + confidence / 2), 2 / (9 * count)
    low, high = (1 - small + side * z * sqrt(small) for side in (1, -1))  # cube roots of χ² / n
    return low**-1.5, high**-1.5 if high > 0 else float("inf")


CHECK = Check(15, ("few_test_rows",), look)
