"""All that a rehearsal may change, kept so that it can be taken back."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.nn.module import Module
from chainrule.optim.elementwise import ElementwiseOptimizer
from chainrule.tape.tracked import Tracked

if TYPE_CHECKING:
    from chainrule.program.capture import Recording
    from chainrule.train.trainer import Trainer


class Kept:
    """A Trainer's tensors, gradients, modes and counters as they are now; tensors stay the same objects.

    Args:
        trainer: whose network, loss, optimizer and noise are about to be used for a try.
    """

    def __init__(self, trainer: "Trainer") -> None:
        self._modules = [module for root in _roots(trainer) for module in root.modules()]
        self._fields = [dict(vars(module)) for module in self._modules]
        self._gradients = [(parameter, parameter.grad) for root in _roots(trainer) for parameter in root.parameters()]
        optimizer = trainer.optimizer
        self._optimizer = optimizer
        self._state = {parameter: dict(kept) for parameter, kept in optimizer.state.items()}
        self._groups = [dict(group) for group in optimizer.param_groups]
        held: dict[int, Any] = {}
        for root in _roots(trainer):
            for tensor in (*root.parameters(), *root.buffers()):
                held[id(tensor)] = tensor
        for group in optimizer.param_groups:
            held.update((id(parameter), parameter) for parameter in group["params"])
        for kept in self._state.values():
            held.update((id(value), value) for value in kept.values() if isinstance(value, Tracked))
        for counter in (trainer.noise._seed, trainer.noise._draws):
            held[id(counter)] = counter
        self._numbers = {key: np.array(tensor._array, order="K") for key, tensor in held.items()}
        self._arrays = [(tensor, tensor._array, self._numbers[key]) for key, tensor in held.items()]

    def restore(self, recordings: "Iterable[Recording]" = ()) -> None:
        """Put everything back; also what the `recordings` say they wrote to."""
        for recording in recordings:
            for place, before in recording.before.items():
                recording.slots[place]._store(before)
        for tensor, array, numbers in self._arrays:
            if isinstance(array, np.ndarray) and array.flags.writeable:
                tensor._array = array
                np.copyto(array, numbers)
                tensor.stamp()
            else:
                tensor._array = numbers
        for module, fields in zip(self._modules, self._fields, strict=True):
            now = vars(module)
            for name in [name for name in now if name not in fields]:
                del now[name]
            now.update(fields)
        for group, given in zip(self._optimizer.param_groups, self._groups, strict=False):
            group.update(given)
        state = self._optimizer.state
        for parameter in [parameter for parameter in state if parameter not in self._state]:
            del state[parameter]
        for parameter, kept in self._state.items():
            own = state[parameter]
            parted = {name: own[name] for name, value in kept.items() if self._is_parted(own.get(name), value)}
            for name, held in parted.items():
                np.copyto(held._array, self._numbers[id(kept[name])])
            own.clear()
            own.update(kept)
            own.update(parted)
        for parameter, gradient in self._gradients:
            parameter.grad = gradient

    def _is_parted(self, now: Any, before: Any) -> bool:
        """Whether parameters that skipped a step got counters of their own: that is no step, and stays."""
        own = isinstance(self._optimizer, ElementwiseOptimizer) and isinstance(now, Tracked)
        return own and now is not before and id(before) in self._numbers and now._role == before._role == "counter"


def _roots(trainer: "Trainer") -> list[Module]:
    return [trainer.model, *([trainer.loss] if isinstance(trainer.loss, Module) else [])]
