"""A change of the network goes with an optimizer of the user's own, whatever arguments that is made of."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.changes.layers import wider
from tests.doctor.plants import moons


class Slowed(optim.SGD):
    """Steps that are made smaller by an argument that is no setting of SGD."""

    def __init__(self, parameters, lr, share):
        super().__init__(parameters, lr=lr * share)
        self.share = share


class Remembering(optim.SGD):
    """What it remembers of each weight is made with it."""

    def __init__(self, parameters, **settings):
        super().__init__(parameters, **settings)
        self.sizes = [parameter.numel() for parameter in self.param_groups[0]["params"]]


def _wider(optimizer):
    def build():
        model = nn.MLP([2, 4, 1])
        return cr.Trainer(model, nn.BCEWithLogitsLoss(), optimizer(model.parameters()), seed=0)

    return wider(4).apply(build)()


@pytest.mark.parametrize("share", np.random.default_rng(7).uniform(0.1, 0.9, 2))
def test_an_optimizer_that_cannot_be_made_again_goes_on_with_the_new_weights(share):
    trainer = _wider(lambda parameters: Slowed(parameters, 0.5, share))
    optimizer = trainer.optimizer
    assert (type(optimizer), optimizer.share) == (Slowed, share)
    assert optimizer.param_groups[0]["lr"] == 0.5 * share
    before = [parameter.numpy().copy() for parameter in trainer.model.parameters()]
    trainer.fit(moons(), epochs=1, progress=False)
    moved = [not np.array_equal(old, new.numpy()) for old, new in zip(before, trainer.model.parameters(), strict=True)]
    assert before[0].shape == (16, 2)
    assert all(moved)


def test_one_that_can_is_made_again():
    assert _wider(lambda parameters: Remembering(parameters, lr=0.1)).optimizer.sizes == [32, 16, 16, 1]
