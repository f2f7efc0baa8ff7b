"""Two rates beside each other, against values worked out by hand or printed in the papers."""

from fractions import Fraction
from math import comb

import pytest

import chainrule as cr
from chainrule.population.comparison import compared, fisher_exact, newcombe_interval, short_p


def exact(first, second):
    """The same sum in whole numbers."""
    (a, n), (b, m) = first, second
    total = a + b
    every = {k: comb(n, k) * comb(m, total - k) for k in range(max(0, total - m), min(n, total) + 1)}
    return Fraction(sum(ways for ways in every.values() if ways <= every[a]), comb(n + m, total))


# Newcombe (1998), table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 5/56 - 0/29.
NEWCOMBE = {
    ((48, 80), (56, 70)): (0.0524, 0.3339),
    ((3, 10), (9, 10)): (0.1705, 0.8090),
    ((0, 29), (5, 56)): (-0.0381, 0.1926),
}


@pytest.mark.parametrize("pair", NEWCOMBE)
def test_newcombes_own_examples(pair):
    assert newcombe_interval(*pair) == pytest.approx(NEWCOMBE[pair], abs=5e-5)


def test_the_interval_turns_with_the_pair():
    low, high = newcombe_interval((3, 10), (9, 10))
    assert newcombe_interval((9, 10), (3, 10)) == pytest.approx((-high, -low))
    assert newcombe_interval((0, 1), (1, 1))[1] == 1.0


@pytest.mark.parametrize(
    "pair",
    [((3, 4), (1, 4)), ((0, 5), (5, 5)), ((7, 12), (5, 15)), ((0, 9), (0, 4)), ((20, 50), (33, 47)), ((9, 9), (9, 9))],
)
def test_fisher_against_whole_numbers(pair):
    assert fisher_exact(*pair) == pytest.approx(float(exact(*pair)), rel=1e-9)
    assert fisher_exact(pair[1], pair[0]) == pytest.approx(fisher_exact(*pair))


def test_the_lady_tasting_tea():
    assert fisher_exact((3, 4), (1, 4)) == pytest.approx(34 / 70)  # (16 + 1 + 1 + 16) / 70


def test_large_counts_do_not_overflow():
    assert 0 <= fisher_exact((5_690, 10_000), (9_930, 10_000)) < 1e-300
    assert fisher_exact((5_000, 10_000), (5_000, 10_000)) == pytest.approx(1.0)


def test_the_words():
    better = compared((10, 40), (30, 40))
    assert better.difference == 0.5
    assert better.rates == (0.25, 0.75)
    assert "25.0% against 75.0%: +50.0 points" in str(better)
    assert "more often" in str(better)
    assert "less often" in str(compared((30, 40), (10, 40)))
    assert "cannot tell" in str(compared((10, 40), (11, 40)))
    assert better.to_dict()["trials"] == [40, 40]
    with cr.settings(lang="zh"):
        assert "更常成功" in str(better)


def test_p_values_in_words():
    assert [short_p(p) for p in (1e-9, 0.00123, 0.042, 0.5)] == ["< 0.0001", "= 0.0012", "= 0.04", "= 0.50"]
