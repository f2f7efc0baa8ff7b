"""How far apart and how alike: vectors of length one, cosines, distances, triplets."""

from typing import Any

from chainrule.errors import ArgumentError
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.tensor import Tensor


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """Vectors along an axis divided by their length.

    x / max(‖x‖_p, ε)

    Args:
        input: any shape.
        p: which norm; default 2.
        dim: the axis along which the vectors lie; default 1.
        eps: what a shorter vector is divided by.

    Returns:
        Tensor: of the shape of `input`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.normalize(cr.tensor([[3.0, 4.0]]))
        tensor([[0.6, 0.8]])
    """
    x = as_tensor(input)
    return x / x.norm(p, dim, keepdim=True).clamp(min=eps)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along an axis: 1 for the same direction, -1 for the opposite one.

    x₁ · x₂ / (max(‖x₁‖, ε) max(‖x₂‖, ε))

    Args:
        x1: any shape.
        x2: a shape that stretches with that of `x1`.
        dim: the axis along which the vectors lie; default 1.
        eps: the least length that is divided by.

    Returns:
        Tensor: without the axis `dim`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.cosine_similarity(cr.tensor([[1.0, 0.0]]), cr.tensor([[1.0, 1.0]]))
        tensor([0.7071])
    """
    a, b = as_tensor(x1), as_tensor(x2)
    lengths = a.norm(2, dim, keepdim=True).clamp(min=eps), b.norm(2, dim, keepdim=True).clamp(min=eps)
    return ((a / lengths[0]) * (b / lengths[1])).sum(dim)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The distance of each row from the row in the same place.

    ‖x₁ - x₂ + ε‖_p

    Args:
        x1: (…, d).
        x2: (…, d).
        p: which norm; default 2.
        eps: added to every difference, so that no distance is 0 exactly, as in PyTorch.
        keepdim: keep the last axis with size 1.

    Returns:
        Tensor: (…).

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.pairwise_distance(cr.tensor([[0.0, 0.0]]), cr.tensor([[3.0, 4.0]]))
        tensor([5.])
    """
    return (as_tensor(x1) - as_tensor(x2) + eps).norm(p, -1, keepdim)


def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6,
    swap: bool = False, reduction: str = "mean",
) -> Tensor:
    """Like pairs nearer than unlike ones, by a margin.

    L = mean_n max(d(aₙ, pₙ) - d(aₙ, nₙ) + margin, 0)

    Args:
        anchor: (N, d).
        positive: (N, d), what shall be near.
        negative: (N, d), what shall be far.
        margin: how much nearer; default 1.
        p: which norm measures distances; default 2.
        eps: added to every difference.
        swap: take the negative's distance from the positive where that is less.
        reduction: `"mean"` (default), `"sum"` or `"none"`.

    Returns:
        Tensor: one number, or (N,) with `"none"`.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule.nn import functional as F
        >>> F.triplet_margin_loss(cr.tensor([[0.0]]), cr.tensor([[1.0]]), cr.tensor([[1.5]]))
        tensor(0.5)

    Source:
        V. Balntas et al., Learning local feature descriptors with triplets (2016).
    """
    if reduction not in ("mean", "sum", "none"):
        known = '"mean", "sum", "none"'
        raise ArgumentError("layers.choice", "triplet_margin_loss, reduction", got=repr(reduction), known=known)
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = far.minimum(pairwise_distance(positive, negative, p, eps))
    losses = (near - far + margin).clamp(min=0)
    return losses if reduction == "none" else losses.sum() if reduction == "sum" else losses.mean()
