"""PyTorch's door to gradients of one tensor by others, `cr.autograd.grad(loss, weights)`, and to one's own rules."""

from chainrule.tensors.calculus import differentiate as grad
from chainrule.tensors.custom import Function

__all__ = ["Function", "grad"]
