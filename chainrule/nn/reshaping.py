"""Layers that only change shapes, and the one that changes nothing."""

from collections.abc import Sequence
from typing import Any

from chainrule.nn.module import Module
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.tensor import Tensor


class Identity(Module):
    """The layer that gives back what it gets: a place kept free in a network.

    Args:
        args: taken and ignored, so that it can stand in for any layer.
        kwargs: taken and ignored.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Identity()(cr.tensor([1.0]))
        tensor([1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        """`input` itself."""
        return input


class Flatten(Module):
    """Several axes joined into one: from images (N, C, H, W) to rows (N, C · H · W).

    Args:
        start_dim: the first axis to join; default 1, so that the batch stays.
        end_dim: the last axis to join; default the last.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Flatten()(cr.zeros(5, 3, 4, 4)).shape
        (5, 48)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        """`input` with the axes joined, elements in row order."""
        return as_tensor(input).flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """The axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """One axis split into several: from rows (N, C · H · W) to images (N, C, H, W).

    Args:
        dim: the axis to split.
        unflattened_size: the sizes it is split into; one may be -1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Unflatten(1, (3, 4, 4))(cr.zeros(5, 48)).shape
        (5, 3, 4, 4)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, input: Tensor) -> Tensor:
        """`input` with the axis split, elements in row order."""
        return as_tensor(input).unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        """The axis and its sizes."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
