"""Layers in plain lists and dicts, which no optimizer gets to see: found by the gradients that reach them."""

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet

from chainrule.tape.tracked import Tracked

holders: "WeakSet[Any]" = WeakSet()
"""The modules that have a plain list, tuple or dict as an attribute."""


def hidden_layers(owned: Callable[[Any], bool]) -> tuple[str, list[Any]] | None:
    """Parameters in plain containers that have gradients which no step has used, and the place of the container.

    Args:
        owned: whether some optimizer changes a parameter.
    """
    for module in list(holders):
        for name, value in vars(module).items():
            if name.startswith("_") or not isinstance(value, list | tuple | dict):
                continue
            strays = [
                parameter for parameter in parameters_inside(value)
                if parameter.grad is not None and parameter.grad._use == 0 and not owned(parameter)
            ]
            if strays:
                return f"{type(module).__name__}, attribute {name}", strays
    return None


def parameters_inside(container: Any) -> Iterator[Any]:
    """The parameters of the modules in a plain container, and the tensors in it."""
    for item in container.values() if isinstance(container, dict) else container:
        if isinstance(item, Tracked):
            yield item
        elif isinstance(item, list | tuple | dict):
            yield from parameters_inside(item)
        elif hasattr(item, "named_parameters"):
            yield from item.parameters()
