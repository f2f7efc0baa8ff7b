"""Parameters that the training would miss: hidden in a list, left by a layer that was replaced, not given to it."""

from collections.abc import Iterator
from typing import Any

from chainrule.errors import ChainruleWarning, StateError
from chainrule.nn.module import Module
from chainrule.train.guard.scene import Findings, Scene


def hidden(scene: Scene) -> Findings:
    """Something in the network that wants a gradient, and is neither its parameter nor the optimizer's."""
    outputs = scene.outputs
    if not outputs.requires_grad:
        return
    known = _ids(scene.trainer.model) | _held(scene)
    strays = [tensor for key, tensor in scene.way.leaves.items() if key not in known]
    if not strays:
        return
    model = scene.trainer.model
    wanted = {id(tensor) for tensor in strays}
    found = next((place for place, inside in _containers(model) if _ids_inside(inside) & wanted), None)
    yield StateError(
        "guard.loose_tensor" if found is None else "guard.hidden_layers", found or f"{type(model).__name__}.forward",
        count=len(strays), shape=strays[0].shape,
    )


def replaced(scene: Scene) -> Findings:
    """An optimizer made before a layer was exchanged: it holds the old parameters, and not the new ones."""
    own = _ids(scene.trainer.model)
    own |= _ids(scene.trainer.loss) if isinstance(scene.trainer.loss, Module) else set()
    missing = _missing(scene)
    held = _held(scene)
    foreign = held - own - scene.way.leaves.keys() if missing else set()
    if missing and foreign:
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
    held = _held(scene)
    named = [(name, p) for name, p in scene.trainer.model.named_parameters() if p.requires_grad and id(p) not in held]
    if not named:
        return []
    leaves = scene.way.leaves
    return [name for name, parameter in named if id(parameter) in leaves]


def _held(scene: Scene) -> set[int]:
    return {id(parameter) for group in scene.trainer.optimizer.param_groups for parameter in group["params"]}


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
