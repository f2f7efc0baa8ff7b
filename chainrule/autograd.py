"""PyTorch's door to gradients of one tensor by others: `cr.autograd.grad(loss, weights)`."""

from chainrule.tensors.calculus import differentiate as grad

__all__ = ["grad"]
