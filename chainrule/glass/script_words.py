"""A layer, a loss or an optimizer in one line, for the headings of a script."""

import inspect
from typing import Any

from chainrule.nn.module import Module
from chainrule.optim.lr_scheduler.scheduler import LRScheduler
from chainrule.optim.optimizer import Optimizer
from chainrule.tensors.tensor import Tensor


def words_of(thing: Any) -> str:
    """A layer, a loss, an optimizer or a scheduler as it would be written: what is the default is left out."""
    name = type(thing).__name__
    if isinstance(thing, Optimizer):
        given = dict(thing.defaults)
    elif isinstance(thing, Module):
        if any(True for _ in thing.children()):
            return name
        given = vars(thing)
    elif isinstance(thing, LRScheduler):
        given = {**vars(thing), "min_lr": getattr(thing, "min_lrs", None)}
    else:
        return str(getattr(thing, "__name__", name))
    words = []
    for place, parameter in enumerate(inspect.signature(type(thing).__init__).parameters.values()):
        value = given.get(parameter.name, parameter.default)
        unsaid = isinstance(value, Tensor | Optimizer) or value is inspect.Parameter.empty
        if place == 0 or parameter.name == "params" or unsaid:
            continue
        if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1:
            value = value[0]  # 3 for (3, 3)
        if value != parameter.default:
            plain = parameter.default is inspect.Parameter.empty
            words.append(repr(value) if plain else f"{parameter.name}={value!r}")
    return f"{name}({', '.join(words)})"
