"""A whole dense network from a list of sizes."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn.batch_norm import BatchNorm1d
from chainrule.nn.containers import Sequential
from chainrule.nn.dropout import Dropout
from chainrule.nn.functional._dropout import checked_probability
from chainrule.nn.layer_norms import LayerNorm
from chainrule.nn.linear import Linear
from chainrule.nn.mlp_choices import Activation, Init, chosen_activations, starter
from chainrule.nn.module import Module
from chainrule.tape.mode import no_grad
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.tensor import Tensor

_NORMS: dict[str, Callable[[int], Module]] = {"batch": BatchNorm1d, "layer": LayerNorm}


class MLP(Sequential):
    """A multi-layer perceptron: dense layers with an activation behind each but the last.

    Every hidden layer is Linear, norm, activation, dropout, the last is Linear alone, followed by its activation if
    one is asked for. Biases begin as zero, and are left out before a batch norm, which would take them away again.
    The names of the weights are those of a `Sequential` of the same layers: "0.weight", "0.bias", "2.weight" …

    Args:
        sizes: inputs, hidden layers, outputs: at least two whole numbers above 0.
        activation: behind every hidden layer: a name ("sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "selu",
            "gelu", "silu", "mish", "softplus", "hardtanh", "softsign", "softmax", "log_softmax"), a function of
            tensors, a module or its class, None for none; or a list of these, one for each hidden layer, or one for
            each layer with the output.
        dropout: the probability of leaving out an activation of a hidden layer, 0 ≤ p < 1; default 0.
        norm: "batch", "layer" or None (default), before the activation of every hidden layer.
        init: initial weights. None (default) goes by the activation behind the layer: He's for ReLU and its
            relatives, LeCun's for SELU, Glorot's for all others, each from its normal distribution. Or a name
            ("glorot_normal", "he_uniform", "lecun_normal", "orthogonal", "standard_normal", "linear" for those of
            `nn.Linear` …), a number s for N(0, s²), or a function such as those of `nn.init`.
        output_activation: behind the last layer; default none. Losses that take logits want none.
        residual: add what enters a hidden layer to what leaves it, where both are equally wide.

    Raises:
        ArgumentError: for sizes, names, counts or probabilities that cannot be.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> net = nn.MLP([2, 4, 1], activation="tanh", output_activation="sigmoid")
        >>> net(cr.zeros(5, 2)).shape, list(net.state_dict())
        ((5, 1), ['0.weight', '0.bias', '2.weight', '2.bias'])
    """

    def __init__(
        self, sizes: Sequence[int], activation: Activation | Sequence[Activation] = "relu", dropout: float = 0.0,
        norm: str | None = None, init: Init = None, output_activation: Activation = None, residual: bool = False,
    ) -> None:
        widths = _widths(sizes)
        behind = chosen_activations(activation, output_activation, widths)
        checked_probability(dropout, "MLP")
        if norm is not None and norm not in _NORMS:
            known = ", ".join([*_NORMS, "None"])
            raise ArgumentError("layers.choice", "MLP, argument norm", got=repr(norm), known=known)
        layers: list[Module] = []
        spans: list[tuple[int, int]] = []  # first and last place of every layer over which something is added
        for number, ((inputs, outputs), (name, module)) in enumerate(zip(pairwise(widths), behind, strict=True)):
            first, hidden = len(layers), number < len(behind) - 1
            layers.append(_dense(inputs, outputs, bias=not hidden or norm != "batch", start=starter(init, name)))
            if hidden and norm is not None:
                layers.append(_NORMS[norm](outputs))
            if module is not None:
                layers.append(module)
            if hidden and dropout:
                layers.append(Dropout(dropout))
            if residual and hidden and inputs == outputs:
                spans.append((first, len(layers) - 1))
        super().__init__(*layers)
        self.sizes, self.residual = widths, residual
        self._starts, self._ends = frozenset(first for first, _ in spans), frozenset(last for _, last in spans)

    @classmethod
    def for_data(cls, X: Any, y: Any, hidden: Sequence[int], **options: Any) -> Self:
        """A network whose first and last sizes are read off the data.

        Args:
            X: (n, features).
            y: (n, outputs), or (n,) whole class numbers from 0 on, which make as many outputs as there are classes.
            hidden: the sizes between.
            options: all other arguments of `MLP`.

        Raises:
            ShapeError: for data of other shapes.
        """
        rows, targets = np.shape(X), np.shape(y)
        classes = np.asarray(y) if len(targets) == 1 else None
        if len(rows) != 2 or len(targets) not in (1, 2) or (classes is not None and classes.dtype.kind not in "iu"):
            raise ShapeError("layers.mlp_data", "MLP.for_data", x=rows, y=targets)
        outputs = targets[1] if classes is None else int(classes.max()) + 1
        return cls([rows[1], *hidden, outputs], **options)

    def forward(self, input: Tensor) -> Tensor:
        """Outputs (…, sizes[-1]) for `input` (…, sizes[0])."""
        if not self._ends:
            return super().forward(input)  # type: ignore[no-any-return]  # what modules give is known to them alone
        entered = input
        for place, module in enumerate(self._modules.values()):
            if place in self._starts:
                entered = input
            input = module(input)  # type: ignore[misc]
            if place in self._ends:
                input = input + entered
        return input

    @no_grad()
    def trace(self, X: Any) -> dict[str, Tensor]:
        """What every layer makes of `X` in prediction, under the articles' names.

        Z1 is what the first dense layer gives, A1 what its activation makes of it (Z1 itself where there is none), and
        so on; N1 stands between them where there is a norm, R1 is A1 with its input added where the layer is residual.

        Args:
            X: (n, sizes[0]); a tensor, array or list.

        Returns:
            dict: from "Z1", "A1", "Z2" … to tensors (n, width).
        """
        modes = [(module, module.training) for module in self.modules()]
        self.eval()
        try:
            return self._traced(as_tensor(X, dtype=next(self.parameters()).dtype))
        finally:
            for module, training in modes:
                module.training = training

    def _traced(self, current: Tensor) -> dict[str, Tensor]:
        cache: dict[str, Tensor] = {}
        layer, entered = 0, current
        for place, module in enumerate(self._modules.values()):
            if isinstance(module, Linear):
                layer += 1
                entered = current
            current = module(current)  # type: ignore[misc]
            if isinstance(module, Linear):
                cache[f"Z{layer}"] = cache[f"A{layer}"] = current
            elif isinstance(module, (BatchNorm1d, LayerNorm)):
                del cache[f"A{layer}"]  # for the order of the names
                cache[f"N{layer}"] = cache[f"A{layer}"] = current
            elif not isinstance(module, Dropout):
                cache[f"A{layer}"] = current
            if place in self._ends:
                current = current + entered
                cache[f"R{layer}"] = current
        return cache

    def weights(self) -> dict[str, npt.NDArray[Any]]:
        """Weights and biases as the articles hold them: W1 (inputs, outputs), b1 (1, outputs), W2 and so on.

        Returns:
            dict: read-only views; what training changes, changes here.
        """
        found: dict[str, npt.NDArray[Any]] = {}
        dense = [module for module in self if isinstance(module, Linear)]
        for number, layer in enumerate(dense, start=1):
            found[f"W{number}"] = layer.weight.numpy().T
            if layer.bias is not None:
                found[f"b{number}"] = layer.bias.numpy().reshape(1, -1)
        return found


def _widths(sizes: Sequence[int]) -> tuple[int, ...]:
    several = isinstance(sizes, (list, tuple, np.ndarray)) and len(sizes) > 1
    if not several or not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n > 0 for n in sizes):
        raise ArgumentError("layers.mlp_sizes", "MLP, argument sizes", got=sizes)
    return tuple(int(size) for size in sizes)


def _dense(inputs: int, outputs: int, bias: bool, start: Callable[[Tensor], Any] | None) -> Linear:
    layer = Linear(inputs, outputs, bias=bias)
    if start is not None:
        start(layer.weight)
    if layer.bias is not None:
        with no_grad():
            layer.bias.zero_()
    return layer
