"""Which parameters learn: those that the optimizer has forgotten, those that are frozen, biases that are not there."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.doctor.change import Change
from chainrule.nn.linear import Linear
from chainrule.nn.parameter import Parameter
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor
from chainrule.train.feed import ArrayFeed
from chainrule.train.guard.scene import Scene, held
from chainrule.train.trainer import Trainer


def all_parameters(feed: ArrayFeed) -> Change:
    """The optimizer gets whatever wants a gradient on the way to the answers and is not its own."""

    def alter(trainer: Trainer) -> None:
        scene = Scene(trainer, feed)
        scene.ask()
        scene.look_back()
        known = held(trainer)
        missing: list[Tensor] = list(scene.unheld.values())
        missing += [p for p in trainer.model.parameters() if p.requires_grad and id(p) not in known | set(scene.unheld)]
        _give(trainer, missing)

    return Change("all_parameters", {}, alter)


def unfrozen() -> Change:
    """Every parameter of the network wants a gradient, and gets its steps."""

    def alter(trainer: Trainer) -> None:
        known = held(trainer)
        for parameter in trainer.model.parameters():
            parameter.requires_grad = True
        _give(trainer, [p for p in trainer.model.parameters() if id(p) not in known])

    return Change("unfrozen", {}, alter)


def with_biases() -> Change:
    """Every dense layer has a bias, of 0 at first."""

    def alter(trainer: Trainer) -> None:
        fresh = []
        for module in trainer.model.modules():
            if isinstance(module, Linear) and module.bias is None:
                bias = Parameter(wrap(np.zeros(module.out_features, module.weight.dtype)))
                module.register_parameter("bias", bias)
                fresh.append(bias)
        _give(trainer, fresh)

    return Change("with_biases", {}, alter)


def _give(trainer: Trainer, parameters: Sequence[Any]) -> None:
    """Let the optimizer change them too, with the settings of its first group."""
    if parameters:
        group = trainer.optimizer.param_groups[0]
        group["params"] = [*group["params"], *parameters]
