"""Lion: steps of one size, in the direction of the sign of an average."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chainrule.optim.decays import decayed
from chainrule.optim.elementwise import Clock, ElementwiseOptimizer, Number, Update
from chainrule.optim.ranges import BELOW_ONE, NOT_NEGATIVE, Range
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor


@region("lion", outputs=2, compiled=True)
def _lion(
    p: Tensor, g: Tensor, m: Tensor, lr: float, beta1: float, beta2: float, decoupled: float | None, *, maximize: bool
) -> tuple[Tensor, Tensor]:
    p, g = decayed(p, g, lr, None, decoupled, maximize)
    c = beta1 * m + (1 - beta1) * g
    return p - lr * c.sign(), beta2 * m + (1 - beta2) * g


class Lion(ElementwiseOptimizer):
    """Lion: every element moves by exactly lr, in the direction of the sign of an average of gradients.

    c = β₁ m + (1 - β₁) g,  p ← p (1 - lr λ) - lr sign(c),  m ← β₂ m + (1 - β₂) g

    Args:
        params: parameters or groups, see `Optimizer`.
        lr: the learning rate, at least 0; three to ten times smaller than for `AdamW`.
        betas: (β₁, β₂), in [0, 1): how much of m is kept for the step, and for the next one.
        weight_decay: λ of p ← p (1 - lr λ), beside the step, as in the paper: decoupled. At least 0; three to ten
            times larger than for `AdamW`.
        maximize: climb instead of descending.

    Raises:
        ArgumentError: a number out of range; see also `Optimizer`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> w = nn.Parameter(cr.tensor([1.0, 100.0]))
        >>> optimizer = optim.Lion([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.9, 99.9])

    Source:
        X. Chen et al., Symbolic discovery of optimization algorithms (2023), algorithm 2.
    """

    _ranges: ClassVar[Mapping[str, Range]] = {**dict.fromkeys(("lr", "weight_decay"), NOT_NEGATIVE), "betas": BELOW_ONE}

    def __init__(
        self, params: Any, lr: float = 1e-4, betas: tuple[float, float] = (0.9, 0.99), weight_decay: float = 0.0,
        *, maximize: bool = False,
    ) -> None:
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay, maximize=maximize))

    def _moments(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"exp_avg": 0.0}

    def _update(self, group: Mapping[str, Any], number: Number, clock: Clock) -> Update:
        decoupled = number("weight_decay") if group["weight_decay"] else None
        numbers = (number("lr"), number("betas", 0), number("betas", 1), decoupled)
        return Update(_lion, numbers, static={"maximize": group["maximize"]})
