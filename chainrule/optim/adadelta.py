"""Adadelta: steps in the units of the parameters, without a learning rate to choose."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chainrule.optim.decays import decayed, decays
from chainrule.optim.elementwise import Clock, ElementwiseOptimizer, Number, Update
from chainrule.optim.ranges import NOT_NEGATIVE, UP_TO_ONE, Range
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor


@region("adadelta", outputs=3, compiled=True)
def _adadelta(
    p: Tensor, g: Tensor, v: Tensor, u: Tensor, lr: float, rho: float, eps: float,
    decay: float | None, decoupled: float | None, *, maximize: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)
    v = rho * v + (1 - rho) * g * g
    delta = (u + eps).sqrt() / (v + eps).sqrt() * g
    u = rho * u + (1 - rho) * delta * delta
    return p - lr * delta, v, u


class Adadelta(ElementwiseOptimizer):
    """Adadelta: gradients divided by the root of their mean square, times that of the steps so far.

    v ← ρ v + (1 - ρ) g²,  Δ = √(u + ε) / √(v + ε) · g,  u ← ρ u + (1 - ρ) Δ²,  p ← p - lr Δ

    Args:
        params: parameters or groups, see `Optimizer`.
        lr: a factor on every step, at least 0; the paper has 1.
        rho: ρ, in [0, 1]: how much of the mean squares is kept.
        eps: ε, at least 0: the first steps are about as long as its root.
        weight_decay: λ of the penalty (λ/2) ‖p‖², whose gradient λ p joins g and is rescaled with it. At least 0.
        maximize: climb instead of descending.
        decoupled_weight_decay: λ of p ← p (1 - lr λ), beside the step. At least 0.

    Raises:
        ArgumentError: a number out of range; see also `Optimizer`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> w = nn.Parameter(cr.tensor([1.0, 100.0]))
        >>> optimizer = optim.Adadelta([w], eps=0.01)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.6877, 99.6838])

    Source:
        M. Zeiler, ADADELTA: an adaptive learning rate method (2012), algorithm 1.
    """

    _ranges: ClassVar[Mapping[str, Range]] = {
        **dict.fromkeys(("lr", "eps", "weight_decay", "decoupled_weight_decay"), NOT_NEGATIVE), "rho": UP_TO_ONE,
    }

    def __init__(
        self, params: Any, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0.0,
        *, maximize: bool = False, decoupled_weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, dict(
            lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        ))

    def _moments(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"square_avg": 0.0, "acc_delta": 0.0}

    def _clock(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"step": 0.0}

    def _update(self, group: Mapping[str, Any], number: Number, clock: Clock) -> Update:
        numbers = (number("lr"), number("rho"), number("eps"), *decays(group, number))
        return Update(_adadelta, numbers, {"step": clock["step"] + 1}, {"maximize": group["maximize"]})
