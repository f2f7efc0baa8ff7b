"""A copy of all that a module has learnt: its parameters and its buffers."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chainrule.nn.module import Module
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor


class Weights:
    """What a module had learnt at one moment, buffers (running statistics) included.

    Args:
        arrays: by the dotted names of parameters and buffers; copied.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.arrays = {name: np.array(array, order="K") for name, array in arrays.items()}

    @classmethod
    def of(cls, module: Module) -> Self:
        """What `module` has learnt now."""
        return cls({name: tensor.numpy() for name, tensor in _tensors(module)})

    def restore(self, module: Module) -> None:
        """Give `module` back what it had; its tensors stay the same objects."""
        with no_grad():
            for name, tensor in _tensors(module):
                tensor.copy_(wrap(self.arrays[name]))


def _tensors(module: Module) -> Iterator[tuple[str, Tensor]]:
    yield from module.named_parameters()
    yield from module.named_buffers()
