"""ELU and its relatives, softplus and the logarithm of sigmoid as modules."""

from chainrule.errors import ArgumentError
from chainrule.nn.functional._exponentials import celu, elu, logsigmoid, selu, softplus
from chainrule.nn.module import Module
from chainrule.tensors.tensor import Tensor


class ELU(Module):
    """The exponential linear unit as a module.

    a = z for z > 0, else α (e^z - 1)

    Args:
        alpha: how far below zero it goes; default 1.
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.ELU()(cr.tensor([-1.0, 2.0]))
        tensor([-0.6321,  2.    ])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return elu(input, self.alpha)

    def extra_repr(self) -> str:
        """α, and whether in place."""
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class SELU(Module):
    """The self-normalising unit as a module; weights want `init.lecun_normal_`.

    a = λ z for z > 0, else λ α (e^z - 1), with λ ≈ 1.0507, α ≈ 1.6733

    Args:
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.SELU()(cr.tensor([-1.0, 1.0]))
        tensor([-1.1113,  1.0507])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return selu(input)

    def extra_repr(self) -> str:
        """Whether in place."""
        return "inplace=True" if self.inplace else ""


class CELU(Module):
    """ELU whose slope has no jump at zero, as a module.

    a = z for z > 0, else α (e^(z/α) - 1)

    Args:
        alpha: how far below zero it goes, above 0; default 1.
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Raises:
        ArgumentError: when `alpha` is not above 0.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.CELU(0.5)(cr.tensor([-1.0, 2.0]))
        tensor([-0.4323,  2.    ])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if not alpha > 0:
            raise ArgumentError("layers.positive", "CELU, argument alpha", got=alpha)
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return celu(input, self.alpha)

    def extra_repr(self) -> str:
        """α, and whether in place."""
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class Softplus(Module):
    """ReLU with a round corner, as a module.

    a = ln(1 + e^(βz)) / β

    Args:
        beta: how sharp the corner is, above 0; default 1.
        threshold: from βz = `threshold` on it is the line itself; default 20.

    Raises:
        ArgumentError: when `beta` is not above 0.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Softplus()(cr.tensor([0.0, 1000.0]))
        tensor([   0.6931, 1000.    ])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        if not beta > 0:
            raise ArgumentError("layers.positive", "Softplus, argument beta", got=beta)
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """β and the threshold."""
        return f"beta={self.beta}, threshold={self.threshold}"


class LogSigmoid(Module):
    """The logarithm of the sigmoid as a module.

    a = ln σ(z)

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.LogSigmoid()(cr.tensor([-1000.0, 0.0]))
        tensor([-1000.    ,    -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return logsigmoid(input)
