"""Whether a network can learn a few of the rows by heart: what fails at that has more wrong with it than its size."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import size, without_dropout
from chainrule.doctor.changes.learning_rate import learning_rate
from chainrule.doctor.looks.sweep import highest_rate
from chainrule.doctor.suspicion import Evidence

ROWS, STEPS, SEEDS = 16, 1000, 3
RATES = (1.0, 10.0, 0.1)  # times the rate that is set
SPARE = 0.1  # of the time that is left, at most
STEP, PRODUCT = 5e-6, 3e-9  # seconds: of a step, of a weight and a row


@dataclass(frozen=True)
class Memory:
    """What came of it.

    Attributes:
        rows: how many were to be learnt by heart.
        steps: made at each rate.
        rates: that were tried, one after the other until one was enough.
        end: the least loss of any seed at any rate.
        constant: the loss of the best constant answer to these rows.
        learnt: whether that is as good as right.
    """

    rows: int
    steps: int
    rates: tuple[float, ...]
    end: float
    constant: float
    learnt: bool

    @property
    def evidence(self) -> Evidence:
        """The verdict in one line."""
        values = {"rows": self.rows, "steps": self.steps, "rates": len(self.rates), "end": self.end}
        return Evidence("memorised" if self.learnt else "not_memorised", {**values, "constant": self.constant})


def memorising(case: Case) -> Memory | None:
    """The network on sixteen of its rows, without dropout, in batches of all of them.

    None where there are too few rows that differ in what they are answered, or no time.
    """
    if case.feed is None or not isinstance(case.rows, tuple) or isinstance(case.rows[0], tuple):
        return None
    cost = SEEDS * len(RATES) * STEPS * (STEP + ROWS * size(case.first.model) * PRODUCT)
    if cost > SPARE * case.left:
        return None
    chosen = _chosen(case)
    few = Case(case.build, tuple(np.asarray(part)[chosen] for part in case.rows), None, STEPS, ROWS, case.left)
    few.cures, few._spent = (*case.cures, without_dropout()), case._spent
    if few.judged is not None or few.feed is None or not few.constant > few.floor:
        return None
    before, tried, least = highest_rate(case), [], np.inf
    for factor in RATES if before > 0 else RATES[:1]:
        rate = before * factor
        tried.append(rate)
        runs = few.runs(range(SEEDS)) if factor == 1 else few.runs(range(SEEDS), learning_rate(rate, before))
        least = min([least, *(run.end for run in runs)])
        if least <= few.level:
            break
    return Memory(len(chosen), STEPS, tuple(tried), float(least), few.constant, bool(least <= few.level))


def _chosen(case: Case) -> NDArray[np.int64]:
    """Sixteen rows that differ, of every class alike many."""
    assert case.feed is not None
    order = np.random.default_rng(0).permutation(case.feed.rows)
    X = np.ascontiguousarray(case.feed.inputs[0][order].reshape(len(order), -1))
    order = order[np.sort(np.unique(X, axis=0, return_index=True)[1])]
    labels = case.first.objective.labels(np.asarray(case.rows[1]))
    if labels is not None:
        order = order[np.argsort(_turns(np.asarray(labels).reshape(-1)[order]), kind="stable")]
    return np.asarray(np.sort(order[:ROWS]), dtype=np.int64)


def _turns(labels: NDArray[Any]) -> NDArray[np.int64]:
    """The first of each class, then the second of each, and so on."""
    found = np.zeros(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        own = labels == label
        found[own] = np.arange(own.sum())
    return found
