"""A small histogram of losses in letters."""

import numpy as np
from numpy.typing import NDArray

from chainrule.language import say
from chainrule.train.plain import plain, table

BINS, LENGTH = 10, 40


def histogram(losses: NDArray[np.float64], successes: NDArray[np.bool_]) -> list[str]:
    """Lines with a bar for each stretch of losses: full for successes, hatched for failures.

    Args:
        losses: (seeds,) after the training; those that are no numbers have a line of their own.
        successes: (seeds,) which succeeded.
    """
    finite = losses[np.isfinite(losses)]
    rows: list[tuple[str, int, int]] = []
    if len(finite):
        edges = np.histogram_bin_edges(finite, bins=BINS if np.ptp(finite) > 0 else 1)
        good, bad = (np.histogram(losses[np.isfinite(losses) & part], edges)[0] for part in (successes, ~successes))
        rows = [(plain(float(low)), int(g), int(b)) for low, g, b in zip(edges, good, bad, strict=False)]
        if len(rows) == 1:
            rows = [(plain(float(finite[0])), rows[0][1], rows[0][2])]
    wild = ~np.isfinite(losses)
    if wild.any():
        rows.append((say("population.not_finite"), int((wild & successes).sum()), int((wild & ~successes).sum())))
    most = max(good + bad for _, good, bad in rows)
    lines = table([[name, f"{good + bad:,}"] for name, good, bad in rows])
    return [f"{line}  {_bar(good, most, '█')}{_bar(bad, most, '▒')}".rstrip()
            for line, (_, good, bad) in zip(lines, rows, strict=True)]


def _bar(count: int, most: int, letter: str) -> str:
    """So many letters; one for what is not nothing."""
    return letter * max(int(count > 0), round(LENGTH * count / most))
