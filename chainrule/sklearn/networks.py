"""From the parameters of an estimator to a network, and from the network to `coefs_` and `intercepts_`."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np

from chainrule.data.arrays import Array
from chainrule.errors import ArgumentError
from chainrule.nn.linear import Linear
from chainrule.nn.mlp import MLP
from chainrule.nn.module import Module
from chainrule.sklearn.columns import Looked
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import Generator, drawing_from

OTHER_NAMES = {"identity": None, "logistic": "sigmoid"}
"""scikit-learn's names for activations that have another one here."""
SPREADS = {"identity": 6.0, "logistic": 2.0, "tanh": 6.0, "relu": 6.0}
"""Initial weights before these are uniform in ±√(spread / (inputs + outputs)), biases too, as in scikit-learn."""


def hidden_sizes(sizes: Any) -> list[int]:
    """`hidden_layer_sizes` as a list: one number is one layer."""
    return [int(size) for size in np.atleast_1d(np.asarray(sizes, dtype=np.int64))] if np.size(sizes) else []


def activations(activation: Any, layers: int) -> list[Any]:
    """One activation for each of the hidden layers, under the names by which they were asked for."""
    return list(activation) if isinstance(activation, list | tuple) else [activation] * layers


def build(model: Any, parts: Sequence[Array], outputs: int, random: Any, dtype: np.dtype[Any]) -> MLP | Looked:
    """A network as the parameters of `model` describe it, with initial weights.

    Where only scikit-learn's activations are asked for, the numbers are those that its estimator draws from the same
    `random`; else `nn.MLP` chooses.

    Args:
        model: the estimator.
        parts: the inputs: numbers, or numbers and categories, or categories.
        outputs: of the last layer.
        random: a RandomState.
        dtype: of the weights.
    """
    categories = parts[-1].dtype.kind == "i"
    inputs = sum(part.shape[1] for part in parts[:-1] if categories) + (
        sum(model._columns.sizes) if categories else parts[0].shape[1]
    )
    sizes = [inputs, *hidden_sizes(model.hidden_layer_sizes), outputs]
    asked = activations(model.activation, len(sizes) - 2)
    known = all(isinstance(name, str) and name in SPREADS for name in asked)
    generator = Generator(0 if known and not categories else int(random.randint(2**31 - 1)))
    net: MLP | Looked
    with drawing_from(generator):
        net = _perceptron(model, sizes, asked)
        if categories:
            net = Looked(model._columns, net)
    net.to(dtype)
    if known:
        last = asked[-1] if asked else "identity"
        for layer, name, (fan_in, fan_out) in zip(dense(net), [*asked, last], pairwise(sizes), strict=True):
            bound = sqrt(SPREADS[name] / (fan_in + fan_out))
            write(layer, random.uniform(-bound, bound, (fan_in, fan_out)), random.uniform(-bound, bound, fan_out))
    return net


def _perceptron(model: Any, sizes: Sequence[int], asked: Sequence[Any]) -> MLP:
    try:
        return MLP(
            sizes, [OTHER_NAMES.get(name, name) if isinstance(name, str) else name for name in asked],
            dropout=float(model.dropout), norm="batch" if model.batch_norm else "layer" if model.layer_norm else None,
            residual=bool(model.residual),
        )
    except ArgumentError as error:
        error.where = f"{type(model).__name__}, {error.where}"
        raise


def dense(net: Module) -> list[Linear]:
    """The dense layers, from the inputs on."""
    return [module for module in net.modules() if isinstance(module, Linear)]


def write(layer: Linear, coefs: Any, intercepts: Any) -> None:
    """Give a layer weights (inputs, outputs) and biases (outputs,); one without biases ignores them."""
    with no_grad():
        layer.weight.copy_(wrap(np.asarray(coefs, dtype=layer.weight.dtype).T))
        if layer.bias is not None:
            layer.bias.copy_(wrap(np.asarray(intercepts, dtype=layer.bias.dtype)))


def shared(layers: Sequence[Linear]) -> tuple[list[Array], list[Array]]:
    """Weights (inputs, outputs) and biases (outputs,) in the very memory of the layers; zeros where there are none."""
    coefs = [layer.weight._array.T for layer in layers]
    absent = [np.zeros(layer.out_features, layer.weight.dtype) for layer in layers]
    return coefs, [
        none if layer.bias is None else layer.bias._array for layer, none in zip(layers, absent, strict=True)
    ]
