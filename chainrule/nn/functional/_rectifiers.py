"""Activations that cut or bend the line at zero: ReLU and its relatives."""

from chainrule.errors import ArgumentError, ShapeError
from chainrule.tape.region import region
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import floating
from chainrule.tensors.tensor import Tensor


def relu(input: Tensor) -> Tensor:
    """The rectified linear unit; its slope at 0 is 0.

    a = max(z, 0)

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, nowhere negative.

    Example:
        >>> import chainrule as cr
        >>> cr.relu(cr.tensor([-1.0, 2.0]))
        tensor([0., 2.])

    Source:
        V. Nair, G. Hinton, Rectified linear units improve restricted Boltzmann machines (2010).
    """
    return _relu(as_tensor(input))  # type: ignore[no-any-return]  # a region gives what its function gives


@region("relu")
def _relu(z: Tensor) -> Tensor:
    return z.maximum(0)


# Not from the parts: `maximum` would pass half of the gradient at 0.
@_relu.derivative
def _(d: Tensor, z: Tensor, a: Tensor) -> tuple[Tensor]:
    return (d * (z > 0),)


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """ReLU that lets a little through below zero, so that no unit dies; its slope at 0 is `negative_slope`.

    a = max(z, 0) + slope · min(z, 0)

    Args:
        input: any shape.
        negative_slope: the slope below zero; default 0.01.

    Returns:
        Tensor: of the shape of `input`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.leaky_relu(cr.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.01,  0.  ,  1.  ])

    Source:
        A. Maas, A. Hannun, A. Ng, Rectifier nonlinearities improve neural network acoustic models (2013).
    """
    return _leaky_relu(floating(as_tensor(input)), negative_slope)  # type: ignore[no-any-return]


@region("leaky_relu")
def _leaky_relu(z: Tensor, slope: float) -> Tensor:
    return z.maximum(0) + z.minimum(0) * slope


@_leaky_relu.derivative
def _(d: Tensor, z: Tensor, slope: float, a: Tensor) -> tuple[Tensor, None]:
    return d.where(z > 0, d * slope), None


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Leaky ReLU whose slope below zero is learnt.

    a = max(z, 0) + w · min(z, 0)

    Args:
        input: (N, channels, …), or any shape with one weight.
        weight: (1,) for one slope, or (channels,) for one a channel.

    Returns:
        Tensor: of the shape of `input`.

    Raises:
        ShapeError: when there are neither one nor as many weights as channels.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.prelu(cr.tensor([-1.0, 2.0]), cr.tensor([0.25]))
        tensor([-0.25,  2.  ])

    Source:
        K. He et al., Delving deep into rectifiers (2015).
    """
    z = floating(as_tensor(input))
    count = weight.numel()
    if count != 1 and (z.ndim < 2 or z.shape[1] != count):
        raise ShapeError("layers.slopes", "prelu", count=count, shape=z.shape)
    return _prelu(z, weight, shape=(count,) + (1,) * (z.ndim - 2))  # type: ignore[no-any-return]


@region("prelu")
def _prelu(z: Tensor, weight: Tensor, *, shape: tuple[int, ...]) -> Tensor:
    return z.maximum(0) + z.minimum(0) * weight.reshape(shape)


@_prelu.derivative
def _(d: Tensor, z: Tensor, weight: Tensor, a: Tensor, *, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    dw = (d * z.minimum(0)).sum_to(shape).reshape(weight.shape)
    return d.where(z > 0, d * weight.reshape(shape)), dw


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """A line held between two limits; its slope at and beyond them is 0.

    a = min(max(z, low), high)

    Args:
        input: any shape.
        min_val: the lower limit; default -1.
        max_val: the upper limit; default 1.

    Returns:
        Tensor: of the shape of `input`, between the limits.

    Raises:
        ArgumentError: when `min_val` is not below `max_val`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.hardtanh(cr.tensor([-3.0, 0.5, 3.0]))
        tensor([-1. ,  0.5,  1. ])
    """
    if not min_val < max_val:
        raise ArgumentError("layers.limits", "hardtanh", low=min_val, high=max_val)
    return _hardtanh(floating(as_tensor(input)), min_val, max_val)  # type: ignore[no-any-return]


@region("hardtanh")
def _hardtanh(z: Tensor, low: float, high: float) -> Tensor:
    return z.maximum(low).minimum(high)


@_hardtanh.derivative
def _(d: Tensor, z: Tensor, low: float, high: float, a: Tensor) -> tuple[Tensor, None, None]:
    return d * ((z > low) & (z < high)), None, None


def relu6(input: Tensor) -> Tensor:
    """ReLU that stops at 6; its slope at 0 and 6 is 0.

    a = min(max(z, 0), 6)

    Args:
        input: any shape.

    Returns:
        Tensor: of the shape of `input`, between 0 and 6.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.relu6(cr.tensor([-1.0, 2.0, 9.0]))
        tensor([0., 2., 6.])

    Source:
        A. Krizhevsky, Convolutional deep belief networks on CIFAR-10 (2010).
    """
    return _hardtanh(floating(as_tensor(input)), 0.0, 6.0)  # type: ignore[no-any-return]
