"""Whether the difference of two models on the same rows is more than chance."""

from dataclasses import dataclass
from math import comb, erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from chainrule.cli.run.answers import Answers
from chainrule.cli.run.options import Task
from chainrule.data.arrays import Array

DOUBT = 0.05
EXACT = 1_000  # rows in dispute up to which the binomial is summed


@dataclass(frozen=True)
class Verdict:
    """How a first model does beside a second one.

    Attributes:
        better: `"first"`, `"second"`, or None when these rows cannot tell.
        p: how often chance alone makes a difference at least as large, when both are equally good.
        ahead: rows that the first alone gets right; of numbers, rows to which it comes closer.
        behind: rows that the second alone gets right; of numbers, rows to which it comes closer.
    """

    better: str | None
    p: float
    ahead: int
    behind: int


def verdict(task: Task, truth: Array, first: Answers, second: Answers) -> Verdict:
    """Compare answers row by row: McNemar's exact test for classes, a paired z test of squared errors for numbers.

    Args:
        task: what the targets are.
        truth: (n, 1) or (n,) targets.
        first: answers of one model.
        second: answers of another.

    Source:
        McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", 1947.
    """
    if task == "numbers":
        return _of_numbers(np.abs(first - truth).reshape(-1), np.abs(second - truth).reshape(-1))
    actual = truth.reshape(-1).astype(np.int64)
    right, other = first.argmax(axis=1) == actual, second.argmax(axis=1) == actual
    ahead, behind = int((right & ~other).sum()), int((other & ~right).sum())
    p = _coin(min(ahead, behind), ahead + behind)
    return Verdict(_better(ahead - behind, p), p, ahead, behind)


def _of_numbers(first: NDArray[np.float64], second: NDArray[np.float64]) -> Verdict:
    gains = second**2 - first**2
    spread = float(gains.std(ddof=1)) if len(gains) > 1 else 0.0
    z = float(gains.mean()) * sqrt(len(gains)) / spread if spread > 0 else 0.0
    p = erfc(abs(z) / sqrt(2))
    return Verdict(_better(z, p), p, int((first < second).sum()), int((second < first).sum()))


def _better(gain: float, p: float) -> str | None:
    return None if p > DOUBT or not gain else "first" if gain > 0 else "second"


def _coin(fewer: int, tosses: int) -> float:
    """How often `tosses` of a fair coin are split as unevenly as this, or more."""
    if tosses > EXACT:
        return erfc(max(0.0, abs(tosses - 2 * fewer) - 1) / sqrt(2 * tosses))
    outcomes: int = sum(comb(tosses, heads) for heads in range(fewer + 1))
    return min(1.0, outcomes / 2.0 ** (tosses - 1))
