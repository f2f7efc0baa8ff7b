"""A loss that tells one number and descends another."""

import numpy as np

from chainrule import nn
from tests.doctor.model import settings

POWER = int(np.random.default_rng(56).integers(3, 6))


def square(outputs, targets):
    """The mean square."""
    return ((outputs - targets) ** 2).mean()


def told_and_learnt(told, learnt):
    """A loss with the value of the one and the gradient of the other."""
    return lambda outputs, targets: (
        told(outputs, targets).detach() + learnt(outputs, targets) - learnt(outputs, targets).detach()
    )


def towards(outputs, targets):
    """Something else than the targets."""
    return ((outputs - 1) ** POWER).abs().mean()


def test_plants():
    (Z, z) = settings.moons()
    for rows, inputs in ((settings.sine(), 1), ((Z, 2 * z - 1), 2)):
        build = settings.maker(lambda inputs=inputs: nn.MLP([inputs, 8, 1]), lambda: told_and_learnt(square, towards))
        (found,) = settings.suspected(56, build, rows, 20)
        assert (found.code, found.proof) == ("reported_loss", "exact")


def test_what_is_told_is_not_what_is_learnt_also_where_that_goes_well():
    def printed(z, y):
        return told_and_learnt(lambda z, y: square(z.sigmoid(), y), lambda z, y: nn.functional.softplus(z).mean()
                               - (y * z).mean())(z, y)

    found = settings.diagnosed(settings.maker(lambda: nn.MLP([2, 16, 1]), lambda: printed), settings.moons(), epochs=30)
    assert settings.codes(found)[0] == "reported_loss"


def test_a_multiple_is_the_same_loss():
    build = settings.maker(
        lambda: nn.MLP([1, 8, 1]), lambda: told_and_learnt(square, lambda o, t: 3 * square(o, t)),
    )
    assert not settings.suspected(56, build, settings.sine(), 5)


def test_honest_losses_are_left_in_peace():
    for loss in (square, lambda o, t: nn.functional.binary_cross_entropy_with_logits(o, t) + 0.1 * square(o, t)):
        for rows in (settings.moons(), settings.circles()):
            build = settings.maker(lambda: nn.MLP([2, 8, 1]), lambda loss=loss: loss)
            assert not settings.suspected(56, build, rows, 5)
    assert not settings.suspected(56, settings.maker(lambda: nn.MLP([2, 8, 1])), settings.moons(), 5)
