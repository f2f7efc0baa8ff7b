"""Parameters that the training would miss: hidden in a list, left by a layer that was replaced, not given to it."""

from collections.abc import Iterator
from typing import Any

from chainrule.errors import ChainruleWarning, StateError
from chainrule.nn.module import Module
from chainrule.train.guard.scene import Findings, Scene, held


def hidden(scene: Scene) -> Findings:
    """Something in the network that wants a gradient, and is neither its parameter nor the optimizer's."""
    if not scene.unheld:
        return
    model = scene.trainer.model
    strays = scene.unheld.keys() - _ids(model)
    if strays:
        first = next(tensor for key, tensor in reversed(scene.unheld.items()) if key in strays)
        found = next((place for place, inside in _containers(model) if _ids_inside(inside) & strays), None)
        yield StateError(
            "guard.loose_tensor" if found is None else "guard.hidden_layers",
            found or f"{type(model).__name__}.forward", count=len(strays), shape=first.shape,
        )


def replaced(scene: Scene) -> Findings:
    """An optimizer made before a layer was exchanged: it holds the old parameters, and not the new ones."""
    missing = _missing(scene)
    if not missing:
        return
    loss = scene.trainer.loss
    known = _ids(scene.trainer.model) | scene.way.leaves.keys() | (_ids(loss) if isinstance(loss, Module) else set())
    foreign = held(scene.trainer) - known
    if foreign:
        optimizer = type(scene.trainer.optimizer).__name__
        yield StateError("guard.replaced", f"Trainer, {optimizer}", names=_listed(missing), count=len(foreign))


def left_out(scene: Scene) -> Findings:
    """Parameters that want a gradient, and are not given to the optimizer."""
    missing = _missing(scene)
    if missing:
        where, first = f"Trainer, {type(scene.trainer.optimizer).__name__}", missing[0].rpartition(".")[0]
        yield ChainruleWarning("guard.left_out", where, names=_listed(missing), first=first or "model")


def _missing(scene: Scene) -> list[str]:
    """The names of parameters that lie on the way back from the outputs, and stay as they are."""
    if not scene.unheld:
        return []
    return [name for name, parameter in scene.trainer.model.named_parameters() if id(parameter) in scene.unheld]


def _ids(module: Module) -> set[int]:
    return {id(parameter) for parameter in module.parameters()}


def _listed(names: list[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def _containers(model: Module) -> Iterator[tuple[str, Any]]:
    """Plain lists, tuples and dicts that are attributes of a module, with their names."""
    own = set(vars(Module()))
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            if name not in own and isinstance(value, list | tuple | dict):
                yield f"{type(module).__name__}, attribute {path + '.' if path else ''}{name}", value


def _ids_inside(container: Any) -> set[int]:
    """The parameters of the modules in a container, and tensors in it."""
    found: set[int] = set()
    for item in container.values() if isinstance(container, dict) else container:
        if isinstance(item, Module):
            found |= _ids(item)
        elif isinstance(item, list | tuple | dict):
            found |= _ids_inside(item)
        else:
            found.add(id(item))
    return found
