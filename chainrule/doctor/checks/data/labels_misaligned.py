"""7: rows of X and y that do not belong together, or targets that X says nothing about."""

from collections.abc import Iterator
from math import sqrt

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.looks.memorising import memorising
from chainrule.doctor.looks.near import neighbours, standard
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

SIGNAL = 0.1  # of what there is to be learnt: unseen rows answered so much better than by a constant
NEIGHBOURS = 5
SHUFFLES = 20
PLANTS, STRONG = 20, 2 / 3  # targets made up of X, and share of what they vary by that X explains: the rest is noise
SEEN = 0.8  # share of them whose signal must be seen


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
    found = neighbours(X, NEIGHBOURS)
    own, shuffled = _resemblance(y[found.rows], found.near)
    if own > shuffled.max():
        return  # near rows have like targets: there is something to be learnt
    if not _would_be_seen(X[found.rows], y[found.rows], found.near):
        return  # so few rows of so many columns say nothing either way
    memorised = min(run.end for run in runs) < case.constant - 0.5 * case.scale
    evidence = [
        Evidence("unseen", {"held": float(min(held)), "constant": float(case.constant)}),
        Evidence("neighbours", {"own": own, "most": float(shuffled.max()), "count": SHUFFLES}),
    ]
    memory = case.once(memorising)
    if memory is not None:
        evidence.append(memory.evidence)
    yield Suspicion("labels_misaligned" if memorised else "no_signal", "exact", tuple(evidence), strength=0.8)


def _resemblance(y: np.ndarray, near: np.ndarray) -> tuple[float, np.ndarray]:
    """How well the nearest rows foretell the target: R² over all rows, and the same for shuffled targets."""
    if y.shape[1] == 1 and np.array_equal(y, np.round(y)) and len(np.unique(y)) <= 50:
        y = (y == np.unique(y)).astype(np.float64)

    def foretold(y: np.ndarray) -> float:
        rest = y - y[near].mean(axis=1)
        return float(1 - (rest * rest).sum() / max(((y - y.mean(axis=0)) ** 2).sum(), 1e-300))

    random = np.random.default_rng(1)
    return foretold(y), np.array([foretold(random.permutation(y)) for _ in range(SHUFFLES)])


def _would_be_seen(X: np.ndarray, y: np.ndarray, near: np.ndarray) -> bool:
    """Whether the nearest rows would show a signal, were there one: the power of the test on rows like these.

    Made-up targets are a weighted sum of the columns and noise, with the very values that the targets have.
    """
    values = np.sort(y[:, y.var(axis=0).argmax()])
    Z, random, seen = standard(X), np.random.default_rng(2), 0
    for _ in range(PLANTS):
        total = Z @ random.standard_normal(Z.shape[1])
        total = sqrt(STRONG) * total / max(float(total.std()), 1e-300)
        total += sqrt(1 - STRONG) * random.standard_normal(len(total))
        made = np.empty((len(y), 1))
        made[np.argsort(total), 0] = values
        own, shuffled = _resemblance(made, near)
        seen += own > shuffled.max()
    return seen >= SEEN * PLANTS


CHECK = Check(7, ("labels_misaligned", "no_signal"), look)
