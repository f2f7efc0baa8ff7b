"""How sure a share is: the interval in which the true rate lies."""

from math import sqrt
from statistics import NormalDist

from chainrule.errors import ArgumentError


def wilson_interval(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval in which the rate behind so many successes lies, also when there were none, or only successes.

    (k + z²/2 ± z √(k (n - k) / n + z²/4)) / (n + z²)

    Args:
        successes: k, 0 … `trials`.
        trials: n, at least 1.
        confidence: how often such an interval holds the true rate, in (0, 1); default 0.95.

    Returns:
        tuple: lowest and highest rate, in [0, 1].

    Raises:
        ArgumentError: for counts that cannot be, or a confidence outside (0, 1).

    Example:
        >>> import chainrule as cr
        >>> [round(bound, 3) for bound in cr.metrics.wilson_interval(0, 600)]
        [0.0, 0.006]

    Source:
        E. Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    if not 0 <= successes <= trials or trials < 1 or not 0 < confidence < 1:
        got = f"{successes} of {trials}, confidence={confidence}"
        raise ArgumentError("intervals.counts", "wilson_interval", got=got)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = successes + z * z / 2
    reach = z * sqrt(successes * (trials - successes) / trials + z * z / 4)
    total = trials + z * z
    low = 0.0 if successes == 0 else (middle - reach) / total  # exactly, though rounding would miss it
    high = 1.0 if successes == trials else (middle + reach) / total
    return low, high
