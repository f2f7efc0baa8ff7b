"""Reductions as functions: `cr.sum(x)` for `x.sum()`, under the names of NumPy and PyTorch."""

from typing import Any

from chainrule.tensors.creation import as_tensor
from chainrule.tensors.reducing import Dims
from chainrule.tensors.tensor import Tensor


def sum(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """The sum over `dim`, or over everything.

    Args:
        input: a tensor.
        dim: one axis, several, or None for all.
        keepdim: keep summed axes with size 1.

    Returns:
        Tensor: without the summed axes.

    Example:
        >>> import chainrule as cr
        >>> cr.sum(cr.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=0)
        tensor([4., 6.])
    """
    return as_tensor(input).sum(dim, keepdim)


def mean(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """The mean over `dim`, or over everything.

    Args:
        input: a tensor of floats.
        dim: one axis, several, or None for all.
        keepdim: keep reduced axes with size 1.

    Returns:
        Tensor: without the reduced axes.

    Example:
        >>> import chainrule as cr
        >>> cr.mean(cr.tensor([1.0, 2.0, 6.0]))
        tensor(3.)
    """
    return as_tensor(input).mean(dim, keepdim)


def var(input: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False) -> Tensor:
    """The variance over `dim`, in two passes.

    Args:
        input: a tensor of floats.
        dim: one axis, several, or None for all.
        unbiased: divide by n - 1 (default) rather than n.
        keepdim: keep reduced axes with size 1.

    Returns:
        Tensor: without the reduced axes.

    Example:
        >>> import chainrule as cr
        >>> cr.var(cr.tensor([1.0, 2.0, 3.0]))
        tensor(1.)
    """
    return as_tensor(input).var(dim, unbiased, keepdim)


def std(input: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False) -> Tensor:
    """The standard deviation over `dim`.

    Args:
        input: a tensor of floats.
        dim: one axis, several, or None for all.
        unbiased: divide by n - 1 (default) rather than n.
        keepdim: keep reduced axes with size 1.

    Returns:
        Tensor: without the reduced axes.

    Example:
        >>> import chainrule as cr
        >>> cr.std(cr.tensor([1.0, 2.0, 3.0]))
        tensor(1.)
    """
    return as_tensor(input).std(dim, unbiased, keepdim)


def max(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest element; with `dim`, the largest along it and where they stand.

    Args:
        input: a tensor.
        dim: an axis, or None for everything; or another tensor, for the larger of two elements.
        keepdim: keep the axis with size 1.

    Returns:
        Tensor: one number; with `dim`, a pair (values, indices).

    Example:
        >>> import chainrule as cr
        >>> cr.max(cr.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1).indices
        tensor([1, 0])
    """
    return as_tensor(input).max(dim, keepdim)


def min(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest element; with `dim`, the smallest along it and where they stand.

    Args:
        input: a tensor.
        dim: an axis, or None for everything; or another tensor, for the smaller of two elements.
        keepdim: keep the axis with size 1.

    Returns:
        Tensor: one number; with `dim`, a pair (values, indices).

    Example:
        >>> import chainrule as cr
        >>> cr.min(cr.tensor([3.0, 1.0]))
        tensor(1.)
    """
    return as_tensor(input).min(dim, keepdim)


def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the largest element stands, the first of equals.

    Args:
        input: a tensor.
        dim: an axis, or None to count through everything.
        keepdim: keep the axis with size 1.

    Returns:
        Tensor: int64.

    Example:
        >>> import chainrule as cr
        >>> cr.argmax(cr.tensor([1.0, 5.0, 2.0]))
        tensor(1)
    """
    return as_tensor(input).argmax(dim, keepdim)


def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the smallest element stands, the first of equals.

    Args:
        input: a tensor.
        dim: an axis, or None to count through everything.
        keepdim: keep the axis with size 1.

    Returns:
        Tensor: int64.

    Example:
        >>> import chainrule as cr
        >>> cr.argmin(cr.tensor([1.0, 5.0, 2.0]))
        tensor(0)
    """
    return as_tensor(input).argmin(dim, keepdim)


def all(input: Tensor, dim: Dims = None) -> Tensor:
    """Whether every element is true (not zero).

    Args:
        input: a tensor.
        dim: one axis, several, or None for all.

    Returns:
        Tensor: bool.

    Example:
        >>> import chainrule as cr
        >>> cr.all(cr.tensor([True, False]))
        tensor(False)
    """
    return as_tensor(input).all(dim)


def any(input: Tensor, dim: Dims = None) -> Tensor:
    """Whether some element is true (not zero).

    Args:
        input: a tensor.
        dim: one axis, several, or None for all.

    Returns:
        Tensor: bool.

    Example:
        >>> import chainrule as cr
        >>> cr.any(cr.tensor([True, False]))
        tensor(True)
    """
    return as_tensor(input).any(dim)


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Whether |input - other| <= atol + rtol |other| everywhere.

    Args:
        input: a tensor.
        other: a tensor that stretches to its shape.
        rtol: relative tolerance.
        atol: absolute tolerance.

    Returns:
        bool: True when every element is close.

    Example:
        >>> import chainrule as cr
        >>> cr.allclose(cr.tensor([1.0]), cr.tensor([1.0 + 1e-7]))
        True
    """
    import numpy as np

    return bool(np.allclose(as_tensor(input).numpy(), as_tensor(other).numpy(), rtol, atol))
