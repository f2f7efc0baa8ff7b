"""Other activations, other first weights, wider layers: the same network otherwise."""

from collections.abc import Callable
from math import prod
from typing import Any

from chainrule.doctor.change import Change
from chainrule.doctor.looks.layers import ACTIVATIONS, DENSE
from chainrule.nn.dropout import Dropout
from chainrule.nn.init._plain import filled, stream, zeros_
from chainrule.nn.init._scaled import kaiming_normal_, xavier_normal_
from chainrule.nn.linear import Linear
from chainrule.nn.mlp import MLP
from chainrule.nn.module import Module
from chainrule.nn.rectifiers import LeakyReLU, ReLU
from chainrule.nn.squashing import Tanh
from chainrule.optim.optimizer import Optimizer
from chainrule.train.instruments.looking import SQUASHING
from chainrule.train.trainer import Trainer

KINDS: dict[str, Callable[[], Module]] = {"leaky_relu": lambda: LeakyReLU(0.01), "relu": ReLU, "tanh": Tanh}


def activation(name: str) -> Change:
    """All hidden activations become `name`, with the first weights that suit it."""

    def alter(trainer: Trainer) -> None:
        for parent, key, _ in _places(trainer.model, ACTIVATIONS)[: _hidden(trainer.model)]:
            setattr_child(parent, key, KINDS[name]())
        start_anew(trainer.model, name)

    return Change("activation", {"name": name}, alter)


def first_weights() -> Change:
    """Weights drawn as suits the activation behind each layer: Glorot's where it squashes or is none, else He's."""
    return Change("first_weights", {}, lambda trainer: start_anew(trainer.model, None))


def start_anew(model: Module, name: str | None) -> None:
    """Draw the weights of all dense layers again."""
    order = [module for module in model.modules() if isinstance(module, (*DENSE, *ACTIVATIONS))]
    for place, module in enumerate(order):
        if not isinstance(module, DENSE):
            continue
        behind = order[place + 1] if place + 1 < len(order) else None
        if name is None or behind is None:
            rectified = isinstance(behind, ACTIVATIONS) and not isinstance(behind, SQUASHING)
        else:
            rectified = "relu" in name
        weight: Any = module.weight
        if rectified:
            kaiming_normal_(weight, nonlinearity="relu")
        else:
            xavier_normal_(weight)
        if module.bias is not None:
            zeros_(module.bias)


def wider(factor: int) -> Change:
    """Every hidden layer of a chain of dense layers so many times as wide.

    First weights are drawn as the narrow network has them, shrunk as far as more inputs make their sums larger: width
    is to be the only change, also where first weights are the fault.
    """

    def alter(trainer: Trainer) -> None:
        dense = _places(trainer.model, (Linear,))
        for place, (parent, key, layer) in enumerate(dense):
            inputs = layer.in_features if place == 0 else layer.in_features * factor
            outputs = layer.out_features if place == len(dense) - 1 else layer.out_features * factor
            setattr_child(parent, key, _drawn_alike(layer, Linear(inputs, outputs, bias=layer.bias is not None)))
        renew_optimizer(trainer)

    return Change("wider", {"factor": factor}, alter)


def _drawn_alike(old: Any, new: Any) -> Any:
    """The new layer with weights and biases spread like those of the old one."""
    random, weight = stream(None), old.weight.numpy()
    shrunk = (old.in_features / new.in_features) ** 0.5
    filled(new.weight, random.normal(weight.mean(), weight.std(), new.weight.shape) * shrunk, "wider")
    if new.bias is not None:
        filled(new.bias, random.choice(old.bias.numpy(), len(new.bias)), "wider")
    return new


def without_dropout() -> Change:
    """No dropout."""

    def alter(trainer: Trainer) -> None:
        for module in trainer.model.modules():
            if isinstance(module, Dropout):
                module.p = 0.0

    return Change("without_dropout", {}, alter)


def without_last_activation() -> Change:
    """The activation behind the last dense layer left out, and one more if two stand there."""

    def alter(trainer: Trainer) -> None:
        from chainrule.nn.containers import Sequential

        order = [m for m in trainer.model.modules() if next(m.children(), None) is None]
        dense = max((place for place, module in enumerate(order) if isinstance(module, DENSE)), default=-1)
        last = {id(module) for module in order[dense + 1 :]}
        for parent in list(trainer.model.modules()):
            for key, child in list(parent.named_children()):
                if id(child) in last and not list(child.parameters()):
                    setattr_child(parent, key, Sequential())

    return Change("without_last_activation", {}, alter)


def _hidden(model: Module) -> int:
    """How many of the activations stand before the last dense layer."""
    order = [m for m in model.modules() if isinstance(m, (*DENSE, *ACTIVATIONS))]
    last = max((place for place, module in enumerate(order) if isinstance(module, DENSE)), default=0)
    return sum(isinstance(module, ACTIVATIONS) for module in order[:last])


def _places(model: Module, kinds: tuple[type, ...]) -> list[tuple[Module, str, Any]]:
    return [
        (parent, key, child) for parent in model.modules() for key, child in parent.named_children()
        if isinstance(child, kinds)
    ]


def setattr_child(parent: Module, key: str, child: Module) -> None:
    """Put a module in the place of a child, for what looks it up as an attribute too: a forward of one's own."""
    parent.add_module(key, child)


def renew_optimizer(trainer: Trainer) -> None:
    """The same optimizer over the parameters that the network has now; groups become one."""
    old: Optimizer = trainer.optimizer
    settings = {name: value for name, value in old.param_groups[0].items() if name in old.defaults}
    try:
        trainer.optimizer = type(old)(trainer.model.parameters(), **settings)
    except TypeError:  # a class of the user's own that is made of other arguments: this one begins anew
        for kept in (old.param_groups, old.state, old._owned):
            kept.clear()
        old.add_param_group({**settings, "params": trainer.model.parameters()})
    from chainrule.train.rates import Rates

    trainer.rates = Rates(trainer.schedule if trainer.rates.of_step is not None else None, trainer.optimizer)


def size(model: Module) -> int:
    """How many weights a network has."""
    return sum(prod(parameter.shape) for parameter in model.parameters())


def is_chain(model: Module) -> bool:
    """Whether a network is dense layers one behind the other, so that it can be widened."""
    from chainrule.nn.containers import Sequential

    kinds = (Linear, *ACTIVATIONS, Dropout, Sequential, MLP)
    leaves = [m for m in model.modules() if not isinstance(m, Sequential)]
    return bool(leaves) and all(isinstance(m, kinds) for m in leaves) and not getattr(model, "residual", False)
