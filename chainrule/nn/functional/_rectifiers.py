"""Activations that cut or bend the line at zero: ReLU and its relatives."""

from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor


def relu(input: Tensor) -> Tensor:  # noqa: A002 - PyTorch's name
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
    return _relu(input)  # type: ignore[no-any-return]  # a region gives what its function gives


@region("relu")
def _relu(z: Tensor) -> Tensor:
    return z.maximum(0)


# Not from the parts: `maximum` would pass half of the gradient at 0.
@_relu.derivative
def _(d: Tensor, z: Tensor, a: Tensor) -> tuple[Tensor]:
    return (d * (z > 0),)
