"""Modules that measure: cosines, distances, triplets."""

from typing import Any

from chainrule.errors import ArgumentError
from chainrule.nn.functional._distances import cosine_similarity, pairwise_distance, triplet_margin_loss
from chainrule.nn.module import Module
from chainrule.tensors.tensor import Tensor


class CosineSimilarity(Module):
    """The cosine of the angle between vectors along an axis.

    Args:
        dim: the axis along which the vectors lie; default 1.
        eps: the least length that is divided by.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.CosineSimilarity()(cr.tensor([[1.0, 0.0]]), cr.tensor([[1.0, 1.0]]))
        tensor([0.7071])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Any, x2: Any) -> Tensor:
        """The cosines between `x1` and `x2`, without the axis."""
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The distance of each row from the row in the same place.

    Args:
        p: which norm; default 2.
        eps: added to every difference.
        keepdim: keep the last axis with size 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.PairwiseDistance()(cr.tensor([[0.0, 0.0]]), cr.tensor([[3.0, 4.0]]))
        tensor([5.])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Any, x2: Any) -> Tensor:
        """The distances between the rows of `x1` and `x2`, both (…, d)."""
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class TripletMarginLoss(Module):
    """Like pairs nearer than unlike ones, by a margin.

    L = mean_n max(d(aₙ, pₙ) - d(aₙ, nₙ) + margin, 0)

    Args:
        margin: how much nearer; default 1.
        p: which norm measures distances; default 2.
        eps: added to every difference.
        swap: take the negative's distance from the positive where that is less.
        reduction: `"mean"` (default), `"sum"` or `"none"`.

    Raises:
        ArgumentError: for an unknown reduction.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.TripletMarginLoss()(cr.tensor([[0.0]]), cr.tensor([[1.0]]), cr.tensor([[1.5]]))
        tensor(0.5)

    Source:
        V. Balntas et al., Learning local feature descriptors with triplets (2016).
    """

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, reduction: str = "mean"
    ) -> None:
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            known = '"mean", "sum", "none"'
            raise ArgumentError("layers.choice", "TripletMarginLoss, reduction", got=repr(reduction), known=known)
        self.margin, self.p, self.eps, self.swap, self.reduction = margin, p, eps, swap, reduction

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Tensor:
        """The loss of rows `anchor`, of what shall be near, `positive`, and far, `negative`; all (N, d)."""
        return triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction
        )
