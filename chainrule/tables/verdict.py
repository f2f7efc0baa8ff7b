"""Whether the difference of two models on the same rows is more than chance."""

from dataclasses import dataclass
from math import comb, erfc, sqrt

import numpy as np

from chainrule.data.arrays import Array
from chainrule.tables.answers import Answers
from chainrule.tables.schema import Task

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
    """Compare answers row by row: McNemar's exact test for classes, the sign test for numbers.

    Both toss a fair coin for every row on which one model alone is right, or comes closer. For numbers, the one that is
    ahead must have the smaller squared error as well to be called better.

    Args:
        task: what the targets are.
        truth: (n, 1) or (n,) targets.
        first: answers of one model.
        second: answers of another.

    Source:
        McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", 1947.
    """
    if task == "numbers":
        off, other = np.abs(first - truth).reshape(-1), np.abs(second - truth).reshape(-1)
        ahead, behind = int((off < other).sum()), int((other < off).sum())
        peak = max(off.max(), other.max()) or 1.0  # so that squares stay in range
        gain = float(((other / peak) ** 2 - (off / peak) ** 2).mean())
    else:
        actual = truth.reshape(-1).astype(np.int64)
        right, too = first.argmax(axis=1) == actual, second.argmax(axis=1) == actual
        ahead, behind = int((right & ~too).sum()), int((too & ~right).sum())
        gain = float(ahead - behind)
    p = _coin(min(ahead, behind), ahead + behind)
    if p > DOUBT or gain * (ahead - behind) <= 0:
        return Verdict(None, p, ahead, behind)
    return Verdict("first" if gain > 0 else "second", p, ahead, behind)


def _coin(fewer: int, tosses: int) -> float:
    """How often `tosses` of a fair coin are split as unevenly as this, or more."""
    if tosses > EXACT:
        return erfc(max(0.0, abs(tosses - 2 * fewer) - 1) / sqrt(2 * tosses))
    outcomes: int = sum(comb(tosses, heads) for heads in range(fewer + 1))
    return min(1.0, outcomes / 2.0 ** (tosses - 1))
