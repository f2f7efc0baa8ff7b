"""Adam: a step of nearly the same size for every element, whatever the size of its gradient."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chainrule.optim.decays import decayed, decays
from chainrule.optim.elementwise import Clock, ElementwiseOptimizer, Number, Update
from chainrule.optim.ranges import BELOW_ONE, NOT_NEGATIVE, Range
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor


@region("adam", outputs=3, compiled=True)
def _adam(
    p: Tensor, g: Tensor, m: Tensor, v: Tensor, lr: float, beta1: float, beta2: float, eps: float,
    c1: Tensor, c2: Tensor, decay: float | None, decoupled: float | None, *, maximize: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat, v_hat = m / c1, v / c2
    return p - lr * m_hat / (v_hat.sqrt() + eps), m, v


@region("amsgrad", outputs=4, compiled=True)
def _amsgrad(
    p: Tensor, g: Tensor, m: Tensor, v: Tensor, largest: Tensor, lr: float, beta1: float, beta2: float, eps: float,
    c1: Tensor, c2: Tensor, decay: float | None, decoupled: float | None, *, maximize: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    largest = largest.maximum(v)
    m_hat, v_hat = m / c1, largest / c2
    return p - lr * m_hat / (v_hat.sqrt() + eps), m, v, largest


@region("adam_corrections", outputs=3, compiled=True)
def _corrections(t: Tensor, beta1: float, beta2: float) -> tuple[Tensor, Tensor, Tensor]:
    # m and v begin at zero: after t steps they have seen only this share of a whole average.
    t = t + 1
    return t, 1 - beta1**t, 1 - beta2**t


def adam_moments(group: Mapping[str, Any]) -> dict[str, float]:
    """What Adam keeps for each element."""
    largest = {"max_exp_avg_sq": 0.0} if group["amsgrad"] else {}
    return {"exp_avg": 0.0, "exp_avg_sq": 0.0, **largest}


def adam_update(group: Mapping[str, Any], number: Number, clock: Clock, decay: Any, decoupled: Any) -> Update:
    """Adam's step for one group, with the decays that it is given."""
    beta1, beta2 = number("betas", 0), number("betas", 1)
    t, c1, c2 = _corrections(clock["step"], beta1, beta2)
    numbers = (number("lr"), beta1, beta2, number("eps"), c1, c2, decay, decoupled)
    return Update(_amsgrad if group["amsgrad"] else _adam, numbers, {"step": t}, {"maximize": group["maximize"]})


class Adam(ElementwiseOptimizer):
    """Adam, the optimizer to begin with.

    m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²,
    p ← p - lr m̂ / (√v̂ + ε)  with  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)

    Args:
        params: parameters or groups, see `Optimizer`.
        lr: the learning rate, at least 0: about how far each element moves in a step.
        betas: (β₁, β₂), in [0, 1): how much of the averages of g and g² is kept.
        eps: ε, keeps the division finite; at least 0.
        weight_decay: λ of the penalty (λ/2) ‖p‖², whose gradient λ p joins g and is rescaled with it. At least 0.
        amsgrad: divide by the largest v so far.
        maximize: climb instead of descending.
        decoupled_weight_decay: λ of p ← p (1 - lr λ), beside the step, as in `AdamW`. At least 0. True means, as in
            PyTorch, that `weight_decay` is this λ.

    Raises:
        ArgumentError: a number out of range; see also `Optimizer`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> w = nn.Parameter(cr.tensor([1.0, 100.0]))
        >>> optimizer = optim.Adam([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.9, 99.9])

    Source:
        D. Kingma, J. Ba, Adam: a method for stochastic optimization (2015), algorithm 1; S. Reddi, S. Kale, S. Kumar,
        On the convergence of Adam and beyond (2018), with the bias corrected as in PyTorch, for `amsgrad`.
    """

    _ranges: ClassVar[Mapping[str, Range]] = {
        **dict.fromkeys(("lr", "eps", "weight_decay", "decoupled_weight_decay"), NOT_NEGATIVE), "betas": BELOW_ONE,
    }

    def __init__(
        self, params: Any, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, amsgrad: bool = False, *, maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad, maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        ))

    def _moments(self, group: Mapping[str, Any]) -> dict[str, float]:
        return adam_moments(group)

    def _clock(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"step": 0.0}

    def _update(self, group: Mapping[str, Any], number: Number, clock: Clock) -> Update:
        return adam_update(group, number, clock, *decays(group, number))
