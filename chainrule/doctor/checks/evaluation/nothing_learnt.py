"""Beside the catalogue: a training that ends no better than a constant, where no single change helps."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.looks.learning import ending, learns_nothing
from chainrule.doctor.looks.memorising import memorising
from chainrule.doctor.suspicion import Check, Evidence, Suspicion


def look(case: Case) -> Iterator[Suspicion]:
    """The median loss at the end, against that of the best answer that is the same for every row."""
    if learns_nothing(case):
        evidence = [Evidence("no_better", {"end": ending(case), "constant": case.constant})]
        memory = case.once(memorising)
        if memory is not None:
            evidence.append(memory.evidence)
        yield Suspicion("nothing_learnt", "statistic", tuple(evidence), strength=0.1, symptom=True)


CHECK = Check(0, ("nothing_learnt",), look)
