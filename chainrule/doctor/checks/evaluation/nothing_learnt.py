"""Beside the catalogue: a training that ends no better than a constant, where no single change helps."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import PAIRS, Case
from chainrule.doctor.looks.memorising import memorising
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

LITTLE = 0.05  # of what there is to be learnt


def look(case: Case) -> Iterator[Suspicion]:
    """The median loss at the end, against that of the best answer that is the same for every row."""
    end = float(np.median([run.end for run in case.runs(range(PAIRS))]))
    if not end < case.constant - LITTLE * case.scale:
        evidence = [Evidence("no_better", {"end": end, "constant": case.constant})]
        memory = case.once(memorising)
        if memory is not None:
            evidence.append(memory.evidence)
        yield Suspicion("nothing_learnt", "statistic", tuple(evidence), strength=0.1, symptom=True)


CHECK = Check(0, ("nothing_learnt",), look)
