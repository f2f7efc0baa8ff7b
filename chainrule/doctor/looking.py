"""A look into a network: what each layer gives for some rows, and what comes back to it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.nn.conv import Conv1d, Conv2d
from chainrule.nn.exponentials import ELU, SELU, Softplus
from chainrule.nn.functional._loss_checks import trusting
from chainrule.nn.gates import GELU
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module
from chainrule.nn.rectifiers import LeakyReLU, ReLU
from chainrule.nn.squashing import Sigmoid, Tanh
from chainrule.tensors.tensor import Tensor
from chainrule.train.feed import ArrayFeed
from chainrule.train.modes import modes
from chainrule.train.trainer import Trainer

ROWS = 256
DENSE = (Linear, Conv1d, Conv2d)
RECTIFIERS = (ReLU,)
SATURATING = (Sigmoid, Tanh)
ACTIVATIONS = (*RECTIFIERS, *SATURATING, LeakyReLU, ELU, GELU, SELU, Softplus)
FLAT = 0.05  # of its steepest: there an activation hardly lets anything pass


@dataclass(frozen=True)
class Layer:
    """A dense layer and what follows it.

    Attributes:
        path: its name in the network.
        words: as it would be written.
        activation: name of the activation behind it; "" for none.
        weights: rms of its weights.
        weighted: rms of what it gives.
        activated: rms behind its activation.
        gradient: rms of the gradient of its weights.
        dead: share of units that are 0 for all rows, behind a ReLU; 0 behind others.
        saturated: share of units that are flat for nine tenths of the rows, behind sigmoid and tanh.
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
    hidden: bool


def look_into(trainer: Trainer, feed: ArrayFeed) -> list[Layer]:
    """The dense layers of a network on its first rows; its parameters, gradients and buffers stay as they are."""
    model = trainer.model
    seen: list[tuple[Module, NDArray[Any]]] = []
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
            if loss.requires_grad:
                loss.backward()
            gradients = {id(p): None if p.grad is None else p.grad.numpy().copy() for p in model.parameters()}
    finally:
        for handle in handles:
            handle.remove()
        for parameter, gradient in zip(model.parameters(), before, strict=True):
            parameter.grad = gradient
    return _layers(model, seen, gradients)


def _keep(seen: list[tuple[Module, NDArray[Any]]], module: Module, result: Any) -> None:
    if isinstance(result, Tensor):
        seen.append((module, result.detach().numpy()))


def _layers(model: Module, seen: list[tuple[Module, NDArray[Any]]], gradients: dict[int, Any]) -> list[Layer]:
    paths = {id(module): path for path, module in model.named_modules()}
    dense = [place for place, (module, _) in enumerate(seen) if isinstance(module, DENSE)]
    found = []
    for place in dense:
        module: Any
        module, given = seen[place]
        behind = seen[place + 1] if place + 1 < len(seen) and place + 1 not in dense else None
        gradient = gradients.get(id(module.weight))
        found.append(Layer(
            path=paths.get(id(module), ""), words=repr(module), activation=type(behind[0]).__name__ if behind else "",
            weights=rms(module.weight.numpy()), weighted=rms(given), activated=rms(behind[1] if behind else given),
            gradient=0.0 if gradient is None else rms(gradient), dead=_dead(behind), saturated=_saturated(behind),
            hidden=place != dense[-1],
        ))
    return found


def rms(numbers: NDArray[Any]) -> float:
    """The root of the mean square."""
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.mean(np.square(numbers, dtype=np.float64)))) if numbers.size else 0.0


def _units(numbers: NDArray[Any]) -> NDArray[Any]:
    """(rows, units): pictures count each place as a row."""
    if numbers.ndim > 2:
        numbers = np.moveaxis(numbers, 1, -1)
    return numbers.reshape(-1, numbers.shape[-1])


def _dead(behind: tuple[Module, NDArray[Any]] | None) -> float:
    if behind is None or not isinstance(behind[0], RECTIFIERS):
        return 0.0
    return float((_units(behind[1]) == 0).all(axis=0).mean())


def _saturated(behind: tuple[Module, NDArray[Any]] | None) -> float:
    if behind is None or not isinstance(behind[0], SATURATING):
        return 0.0
    a = _units(behind[1])
    slope = 4 * a * (1 - a) if isinstance(behind[0], Sigmoid) else 1 - a * a
    return float(((slope < FLAT).mean(axis=0) > 0.9).mean())
