"""Whether anything is learnt at all."""

import numpy as np

from chainrule.doctor.case import PAIRS, Case

LITTLE = 0.05  # of what there is to be learnt


def ending(case: Case) -> float:
    """The median loss at the end."""
    return float(np.median([run.end for run in case.runs(range(PAIRS))]))


def learns_nothing(case: Case) -> bool:
    """Whether that is hardly less than the loss of the best answer that is the same for every row."""
    return not ending(case) < case.constant - LITTLE * case.scale
