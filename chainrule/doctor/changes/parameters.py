"""Which parameters learn: those that the optimizer has forgotten, those that are frozen, biases that are not there."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.doctor.change import Change
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor
from chainrule.train.feed import ArrayFeed
from chainrule.train.guard.scene import Scene, held
from chainrule.train.trainer import Trainer


def all_parameters(feed: ArrayFeed, trainer: Trainer) -> Change:
    """The optimizer gets whatever wants a gradient on the way to the answers and is not its own.

    Args:
        feed: rows that are asked for to find the way.
        trainer: as the user builds it; it is looked at only, to tell what is to be written.
    """
    code = "".join(f"{line}\n" for line in _lists(trainer.model)) + _optimizer(trainer)

    def alter(trainer: Trainer) -> None:
        scene = Scene(trainer, feed)
        scene.ask()
        scene.look_back()
        known = held(trainer)
        missing: list[Tensor] = list(scene.unheld.values())
        missing += [p for p in trainer.model.parameters() if p.requires_grad and id(p) not in known | set(scene.unheld)]
        _give(trainer, missing)

    return Change("all_parameters", {"code": code}, alter)


def unfrozen(trainer: Trainer) -> Change:
    """Every parameter of the network wants a gradient, and gets its steps; `trainer` is as the user builds it."""
    known = held(trainer)
    whole = all(id(parameter) in known for parameter in trainer.model.parameters())

    def alter(trainer: Trainer) -> None:
        known = held(trainer)
        for parameter in trainer.model.parameters():
            parameter.requires_grad = True
        _give(trainer, [p for p in trainer.model.parameters() if id(p) not in known])

    return Change("unfrozen", {"code": "" if whole else f"\n{_optimizer(trainer)}"}, alter)


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


def _optimizer(trainer: Trainer) -> str:
    """The optimizer over all parameters, as it would be written."""
    optimizer = trainer.optimizer
    return f"optimizer = optim.{type(optimizer).__name__}(model.parameters(), lr={optimizer.param_groups[0]['lr']:.3g})"


def _lists(model: Module) -> list[str]:
    """What makes the lists and dicts known in which layers are hidden from their network."""
    found = []
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            inside = list(value.values()) if isinstance(value, dict) else value
            if name.startswith("_") or not isinstance(inside, list | tuple) or not inside:
                continue
            if all(isinstance(one, Module) for one in inside):
                place = ".".join(part for part in ("model", path, name) if part)
                kind = "ModuleDict" if isinstance(value, dict) else "ModuleList"
                found.append(f"{place} = nn.{kind}({place})")
    return found
