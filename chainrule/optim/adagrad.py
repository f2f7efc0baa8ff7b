"""Adagrad: the more an element has been moved, the smaller its steps."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chainrule.optim.decays import decayed, decays
from chainrule.optim.elementwise import Clock, ElementwiseOptimizer, Number, Update
from chainrule.optim.ranges import NOT_NEGATIVE, Range
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor


@region("adagrad", outputs=2, compiled=True)
def _adagrad(
    p: Tensor, g: Tensor, s: Tensor, lr: float | Tensor, eps: float, decay: float | None, decoupled: float | None,
    *, maximize: bool,
) -> tuple[Tensor, Tensor]:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)  # type: ignore[arg-type]  # a number either way
    s = s + g * g
    return p - lr * g / (s.sqrt() + eps), s


@region("adagrad_rate", outputs=2, compiled=True)
def _rate(t: Tensor, lr: float, lr_decay: float) -> tuple[Tensor, Tensor]:
    return t + 1, lr / (1 + t * lr_decay)


class Adagrad(ElementwiseOptimizer):
    """Adagrad: every gradient is divided by the root of the sum of all its squares so far.

    s ← s + g²,  p ← p - lr / (1 + (t - 1) η) · g / (√s + ε)

    Args:
        params: parameters or groups, see `Optimizer`.
        lr: the learning rate, at least 0.
        lr_decay: η, at least 0: the rate falls with the number of steps.
        weight_decay: λ of the penalty (λ/2) ‖p‖², whose gradient λ p joins g and is rescaled with it. At least 0.
        initial_accumulator_value: what s begins with, at least 0.
        eps: ε, keeps the division finite; at least 0.
        maximize: climb instead of descending.
        decoupled_weight_decay: λ of p ← p (1 - rate λ), beside the step. At least 0.

    Raises:
        ArgumentError: a number out of range; see also `Optimizer`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> w = nn.Parameter(cr.tensor([1.0, 100.0]))
        >>> optimizer = optim.Adagrad([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.9, 99.9])

    Source:
        J. Duchi, E. Hazan, Y. Singer, Adaptive subgradient methods for online learning and stochastic optimization
        (2011), figure 1, with diagonal matrices.
    """

    _ranges: ClassVar[Mapping[str, Range]] = dict.fromkeys(
        ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps", "decoupled_weight_decay"), NOT_NEGATIVE
    )

    def __init__(
        self, params: Any, lr: float = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0, eps: float = 1e-10, *, maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, dict(
            lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, initial_accumulator_value=initial_accumulator_value,
            eps=eps, maximize=maximize, decoupled_weight_decay=decoupled_weight_decay,
        ))

    def _moments(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"sum": float(group["initial_accumulator_value"])}

    def _clock(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"step": 0.0}

    def _update(self, group: Mapping[str, Any], number: Number, clock: Clock) -> Update:
        lr = number("lr")
        t = clock["step"] + 1
        if group["lr_decay"]:
            t, lr = _rate(clock["step"], lr, number("lr_decay"))
        return Update(
            _adagrad, (lr, number("eps"), *decays(group, number)), {"step": t}, {"maximize": group["maximize"]}
        )
