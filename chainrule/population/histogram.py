"""A small histogram of losses in letters."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chainrule.language import say
from chainrule.train.plain import plain, table

BINS, LENGTH = 10, 40
LARGE = 1e7


def histogram(losses: NDArray[np.float64], successes: NDArray[np.bool_]) -> list[str]:
    """Lines with a bar for each stretch of losses: full for successes, hatched for failures.

    Args:
        losses: (seeds,) after the training; those that are no numbers have a line of their own, and so have those far
            above nearly all others.
        successes: (seeds,) which succeeded.
    """
    finite = np.isfinite(losses)
    usual = finite & (losses <= _limit(losses[finite]))
    edges = np.histogram_bin_edges(losses[usual], bins=BINS if usual.any() and np.ptp(losses[usual]) > 0 else 1)
    parts = [(usual & (losses >= low) & (losses < high), short(float(low))) for low, high in pairwise(edges)]
    if usual.any():
        last, name = parts[-1]
        name = name if len(parts) > 1 else short(float(losses[usual][0]))
        parts[-1] = (last | (usual & (losses >= edges[-2])), name)
    else:
        parts = []
    parts.append((finite & ~usual, say("population.far_above")))
    parts.append((~finite, say("population.not_finite")))
    rows = [(name, int((part & successes).sum()), int((part & ~successes).sum())) for part, name in parts]
    rows = [row for place, row in enumerate(rows) if sum(row[1:]) or place < len(rows) - 2]
    most = max(good + bad for _, good, bad in rows)
    lines = table([[name, f"{good + bad:,}"] for name, good, bad in rows])
    return [f"{line}  {_bar(good, most, '█')}{_bar(bad, most, '▒')}".rstrip()
            for line, (_, good, bad) in zip(lines, rows, strict=True)]


def short(loss: float) -> str:
    """A loss as people write it; one that has run away by its order of magnitude."""
    return plain(loss) if abs(loss) < LARGE or not np.isfinite(loss) else f"{loss:.1e}"


def _limit(losses: NDArray[np.float64]) -> float:
    """Ten times what nine tenths of the losses are below: a few far above would press the others into one bar."""
    return 10 * float(np.quantile(np.abs(losses), 0.9)) if len(losses) else 0.0


def _bar(count: int, most: int, letter: str) -> str:
    """So many letters; one for what is not nothing."""
    return letter * max(int(count > 0), round(LENGTH * count / most))
