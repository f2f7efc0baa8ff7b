"""NAdam: Adam with Nesterov's look ahead."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chainrule.optim.decays import decayed, decays
from chainrule.optim.elementwise import Clock, ElementwiseOptimizer, Number, Update
from chainrule.optim.ranges import BELOW_ONE, NOT_NEGATIVE, Range
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor


@region("nadam", outputs=3, compiled=True)
def _nadam(
    p: Tensor, g: Tensor, m: Tensor, v: Tensor, lr: float, beta1: float, beta2: float, eps: float,
    now: Tensor, ahead: Tensor, c2: Tensor, decay: float | None, decoupled: float | None, *, maximize: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_bar, v_hat = now * g + ahead * m, v / c2
    return p - lr * m_bar / (v_hat.sqrt() + eps), m, v


@region("nadam_corrections", outputs=5, compiled=True)
def _corrections(
    t: Tensor, product: Tensor, beta1: float, beta2: float, momentum_decay: float
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    t = t + 1
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
    product = product * mu
    now, ahead = (1 - mu) / (1 - product), mu_next / (1 - product * mu_next)
    return t, product, now, ahead, 1 - beta2**t


class NAdam(ElementwiseOptimizer):
    """Adam whose average of gradients looks one step ahead.

    m̄ = (1 - μₜ) / (1 - Πμ) · g + μₜ₊₁ / (1 - μₜ₊₁ Πμ) · m  with  μₜ = β₁ (1 - 0.96^(t ψ) / 2),  p ← p - lr m̄ / (√v̂ + ε)

    Args:
        params: parameters or groups, see `Optimizer`.
        lr: the learning rate, at least 0.
        betas: (β₁, β₂), in [0, 1): how much of the averages of g and g² is kept.
        eps: ε, keeps the division finite; at least 0.
        weight_decay: λ of the penalty (λ/2) ‖p‖², whose gradient λ p joins g and is rescaled with it. At least 0.
        momentum_decay: ψ, at least 0: how quickly μ rises from β₁/2 to β₁.
        decoupled_weight_decay: λ of p ← p (1 - lr λ), beside the step. At least 0. True means, as in PyTorch, that
            `weight_decay` is this λ.
        maximize: climb instead of descending.

    Raises:
        ArgumentError: a number out of range; see also `Optimizer`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> w = nn.Parameter(cr.tensor([1.0, 100.0]))
        >>> optimizer = optim.NAdam([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.8944, 99.8944])

    Source:
        T. Dozat, Incorporating Nesterov momentum into Adam (2016), algorithm 2, with its suggested schedule of μ.
    """

    _ranges: ClassVar[Mapping[str, Range]] = {
        **dict.fromkeys(("lr", "eps", "weight_decay", "momentum_decay", "decoupled_weight_decay"), NOT_NEGATIVE),
        "betas": BELOW_ONE,
    }

    def __init__(
        self, params: Any, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, momentum_decay: float = 4e-3, decoupled_weight_decay: float = 0.0,
        *, maximize: bool = False,
    ) -> None:
        super().__init__(params, dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay, maximize=maximize,
        ))

    def _moments(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def _clock(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"step": 0.0, "mu_product": 1.0}

    def _update(self, group: Mapping[str, Any], number: Number, clock: Clock) -> Update:
        beta1, beta2 = number("betas", 0), number("betas", 1)
        t, product, now, ahead, c2 = _corrections(
            clock["step"], clock["mu_product"], beta1, beta2, number("momentum_decay")
        )
        numbers = (number("lr"), beta1, beta2, number("eps"), now, ahead, c2, *decays(group, number))
        return Update(_nadam, numbers, {"step": t, "mu_product": product}, {"maximize": group["maximize"]})
