"""PyTorch's door to clipping and to parameters as one vector; nothing lives here, the work is done in `optim`."""

from chainrule.optim.clip import clip_grad_norm_, clip_grad_value_
from chainrule.optim.vectors import parameters_to_vector, vector_to_parameters

__all__ = ["clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "vector_to_parameters"]
