"""The affine map of a dense layer."""

from chainrule.errors import ShapeError
from chainrule.tape.region import region
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.tensor import Tensor


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """An affine map of the last axis.

    z = x W + b, with W = weightᵀ

    Args:
        input: (…, inputs).
        weight: (outputs, inputs), as in PyTorch; kept in memory as (inputs, outputs).
        bias: (outputs,) or None.

    Returns:
        Tensor: (…, outputs).

    Raises:
        ShapeError: when the last axis of `input` is not as long as that of `weight`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.linear(cr.tensor([[1.0, 2.0]]), cr.tensor([[3.0, 4.0]]), cr.tensor([0.5]))
        tensor([[11.5]])
    """
    x = as_tensor(input)
    try:
        return _linear(x, weight, bias)  # type: ignore[no-any-return]  # a region gives what its function gives
    except ShapeError:
        if x.shape[-1:] == weight.shape[-1:]:
            raise
        raise ShapeError(
            "layers.width", "linear", shape=x.shape, got=x.shape[-1] if x.ndim else 1, want=weight.shape[-1],
            outputs=weight.shape[0],
        ) from None


@region("linear")
def _linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    z = x @ weight.T  # (…, outputs)
    return z if bias is None else z + bias


@_linear.derivative
def _(d: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None, z: Tensor) -> tuple[Tensor | None, ...]:
    rows, dz = x.reshape(-1, weight.shape[1]), d.reshape(-1, weight.shape[0])  # (N, inputs), (N, outputs)
    dW = rows.T @ dz  # (inputs, outputs)
    return d @ weight, dW.T, None if bias is None else dz.sum(0)
