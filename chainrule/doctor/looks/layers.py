"""A look into a network: what each layer gives for some rows, and what comes back to it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.looks.written import Bend, written
from chainrule.nn.conv import Conv1d, Conv2d
from chainrule.nn.functional._loss_checks import trusting
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module
from chainrule.tape.tracked import Node
from chainrule.tensors.tensor import Tensor
from chainrule.train.feed import ArrayFeed
from chainrule.train.instruments.looking import ACTIVATIONS, dead, flat, rms, saturated
from chainrule.train.modes import modes
from chainrule.train.trainer import Trainer

__all__ = ["ACTIVATIONS", "DENSE", "Layer", "look_into"]

Seen = tuple[Module, NDArray[Any], Node | None]
ROWS = 256
DENSE = (Linear, Conv1d, Conv2d)


@dataclass(frozen=True)
class Layer:
    """A dense layer and what follows it.

    Attributes:
        path: its name in the network.
        words: as it would be written.
        activation: name of the activation behind it, a module or a function in a forward; "" for none.
        weights: rms of its weights.
        weighted: rms of what it gives.
        activated: rms behind its activation.
        gradient: rms of the gradient of its weights.
        dead: share of units that are 0 for all rows, behind a ReLU; 0 behind others.
        saturated: share of units that are flat for nine tenths of the rows, behind what squashes.
        flat: share of the rows for which a unit is flat, of all units.
        hidden: whether another dense layer comes later.
    """

    path: str
    words: str
    activation: str
    weights: float
    weighted: float
    activated: float
    gradient: float
    dead: float
    saturated: float
    flat: float
    hidden: bool


def look_into(trainer: Trainer, feed: ArrayFeed) -> list[Layer]:
    """The dense layers of a network on its first rows; its parameters, gradients and buffers stay as they are."""
    model = trainer.model
    seen: list[Seen] = []
    handles = [
        module.register_forward_hook(lambda module, args, result: _keep(seen, module, result))
        for module in model.modules() if isinstance(module, (*DENSE, *ACTIVATIONS))
    ]
    batch = next(iter(feed.take(np.arange(min(ROWS, feed.rows))).epoch(0, ROWS)))
    before = [parameter.grad for parameter in model.parameters()]
    try:
        with (
            trainer._apart_from_training(), modes(model, training=False), trusting(True), np.errstate(all="ignore"),
        ):
            trainer.optimizer.zero_grad()
            loss = trainer._loss_of(batch, model(*batch.inputs))
            bends = written(loss, {id(node) for module, _, node in seen if isinstance(module, DENSE)})
            if loss.requires_grad:
                loss.backward()
            gradients = {id(p): None if p.grad is None else p.grad.numpy().copy() for p in model.parameters()}
    finally:
        for handle in handles:
            handle.remove()
        for parameter, gradient in zip(model.parameters(), before, strict=True):
            parameter.grad = gradient
    return _layers(model, seen, bends, gradients)


def _keep(seen: list[Seen], module: Module, result: Any) -> None:
    if isinstance(result, Tensor):
        seen.append((module, result.detach().numpy(), result._node))


def _layers(model: Module, seen: list[Seen], bends: dict[int, Bend], gradients: dict[int, Any]) -> list[Layer]:
    paths = {id(module): path for path, module in model.named_modules()}
    dense = [place for place, (module, *_) in enumerate(seen) if isinstance(module, DENSE)]
    found = []
    for place in dense:
        module: Any
        module, given, node = seen[place]
        behind = seen[place + 1][:2] if place + 1 < len(seen) and place + 1 not in dense else bends.get(id(node))
        gradient = gradients.get(id(module.weight))
        shares = flat(*(behind or (None, None)))
        found.append(Layer(
            path=paths.get(id(module), ""), words=repr(module), activation=type(behind[0]).__name__ if behind else "",
            weights=rms(module.weight.numpy()), weighted=rms(given), activated=rms(behind[1] if behind else given),
            gradient=0.0 if gradient is None else rms(gradient), dead=dead(*(behind or (None, None))),
            saturated=saturated(*(behind or (None, None))), flat=0.0 if shares is None else float(shares.mean()),
            hidden=place != dense[-1],
        ))
    return found
