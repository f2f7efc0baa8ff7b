"""Activations that squash the line into an interval."""

from chainrule.tape.region import region
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor


def sigmoid(input: Tensor) -> Tensor:
    """The logistic function: any number into (0, 1), without overflow.

    a = 1 / (1 + e^-z), computed from e^-|z|; its slope is a (1 - a), at most 1/4

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, between 0 and 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.sigmoid(cr.tensor([-1000.0, 0.0, 1000.0]))
        tensor([0. , 0.5, 1. ])
    """
    return as_tensor(input).sigmoid()


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent: any number into (-1, 1), centred on zero.

    a = (e^z - e^-z) / (e^z + e^-z), computed without overflow; its slope is 1 - a²

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, between -1 and 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.tanh(cr.tensor([-1000.0, 0.0, 1000.0]))
        tensor([-1.,  0.,  1.])
    """
    return as_tensor(input).tanh()


def softsign(input: Tensor) -> Tensor:
    """A number over one plus its size: tanh with slower tails.

    a = z / (1 + |z|)

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, between -1 and 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.softsign(cr.tensor([-1.0, 0.0, 3.0]))
        tensor([-0.5 ,  0.  ,  0.75])
    """
    return _softsign(floating(as_tensor(input)))  # type: ignore[no-any-return]  # a region gives what its function gives


@region("softsign")
def _softsign(z: Tensor) -> Tensor:
    return z / (z.abs() + 1.0)


@_softsign.derivative
def _(d: Tensor, z: Tensor, a: Tensor) -> tuple[Tensor]:
    rest = z.abs() + 1.0
    return (d / (rest * rest),)


def hardsigmoid(input: Tensor) -> Tensor:
    """Sigmoid drawn with three straight lines; its slope at and beyond ±3 is 0.

    a = min(max(z / 6 + 1/2, 0), 1)

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, between 0 and 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.hardsigmoid(cr.tensor([-4.0, 0.0, 1.5]))
        tensor([0.  , 0.5 , 0.75])
    """
    return _hardsigmoid(floating(as_tensor(input)))  # type: ignore[no-any-return]


@region("hardsigmoid")
def _hardsigmoid(z: Tensor) -> Tensor:
    return (z / 6.0 + 0.5).maximum(0).minimum(1)


@_hardsigmoid.derivative
def _(d: Tensor, z: Tensor, a: Tensor) -> tuple[Tensor]:
    return (d * ((z > -3) & (z < 3)) / 6.0,)
