"""13: rows to judge by that were not scaled as those that are learnt from."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.looks.parting import parting
from chainrule.doctor.suspicion import Check, Evidence, Suspicion


def look(case: Case) -> Iterator[Suspicion]:
    """Other means and deviations; with those of the rows that are learnt from, the same network answers well."""
    found = case.once(parting)
    if found is None or found.cause != "scale":
        return
    column, mean, deviation, other_mean, other_deviation = found.column
    evidence = (
        Evidence("two_scales", {
            "columns": found.columns, "name": column, "mean": mean, "deviation": deviation, "other_mean": other_mean,
            "other_deviation": other_deviation,
        }),
        Evidence("judged_otherwise", {"before": found.before, "after": found.after}),
    )
    yield Suspicion("scaled_differently", "exact", evidence, strength=0.9)


CHECK = Check(13, ("scaled_differently",), look)
