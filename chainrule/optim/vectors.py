"""All parameters as one vector, and back."""

from collections.abc import Iterable

from chainrule.errors import ShapeError
from chainrule.tape.mode import no_grad
from chainrule.tensors.joining import cat
from chainrule.tensors.tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters, one after the other, each row by row.

    Args:
        parameters: tensors of any shapes, n elements in all.

    Returns:
        Tensor: (n,); gradients flow through it.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.utils.parameters_to_vector([cr.zeros(2, 2), cr.ones(1)])
        tensor([0., 0., 0., 0., 1.])
    """
    return cat([parameter.reshape(-1) for parameter in parameters])


@no_grad()
def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give the parameters the numbers of a vector, as `parameters_to_vector` has laid them out.

    Args:
        vec: (n,), n being the number of elements of all parameters.
        parameters: tensors of any shapes, changed in place.

    Raises:
        ShapeError: the vector is longer or shorter than all parameters.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> w = nn.Parameter(cr.zeros(2, 1))
        >>> nn.utils.vector_to_parameters(cr.tensor([1.0, 2.0]), [w])
        >>> w.detach()
        tensor([[1.],
                [2.]])
    """
    owners = list(parameters)
    size = sum(owner.numel() for owner in owners)
    if vec.shape != (size,):
        raise ShapeError("optim.vector", "vector_to_parameters, argument vec", got=vec.shape, expected=(size,))
    place = 0
    for owner in owners:
        owner.copy_(vec[place : place + owner.numel()].reshape(owner.shape))
        place += owner.numel()
