"""Adam with decoupled decay."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chainrule.optim.adam import adam_moments, adam_update
from chainrule.optim.elementwise import Clock, ElementwiseOptimizer, Number, Update
from chainrule.optim.ranges import BELOW_ONE, NOT_NEGATIVE, Range


class AdamW(ElementwiseOptimizer):
    """Adam with a decay of the weights beside its step instead of within the gradient.

    p ← p (1 - lr λ),  then  p ← p - lr m̂ / (√v̂ + ε)  as in `Adam`

    Args:
        params: parameters or groups, see `Optimizer`. Give biases and the parameters of norms a group of their own
            with `weight_decay=0.0`.
        lr: the learning rate, at least 0.
        betas: (β₁, β₂), in [0, 1): how much of the averages of g and g² is kept.
        eps: ε, keeps the division finite; at least 0.
        weight_decay: λ, at least 0: all weights shrink by the share lr λ in each step.
        amsgrad: divide by the largest v so far.
        maximize: climb instead of descending.

    Raises:
        ArgumentError: a number out of range; see also `Optimizer`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> w = nn.Parameter(cr.tensor([1.0, 100.0]))
        >>> optimizer = optim.AdamW([w], lr=0.1, weight_decay=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.89, 98.9 ])

    Source:
        I. Loshchilov, F. Hutter, Decoupled weight decay regularization (2019), algorithm 2, with the learning rate in
        front of λ as in PyTorch.
    """

    _ranges: ClassVar[Mapping[str, Range]] = {
        **dict.fromkeys(("lr", "eps", "weight_decay"), NOT_NEGATIVE), "betas": BELOW_ONE,
    }

    def __init__(
        self, params: Any, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
    ) -> None:
        super().__init__(params, dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad, maximize=maximize
        ))

    def _moments(self, group: Mapping[str, Any]) -> dict[str, float]:
        return adam_moments(group)

    def _clock(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"step": 0.0}

    def _update(self, group: Mapping[str, Any], number: Number, clock: Clock) -> Update:
        return adam_update(group, number, clock, None, number("weight_decay") if group["weight_decay"] else None)
