"""7: rows of X and y that do not belong together, or targets that X says nothing about."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.looks.memorising import memorising
from chainrule.doctor.looks.near import neighbours
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

SIGNAL = 0.1  # of what there is to be learnt: unseen rows answered so much better than by a constant
NEIGHBOURS = 5
SHUFFLES = 20


def look(case: Case) -> Iterator[Suspicion]:
    """Unseen rows that no training answers better than the best constant, and no near row resembles."""
    if case.judged is None or case.feed is None or case.feed.inputs[0].ndim != 2:
        return
    runs = case.runs(range(5))
    held = [run.held for run in runs if run.held is not None]
    if not held or case.constant - min(held) > SIGNAL * case.scale:
        return
    if not np.ptp(np.asarray(case.feed.targets, dtype=np.float64), axis=0).any():
        return  # one answer to all: nothing could be foretold
    X, y = case.feed.inputs[0].astype(np.float64), np.asarray(case.feed.targets, dtype=np.float64)
    y = y.reshape(len(y), -1)
    own, shuffled = _resemblance(X, y)
    if own > shuffled.max():
        return  # near rows have like targets: there is something to be learnt
    memorised = min(run.end for run in runs) < case.constant - 0.5 * case.scale
    evidence = [
        Evidence("unseen", {"held": float(min(held)), "constant": float(case.constant)}),
        Evidence("neighbours", {"own": own, "most": float(shuffled.max()), "count": SHUFFLES}),
    ]
    memory = case.once(memorising)
    if memory is not None:
        evidence.append(memory.evidence)
    yield Suspicion("labels_misaligned" if memorised else "no_signal", "exact", tuple(evidence), strength=0.8)


def _resemblance(X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """How well the nearest rows foretell the target: R² over all rows, and the same for shuffled targets."""
    found = neighbours(X, NEIGHBOURS)
    y, near = y[found.rows], found.near
    if y.shape[1] == 1 and np.array_equal(y, np.round(y)) and len(np.unique(y)) <= 50:
        y = (y == np.unique(y)).astype(np.float64)

    def foretold(y: np.ndarray) -> float:
        rest = y - y[near].mean(axis=1)
        return float(1 - (rest * rest).sum() / max(((y - y.mean(axis=0)) ** 2).sum(), 1e-300))

    random = np.random.default_rng(1)
    return foretold(y), np.array([foretold(random.permutation(y)) for _ in range(SHUFFLES)])


CHECK = Check(7, ("labels_misaligned", "no_signal"), look)
