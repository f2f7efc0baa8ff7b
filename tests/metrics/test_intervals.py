"""The interval of a rate, against figures published beside the articles' runs."""

import pytest

import chainrule as cr


@pytest.mark.parametrize(("successes", "trials", "low", "high"), [
    (105, 600, 0.147, 0.207), (18, 300, 0.038, 0.093), (0, 600, 0.0, 0.006), (298, 300, 0.976, 0.998),
    (5690, 10_000, 0.559, 0.579),
])
def test_figures(successes: int, trials: int, low: float, high: float) -> None:
    assert cr.metrics.wilson_interval(successes, trials) == pytest.approx((low, high), abs=6e-4)


def test_ends_and_refusals() -> None:
    assert cr.metrics.wilson_interval(0, 10)[0] == 0.0
    assert cr.metrics.wilson_interval(10, 10)[1] == 1.0
    narrow, wide = cr.metrics.wilson_interval(5, 10, 0.5), cr.metrics.wilson_interval(5, 10, 0.99)
    assert wide[0] < narrow[0] < 0.5 < narrow[1] < wide[1]
    for bad in ((11, 10), (-1, 10), (0, 0)):
        with pytest.raises(cr.ArgumentError, match="at least one trial"):
            cr.metrics.wilson_interval(*bad)
