"""Something that bends, between dense layers with nothing between them."""

from typing import Any

from chainrule.doctor.change import Change
from chainrule.doctor.changes.layers import setattr_child, start_anew
from chainrule.doctor.looks.layers import DENSE
from chainrule.nn.batch_norm import BatchNorm
from chainrule.nn.containers import Sequential
from chainrule.nn.linear import Linear
from chainrule.nn.mlp import MLP
from chainrule.nn.module import Module
from chainrule.nn.rectifiers import ReLU
from chainrule.train.feed import ArrayFeed
from chainrule.train.guard.scene import Scene
from chainrule.train.trainer import Trainer

CHAINS = (Sequential.forward, MLP.forward)  # what these call are their modules, in their order


def relu_between(feed: ArrayFeed, model: Module, layers: list[Module]) -> Change:
    """A ReLU behind each dense layer but the last, with first weights to suit; `layers` are those of `model`."""

    def alter(trainer: Trainer) -> None:
        for layer in passed(trainer, feed)[:-1]:
            _put_behind(trainer.model, layer)
        start_anew(trainer.model, None)

    return Change("relu_between", {"code": _code(model, layers)}, alter)


def passed(trainer: Trainer, feed: ArrayFeed) -> list[Module]:
    """The dense layers that rows go through, in that order, each as often as they do.

    Raises:
        ChainruleError: when the network cannot be asked.
    """
    seen: list[Module] = []
    handles = [
        module.register_forward_hook(lambda module, args, result: seen.append(module))
        for module in trainer.model.modules() if isinstance(module, DENSE)
    ]
    try:
        Scene(trainer, feed).ask()
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _put_behind(model: Module, layer: Module) -> None:
    parent, key = _place(model, layer)
    if not _counts(parent):
        setattr_child(parent, key, Sequential(layer, ReLU()))
        return
    others: list[Module] = [*parent._modules.values()]
    place = next(number for number, other in enumerate(others) if other is layer) + 1
    while place < len(others) and isinstance(others[place], BatchNorm):
        place += 1
    parent.insert(place, ReLU())


def _place(model: Module, layer: Module) -> tuple[Any, str]:
    """The module that holds a layer, and the name that it has there."""
    return next(
        (parent, key) for parent in model.modules() for key, child in parent.named_children() if child is layer
    )


def _counts(parent: Module) -> bool:
    """Whether it calls its modules one after another, by numbers and not by names."""
    names = list(parent._modules)
    return type(parent).forward in CHAINS and names == [str(number) for number in range(len(names))]


def _code(model: Module, layers: list[Module]) -> str:
    """What a user would write: the whole network where it is short, else the layers that change."""
    if isinstance(model, MLP):
        sizes = f'nn.MLP({list(model.sizes)}, activation="relu")'
        return sizes if len(list(model.children())) == len(layers) else 'activation="relu"'
    if _counts(model) and all(isinstance(layer, Linear) for layer in model.children()):
        return f"nn.Sequential({', nn.ReLU(), '.join(map(_written, layers))})"
    paths = {id(module): path for path, module in model.named_modules()}
    own = [_attribute(paths[id(layer)]) for layer in layers[:-1]]
    return "\n".join(f"{path} = nn.Sequential({path}, nn.ReLU())" for path in own)


def _written(layer: Any) -> str:
    return f"nn.Linear({layer.in_features}, {layer.out_features}{'' if layer.bias is not None else ', bias=False'})"


def _attribute(path: str) -> str:
    return "".join(["model", *(f"[{name}]" if name.isdigit() else f".{name}" for name in path.split("."))])
