"""Nothing to judge by: a note, never an alarm, and not for truth tables."""

import chainrule as cr
from chainrule import nn
from tests.doctor.model import settings

NET = settings.maker(lambda: nn.MLP([2, 8, 1]))


def test_judged_by_the_rows_that_were_learnt_from():
    for rows in (settings.moons(), settings.circles()):
        (found,) = settings.suspected(59, NET, rows, 2, validation=rows)
        assert (found.proof, found.evidence[0].name) == ("convention", "judged_by_its_own")


def test_too_few_rows_to_part():
    X, y = settings.moons()
    (found,) = settings.suspected(59, NET, (X[:30], y[:30]), 2)
    assert (found.proof, found.evidence[0].name) == ("convention", "too_few_to_part")


def test_other_rows_and_truth_tables_are_left_in_peace():
    assert not settings.suspected(59, NET, settings.moons(), 2)
    assert not settings.suspected(59, NET, settings.moons(), 2, validation=settings.moons(5))
    assert not settings.suspected(59, NET, settings.moons(), 2, validation=0.2)
    assert not settings.suspected(59, NET, cr.data.xor(), 2)
    assert not settings.suspected(59, NET, cr.data.xor(), 2, validation=cr.data.xor())
