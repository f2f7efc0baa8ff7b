"""A parameter: a tensor that a module owns and an optimizer changes."""

from typing import Any, Self

import numpy as np

from chainrule.tensors.creation import tensor
from chainrule.tensors.tensor import Tensor


class Parameter(Tensor):
    """A leaf tensor that belongs to a module: `module.parameters()` lists it, `state_dict()` keeps it.

    Args:
        data: a tensor (whose memory and layout it takes over) or what `tensor` takes.
        requires_grad: False freezes it.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Parameter(cr.zeros(2))
        Parameter containing:
        tensor([0., 0.], requires_grad=True)
    """

    def __new__(cls, data: Any = (), requires_grad: bool = True) -> Self:
        return object.__new__(cls)

    def __init__(self, data: Any = (), requires_grad: bool = True) -> None:
        source = data if isinstance(data, Tensor) else tensor(data)
        self._array = np.asarray(source._numbers("Parameter"))
        self._storage = source.shared_storage()
        self.requires_grad_(requires_grad)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"
