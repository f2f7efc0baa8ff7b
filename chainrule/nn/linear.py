"""The dense layer."""

from math import sqrt

import numpy as np

from chainrule.config import default_dtype
from chainrule.errors import ArgumentError
from chainrule.nn.functional._linear import linear
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import default_generator
from chainrule.tensors.tensor import Tensor


class Linear(Module):
    """A dense layer.

    z = x W + b, with W = weightᵀ; both drawn from U(-1/√inputs, 1/√inputs), as in PyTorch.

    Args:
        in_features: length of the last axis of the input, at least 1.
        out_features: length of the last axis of the output, at least 1.
        bias: False leaves b out.

    Raises:
        ArgumentError: for sizes below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Linear(3, 2)(cr.zeros(5, 3)).shape
        (5, 2)
    """

    weight: Parameter  # (outputs, inputs), in memory (inputs, outputs)
    bias: Parameter | None  # (outputs,)

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        for name, size in (("in_features", in_features), ("out_features", out_features)):
            if not isinstance(size, (int, np.integer)) or size < 1:
                raise ArgumentError("nn.size", f"Linear, argument {name}", got=size)
        self.in_features, self.out_features = int(in_features), int(out_features)
        bound = 1 / sqrt(in_features)
        draw = default_generator.numpy()
        storage = draw.uniform(-bound, bound, (in_features, out_features)).astype(default_dtype())  # (inputs, outputs)
        self.weight = Parameter(wrap(storage.T))
        if bias:
            draw = default_generator.numpy()
            self.bias = Parameter(wrap(draw.uniform(-bound, bound, (out_features,)).astype(default_dtype())))
        else:
            self.register_parameter("bias", None)

    def forward(self, input: Tensor) -> Tensor:
        """The affine map of the last axis of `input` (…, in_features)."""
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes, and whether there is a bias."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
