"""A Trainer as it was at one moment: what a test may change and must give back."""

import copy
from typing import TYPE_CHECKING

from chainrule.train.weights import Weights

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


class Snapshot:
    """Weights, optimizer, schedule, noise and counters of a Trainer.

    Args:
        trainer: whose state is copied.
    """

    def __init__(self, trainer: "Trainer") -> None:
        self.weights = Weights.of(trainer.model)
        self.optimizer = copy.deepcopy(trainer.optimizer.state_dict())
        self.schedulers = [copy.deepcopy(part.state_dict()) for part in trainer.rates.schedulers]
        self.noise = trainer.noise.get_state()
        self.place = (trainer.epoch, trainer.step, trainer.history)
        self.gradients = [(parameter, parameter.grad) for parameter in trainer.model.parameters()]
        self.modes = [(module, module.training) for module in trainer.model.modules()]

    def restore(self, trainer: "Trainer") -> None:
        """Make the Trainer what it was."""
        self.weights.restore(trainer.model)
        trainer.optimizer.state.clear()
        trainer.optimizer.load_state_dict(copy.deepcopy(self.optimizer))
        for scheduler, state in zip(trainer.rates.schedulers, self.schedulers, strict=True):
            scheduler.load_state_dict(copy.deepcopy(state))
        trainer.noise.set_state(self.noise)
        trainer.epoch, trainer.step, trainer.history = self.place
        for parameter, gradient in self.gradients:
            parameter.grad = gradient
        for module, training in self.modes:
            module.training = training
