"""Stochastic gradient descent, with or without momentum."""

from collections.abc import Mapping
from typing import Any, ClassVar

from chainrule.errors import ArgumentError
from chainrule.optim.decays import decayed, decays
from chainrule.optim.elementwise import Clock, ElementwiseOptimizer, Number, Update
from chainrule.optim.ranges import ANY, BELOW_ONE, NOT_NEGATIVE, Range
from chainrule.tape.region import region
from chainrule.tensors.tensor import Tensor


@region("sgd", compiled=True)
def _sgd(p: Tensor, g: Tensor, lr: float, decay: float | None, decoupled: float | None, *, maximize: bool) -> Tensor:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)
    return p - lr * g


@region("sgd_momentum", outputs=2, compiled=True)
def _sgd_momentum(
    p: Tensor, g: Tensor, b: Tensor, lr: float, momentum: float, share: Tensor | None,
    decay: float | None, decoupled: float | None, *, nesterov: bool, maximize: bool,
) -> tuple[Tensor, Tensor]:
    p, g = decayed(p, g, lr, decay, decoupled, maximize)
    b = momentum * b + (g if share is None else share * g)
    return p - lr * (g + momentum * b if nesterov else b), b


@region("sgd_share", outputs=2, compiled=True)
def _share(t: Tensor, dampening: float) -> tuple[Tensor, Tensor]:
    # The first step is not dampened, as in PyTorch: the momentum begins as the gradient itself.
    t = t + 1
    return t, 1 - dampening * (t > 1).to(t.dtype)


class SGD(ElementwiseOptimizer):
    """Stochastic gradient descent.

    p ← p - lr g;  with momentum μ:  b ← μ b + (1 - dampening) g,  p ← p - lr b;  Nesterov's:  p ← p - lr (g + μ b)

    Args:
        params: parameters or groups, see `Optimizer`.
        lr: the learning rate, at least 0.
        momentum: μ, 0 ≤ μ < 1; 0.9 is usual.
        dampening: how much less of each gradient the momentum takes up, from the second step on.
        weight_decay: λ of the penalty (λ/2) ‖p‖², whose gradient λ p joins g. At least 0.
        nesterov: look ahead by one step of the momentum.
        maximize: climb instead of descending.
        decoupled_weight_decay: λ of p ← p (1 - lr λ), beside the step. At least 0. Without momentum it is the same as
            `weight_decay`.

    Raises:
        ArgumentError: a number out of range; `nesterov` without momentum or with dampening; see also `Optimizer`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> w = nn.Parameter(cr.tensor([1.0]))
        >>> optimizer = optim.SGD([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([0.8])

    Source:
        H. Robbins, S. Monro, A stochastic approximation method (1951); B. Polyak, Some methods of speeding up the
        convergence of iteration methods (1964); I. Sutskever et al., On the importance of initialization and momentum
        in deep learning (2013), equations 3 and 4. The momentum is that of PyTorch: lr is outside it.
    """

    _ranges: ClassVar[Mapping[str, Range]] = {
        **dict.fromkeys(("lr", "weight_decay", "decoupled_weight_decay"), NOT_NEGATIVE), "momentum": BELOW_ONE,
        "dampening": ANY,
    }

    def __init__(
        self, params: Any, lr: float = 1e-3, momentum: float = 0.0, dampening: float = 0.0, weight_decay: float = 0.0,
        nesterov: bool = False, *, maximize: bool = False, decoupled_weight_decay: float = 0.0,
    ) -> None:
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ArgumentError("optim.nesterov", "SGD, argument nesterov", momentum=momentum, dampening=dampening)
        super().__init__(params, dict(
            lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov,
            maximize=maximize, decoupled_weight_decay=decoupled_weight_decay,
        ))

    def _moments(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"momentum_buffer": 0.0} if group["momentum"] else {}

    def _clock(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"step": 0.0} if group["momentum"] else {}

    def _update(self, group: Mapping[str, Any], number: Number, clock: Clock) -> Update:
        lr = number("lr")
        both = decays(group, number)
        if not group["momentum"]:
            return Update(_sgd, (lr, *both), static={"maximize": group["maximize"]})
        t, share = clock["step"] + 1, None
        if group["dampening"]:
            t, share = _share(clock["step"], number("dampening"))
        return Update(
            _sgd_momentum, (lr, number("momentum"), share, *both), {"step": t},
            {"nesterov": group["nesterov"], "maximize": group["maximize"]},
        )
