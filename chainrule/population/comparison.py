"""Two rates beside each other: the difference, its interval, and whether chance alone could make it."""

from dataclasses import dataclass
from math import exp, lgamma, sqrt

from chainrule.language import say
from chainrule.metrics.intervals import wilson_interval

SURE = 0.05  # p below which a difference is called one


@dataclass(frozen=True)
class Comparison:
    """Two rates of success compared; `print` it.

    Attributes:
        successes: of the first and of the second.
        trials: of the first and of the second.
        difference: the second rate minus the first.
        interval: 95 % interval of the difference (Newcombe).
        p_value: how often chance alone would part two equal rates as far (Fisher's exact test, two-sided).
    """

    successes: tuple[int, int]
    trials: tuple[int, int]
    difference: float
    interval: tuple[float, float]
    p_value: float

    @property
    def rates(self) -> tuple[float, float]:
        """Both rates."""
        return self.successes[0] / self.trials[0], self.successes[1] / self.trials[1]

    def __str__(self) -> str:
        first, second = (f"{rate:.1%}" for rate in self.rates)
        low, high = (f"{100 * bound:+.1f}" for bound in self.interval)
        kind = "equal" if self.p_value >= SURE else "more" if self.difference > 0 else "less"
        return say("population.comparison", first=first, second=second, difference=f"{100 * self.difference:+.1f}",
                   low=low, high=high, p=short_p(self.p_value)) + "\n" + say(f"population.comparison_{kind}")

    def to_dict(self) -> dict[str, object]:
        """Plain data, for JSON."""
        return {
            "successes": list(self.successes), "trials": list(self.trials), "rates": list(self.rates),
            "difference": self.difference, "interval": list(self.interval), "p_value": self.p_value,
        }


def compared(first: tuple[int, int], second: tuple[int, int]) -> Comparison:
    """Two rates, each as (successes, trials)."""
    (a, n), (b, m) = first, second
    return Comparison((a, b), (n, m), b / m - a / n, newcombe_interval(first, second), fisher_exact(first, second))


def newcombe_interval(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float]:
    """95 % interval of the second rate minus the first, from the Wilson interval of each.

    d - √((p₂ - l₂)² + (u₁ - p₁)²) … d + √((u₂ - p₂)² + (p₁ - l₁)²)

    Source:
        R. Newcombe, Interval estimation for the difference between independent proportions (1998), method 10.
    """
    p1, p2 = first[0] / first[1], second[0] / second[1]
    (l1, u1), (l2, u2) = wilson_interval(*first), wilson_interval(*second)
    low, high = sqrt((p2 - l2) ** 2 + (u1 - p1) ** 2), sqrt((u2 - p2) ** 2 + (p1 - l1) ** 2)
    return max(-1.0, p2 - p1 - low), min(1.0, p2 - p1 + high)


def fisher_exact(first: tuple[int, int], second: tuple[int, int]) -> float:
    """How likely tables at least as unlikely as this one are, were both rates equal and all totals as they are.

    P(k) = C(n, k) C(m, s - k) / C(n + m, s), summed over all k with P(k) ≤ P(a)

    Source:
        R. Fisher, On the interpretation of χ² from contingency tables, and the calculation of P (1922).
    """
    (a, n), (b, m) = first, second
    total = a + b

    def log_chance(k: int) -> float:
        return _log_choose(n, k) + _log_choose(m, total - k) - _log_choose(n + m, total)

    own = log_chance(a)
    # A hair of room: tables as unlikely as this one must count, whatever rounding makes of their chances.
    every = (log_chance(k) for k in range(max(0, total - m), min(n, total) + 1))
    return min(1.0, sum(exp(chance) for chance in every if chance <= own + 1e-7))


def short_p(p: float) -> str:
    """A p-value with two digits that count; very small ones as `< 0.0001`."""
    return "< 0.0001" if p < 0.0001 else f"= {p:.4f}" if p < 0.01 else f"= {p:.2f}"


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
