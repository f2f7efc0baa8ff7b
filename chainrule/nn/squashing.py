"""Sigmoid, tanh, softmax and others that squash the line, as modules."""

from chainrule.nn.functional._softmax import log_softmax, softmax
from chainrule.nn.functional._squashing import hardsigmoid, sigmoid, softsign, tanh
from chainrule.nn.module import Module
from chainrule.tensors.tensor import Tensor


class Sigmoid(Module):
    """The logistic function as a module: any number into (0, 1).

    a = 1 / (1 + e^-z)

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Sigmoid()(cr.tensor([-1000.0, 0.0, 1000.0]))
        tensor([0. , 0.5, 1. ])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent as a module: any number into (-1, 1).

    a = (e^z - e^-z) / (e^z + e^-z)

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Tanh()(cr.tensor([-1000.0, 0.0, 1000.0]))
        tensor([-1.,  0.,  1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return tanh(input)


class Softsign(Module):
    """A number over one plus its size, as a module.

    a = z / (1 + |z|)

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Softsign()(cr.tensor([-1.0, 3.0]))
        tensor([-0.5 ,  0.75])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return softsign(input)


class Hardsigmoid(Module):
    """Sigmoid drawn with three straight lines, as a module.

    a = min(max(z / 6 + 1/2, 0), 1)

    Args:
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Hardsigmoid()(cr.tensor([-4.0, 0.0, 1.5]))
        tensor([0.  , 0.5 , 0.75])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return hardsigmoid(input)

    def extra_repr(self) -> str:
        """Whether in place."""
        return "inplace=True" if self.inplace else ""


class Softmax(Module):
    """Numbers turned into shares that sum to 1 along an axis, as a module.

    p_i = e^(z_i) / Σ_j e^(z_j)

    Cross-entropy wants the logits themselves: it is the wrong layer before `CrossEntropyLoss`.

    Args:
        dim: the axis whose elements share 1; None (default) for the last.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Softmax(dim=-1)(cr.tensor([1000.0, 1000.0]))
        tensor([0.5, 0.5])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Along `dim`; `input` of any shape with that axis."""
        return softmax(input, -1 if self.dim is None else self.dim)

    def extra_repr(self) -> str:
        """Which axis."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """The logarithm of softmax as a module; what `NLLLoss` takes.

    ln p_i = z_i - ln Σ_j e^(z_j)

    Args:
        dim: the axis whose shares sum to 1; None (default) for the last.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.LogSoftmax(dim=-1)(cr.tensor([0.0, -1000.0]))
        tensor([    0., -1000.])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Along `dim`; `input` of any shape with that axis."""
        return log_softmax(input, -1 if self.dim is None else self.dim)

    def extra_repr(self) -> str:
        """Which axis."""
        return f"dim={self.dim}"
