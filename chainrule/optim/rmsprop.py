"""RMSprop: gradients divided by the root of their mean square."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chainrule.optim.decays import decayed, decays
from chainrule.optim.elementwise import Clock, ElementwiseOptimizer, Number, Update
from chainrule.optim.ranges import BELOW_ONE, NOT_NEGATIVE, UP_TO_ONE, Range
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor


@region("rmsprop", outputs=2, compiled=True)
def _rmsprop(
    p: Tensor, g: Tensor, v: Tensor, lr: float, alpha: float, eps: float,
    decay: float | None, decoupled: float | None, *, maximize: bool,
) -> tuple[Tensor, Tensor]:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)
    v = alpha * v + (1 - alpha) * g * g
    return p - lr * g / (v.sqrt() + eps), v


@region("rmsprop_momentum", outputs=3, compiled=True)
def _rmsprop_momentum(
    p: Tensor, g: Tensor, v: Tensor, b: Tensor, lr: float, alpha: float, eps: float, momentum: float,
    decay: float | None, decoupled: float | None, *, maximize: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)
    v = alpha * v + (1 - alpha) * g * g
    b = momentum * b + g / (v.sqrt() + eps)
    return p - lr * b, v, b


@region("rmsprop_centered", outputs=3, compiled=True)
def _rmsprop_centered(
    p: Tensor, g: Tensor, v: Tensor, mean: Tensor, lr: float, alpha: float, eps: float,
    decay: float | None, decoupled: float | None, *, maximize: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)
    v, mean, deviation = _centered(g, v, mean, alpha)
    return p - lr * g / (deviation + eps), v, mean


@region("rmsprop_centered_momentum", outputs=4, compiled=True)
def _rmsprop_centered_momentum(
    p: Tensor, g: Tensor, v: Tensor, mean: Tensor, b: Tensor, lr: float, alpha: float, eps: float, momentum: float,
    decay: float | None, decoupled: float | None, *, maximize: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)
    v, mean, deviation = _centered(g, v, mean, alpha)
    b = momentum * b + g / (deviation + eps)
    return p - lr * b, v, mean, b


def _centered(g: Tensor, v: Tensor, mean: Tensor, alpha: float) -> tuple[Tensor, Tensor, Tensor]:
    v = alpha * v + (1 - alpha) * g * g
    mean = alpha * mean + (1 - alpha) * g
    # For a gradient that stays the same the difference is zero but for rounding, and may come out negative.
    return v, mean, (v - mean * mean).maximum(0.0).sqrt()


_RULES = {  # centered, momentum
    (False, False): _rmsprop, (False, True): _rmsprop_momentum,
    (True, False): _rmsprop_centered, (True, True): _rmsprop_centered_momentum,
}


class RMSprop(ElementwiseOptimizer):
    """RMSprop: every gradient is divided by the root of its own mean square.

    v ← α v + (1 - α) g²,  p ← p - lr g / (√v + ε);  with momentum μ:  b ← μ b + g / (√v + ε),  p ← p - lr b

    Args:
        params: parameters or groups, see `Optimizer`.
        lr: the learning rate, at least 0.
        alpha: α, in [0, 1]: how much of the mean square is kept.
        eps: ε, keeps the division finite; at least 0.
        weight_decay: λ of the penalty (λ/2) ‖p‖², whose gradient λ p joins g and is rescaled with it. At least 0.
        momentum: μ, 0 ≤ μ < 1.
        centered: divide by the standard deviation instead, √(v - mean²).
        maximize: climb instead of descending.
        decoupled_weight_decay: λ of p ← p (1 - lr λ), beside the step. At least 0.

    Raises:
        ArgumentError: a number out of range; see also `Optimizer`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> w = nn.Parameter(cr.tensor([1.0, 100.0]))
        >>> optimizer = optim.RMSprop([w], lr=0.01)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.9, 99.9])

    Source:
        T. Tieleman, G. Hinton, Lecture 6.5: RMSprop (2012); A. Graves, Generating sequences with recurrent neural
        networks (2013), equations 38 to 41, for `centered`.
    """

    _ranges: ClassVar[Mapping[str, Range]] = {
        **dict.fromkeys(("lr", "eps", "weight_decay", "decoupled_weight_decay"), NOT_NEGATIVE),
        "momentum": BELOW_ONE,
        "alpha": UP_TO_ONE,
    }

    def __init__(
        self, params: Any, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0.0,
        momentum: float = 0.0, centered: bool = False, maximize: bool = False, *, decoupled_weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, dict(
            lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum, centered=centered,
            maximize=maximize, decoupled_weight_decay=decoupled_weight_decay,
        ))

    def _moments(self, group: Mapping[str, Any]) -> dict[str, float]:
        mean = {"grad_avg": 0.0} if group["centered"] else {}
        return {"square_avg": 0.0, **mean, **({"momentum_buffer": 0.0} if group["momentum"] else {})}

    def _clock(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"step": 0.0}

    def _update(self, group: Mapping[str, Any], number: Number, clock: Clock) -> Update:
        momentum = bool(group["momentum"])
        numbers = (number("lr"), number("alpha"), number("eps"), *([number("momentum")] if momentum else []))
        rule = _RULES[bool(group["centered"]), momentum]
        return Update(
            rule, (*numbers, *decays(group, number)), {"step": clock["step"] + 1}, {"maximize": group["maximize"]}
        )
