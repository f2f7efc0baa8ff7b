"""GELU, SiLU, Mish and hard swish as modules."""

from chainrule.errors import ArgumentError
from chainrule.nn.functional._gates import gelu, hardswish, mish, silu
from chainrule.nn.module import Module
from chainrule.tensors.tensor import Tensor


class GELU(Module):
    """A number times the probability that a standard normal draw lies below it, as a module.

    a = z Φ(z)

    Args:
        approximate: "none" (default) for the exact form, "tanh" for the older approximation.

    Raises:
        ArgumentError: for another `approximate`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.GELU()(cr.tensor([-1.0, 1.0]))
        tensor([-0.1587,  0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            known = '"none", "tanh"'
            raise ArgumentError("layers.choice", "GELU, argument approximate", got=repr(approximate), known=known)
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """Which form."""
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """A number times its sigmoid, also called swish, as a module.

    a = z σ(z)

    Args:
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.SiLU()(cr.tensor([0.0, 1.0]))
        tensor([0.    , 0.7311])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return silu(input)

    def extra_repr(self) -> str:
        """Whether in place."""
        return "inplace=True" if self.inplace else ""


class Mish(Module):
    """A number times the tanh of its softplus, as a module.

    a = z tanh(ln(1 + e^z))

    Args:
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Mish()(cr.tensor([0.0, 1.0]))
        tensor([0.    , 0.8651])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return mish(input)

    def extra_repr(self) -> str:
        """Whether in place."""
        return "inplace=True" if self.inplace else ""


class Hardswish(Module):
    """SiLU drawn with straight lines, as a module.

    a = z · min(max(z + 3, 0), 6) / 6

    Args:
        inplace: taken for the sake of PyTorch's listings; the input is never changed.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Hardswish()(cr.tensor([-1.5, 1.5, 4.0]))
        tensor([-0.375,  1.125,  4.   ])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Element by element, `input` of any shape."""
        return hardswish(input)

    def extra_repr(self) -> str:
        """Whether in place."""
        return "inplace=True" if self.inplace else ""
