"""The two decays, which are different things with different names.

`weight_decay` is the penalty (λ/2) ‖p‖² of the loss: its gradient λ p joins g, and whatever the optimizer does with
gradients happens to it too: Adam divides it by the size of the gradients, so that it shrinks all weights by nearly the
same step. `decoupled_weight_decay` shrinks the weights themselves, in proportion, beside the step: p (1 - lr λ).
Both are applied to every parameter of the group: put biases and the parameters of norms into a group without.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chainrule.tensors.tensor import Tensor


def decays(group: Mapping[str, Any], number: Callable[..., Any]) -> tuple[Any, Any]:
    """Both decays of a group, None where there is none; PyTorch's True makes `weight_decay` the decoupled one."""
    coupled, decoupled = group["weight_decay"], group["decoupled_weight_decay"]
    if decoupled is True:
        return None, number("weight_decay") if coupled else None
    return (
        number("weight_decay") if coupled else None,
        number("decoupled_weight_decay") if decoupled else None,
    )


def decayed(
    p: Tensor, g: Tensor, lr: float, decay: float | None, decoupled: float | None, maximize: bool
) -> tuple[Tensor, Tensor]:
    """Parameter and gradient as the optimizer's own rule shall see them."""
    g = -g if maximize else g
    if decay is not None:
        g = g + decay * p
    if decoupled is not None:
        p = p * (1 - lr * decoupled)
    return p, g
