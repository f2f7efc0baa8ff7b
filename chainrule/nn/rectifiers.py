"""ReLU and its relatives as modules."""

import numpy as np

from chainrule.config import default_dtype
from chainrule.errors import ArgumentError
from chainrule.nn.arguments import whole
from chainrule.nn.functional._rectifiers import hardtanh, leaky_relu, prelu, relu, relu6
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tape.tracked import wrap
from chainrule.tensors.tensor import Tensor


class ReLU(Module):
    """The rectified linear unit as a module; its slope at 0 is 0.

    a = max(z, 0)

    Args:
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.ReLU()(cr.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return relu(input)

    def extra_repr(self) -> str:
        """Whether in place."""
        return "inplace=True" if self.inplace else ""


class LeakyReLU(Module):
    """ReLU that lets a little through below zero, as a module.

    a = max(z, 0) + slope · min(z, 0)

    Args:
        negative_slope: the slope below zero and at 0; default 0.01.
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.LeakyReLU(0.1)(cr.tensor([-1.0, 2.0]))
        tensor([-0.1,  2. ])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        """The slope, and whether in place."""
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class PReLU(Module):
    """Leaky ReLU whose slope below zero is learnt.

    a = max(z, 0) + w · min(z, 0)

    Args:
        num_parameters: 1 (default) for one slope, or the number of channels for one each.
        init: the slope to begin with; default 0.25.

    Raises:
        ArgumentError: for a number of slopes below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.PReLU()(cr.tensor([-1.0, 2.0])).detach()
        tensor([-0.25,  2.  ])
    """

    weight: Parameter  # (num_parameters,)

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        super().__init__()
        self.num_parameters = whole(num_parameters, "PReLU, argument num_parameters")
        self.init = init
        self.weight = Parameter(wrap(np.full(self.num_parameters, init, default_dtype())))

    def forward(self, input: Tensor) -> Tensor:
        """Element by element; `input` (N, channels, …), or any shape with one slope."""
        return prelu(input, self.weight)

    def extra_repr(self) -> str:
        """How many slopes."""
        return f"num_parameters={self.num_parameters}"


class ReLU6(Module):
    """ReLU that stops at 6, as a module.

    a = min(max(z, 0), 6)

    Args:
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.ReLU6()(cr.tensor([-1.0, 2.0, 9.0]))
        tensor([0., 2., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return relu6(input)

    def extra_repr(self) -> str:
        """Whether in place."""
        return "inplace=True" if self.inplace else ""


class Hardtanh(Module):
    """A line held between two limits, as a module.

    a = min(max(z, low), high)

    Args:
        min_val: the lower limit; default -1.
        max_val: the upper limit; default 1.
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Raises:
        ArgumentError: when `min_val` is not below `max_val`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Hardtanh()(cr.tensor([-3.0, 0.5, 3.0]))
        tensor([-1. ,  0.5,  1. ])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if not min_val < max_val:
            raise ArgumentError("layers.limits", "Hardtanh", low=min_val, high=max_val)
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return hardtanh(input, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        """The limits, and whether in place."""
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")
