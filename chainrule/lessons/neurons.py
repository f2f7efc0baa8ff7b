"""The first article's teaching classes, set right: one neuron at a time, its backward pass in six steps.

Loops over neurons are for reading; `nn.MLP` computes the same numbers with matrices. Where the article is not right,
this is: losses and their derivatives come from one definition, so their means agree for any number of outputs; and
sigmoid with cross-entropy goes from the logits, so that a confidently wrong unit still learns.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.errors import ArgumentError

Array = npt.NDArray[np.float64]


def _sigmoid(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    p: Array = np.where(z >= 0, 1, e) / (1 + e)
    return p


_ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array], float]] = {
    # name: (a from z, da/dz from z, gain of the initial weights: variance gain / inputs)
    "relu": (lambda z: np.maximum(z, 0), lambda z: np.where(z > 0, 1.0, 0.0), 2.0),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2, 1.0),
    "sigmoid": (_sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z)), 1.0),
    "none": (lambda z: z, np.ones_like, 1.0),
}


class Neuron:
    """One neuron: a weighted sum, an activation, and the six steps of its backward pass.

    a = f(x·w + b)

    Args:
        num_inputs: how many numbers it takes.
        activation: "relu", "tanh", "sigmoid" or "none".
        generator: where its initial weights come from, N(0, 2 / inputs) for ReLU, else N(0, 1 / inputs).

    Raises:
        ArgumentError: for an unknown activation.

    Example:
        >>> import numpy as np
        >>> from chainrule.lessons import Neuron
        >>> neuron = Neuron(3, "sigmoid", np.random.default_rng(0))
        >>> neuron.weights[:], neuron.bias[:] = [[0.5], [-0.3], [0.8]], 0.1
        >>> neuron.forward(np.array([[1.0, 2.0, 3.0]])).round(3)
        array([[0.917]])
    """

    def __init__(self, num_inputs: int, activation: str, generator: np.random.Generator) -> None:
        if activation not in _ACTIVATIONS:
            raise ArgumentError("lessons.activation", "Neuron, argument activation", got=repr(activation),
                                known=", ".join(_ACTIVATIONS))
        self.activation, self.slope, gain = _ACTIVATIONS[activation]
        self.weights = generator.normal(size=(num_inputs, 1)) * np.sqrt(gain / num_inputs)  # (inputs, 1)
        self.bias = np.zeros((1, 1))
        self.dweights, self.dbias = np.zeros_like(self.weights), np.zeros_like(self.bias)

    def forward(self, x: Array) -> Array:
        """What the neuron answers to the rows of `x` (m, inputs): (m, 1). It remembers x, z and a for the way back."""
        self.x = x
        self.z = x @ self.weights + self.bias  # (m, 1)
        self.a = self.activation(self.z)
        return self.a

    def backward(self, da: Array, through: bool = True) -> Array:
        """From ∂L/∂a (m, 1) to ∂L/∂x (m, inputs); the gradients of weights and bias are kept.

        The article changes the weights in here as well. That is right only because step 5 has used them already, and
        leaves no room for momentum or Adam: so `update` stands apart.

        Args:
            through: False when `da` is ∂L/∂z itself, as from sigmoid and cross-entropy together.
        """
        dadz = self.slope(self.z) if through else np.ones_like(self.z)  # 1. how a changes with z
        dz = da * dadz  # 2. how the loss changes with z
        self.dweights = self.x.T @ dz  # 3. with the weights: z = x w + b, so dz/dw = x
        self.dbias = dz.sum(axis=0, keepdims=True)  # 4. with the bias: dz/db = 1
        dx = dz @ self.weights.T  # 5. with what came in: dz/dx = w
        return np.asarray(dx)

    def update(self, learning_rate: float) -> None:
        """6. One step downhill: w ← w - α ∂L/∂w."""
        self.weights -= learning_rate * self.dweights
        self.bias -= learning_rate * self.dbias


class Layer:
    """Neurons side by side, all with the same inputs.

    Args:
        num_neurons: how many.
        num_inputs: how many numbers each takes.
        activation: of all of them.
        generator: where their initial weights come from.

    Example:
        >>> import numpy as np
        >>> from chainrule.lessons import Layer
        >>> Layer(4, 2, "tanh", np.random.default_rng(0)).forward(np.zeros((5, 2))).shape
        (5, 4)
    """

    def __init__(self, num_neurons: int, num_inputs: int, activation: str, generator: np.random.Generator) -> None:
        self.neurons = [Neuron(num_inputs, activation, generator) for _ in range(num_neurons)]

    def forward(self, x: Array) -> Array:
        """The answers of all neurons side by side, (m, neurons)."""
        return np.hstack([neuron.forward(x) for neuron in self.neurons])

    def backward(self, da: Array, through: bool = True) -> Array:
        """What the neurons hand back adds up, for each of them saw the same x; arguments as in `Neuron.backward`."""
        total: Array = np.sum([n.backward(da[:, [i]], through) for i, n in enumerate(self.neurons)], axis=0)
        return total


class NeuralNetwork:
    """The first article's network, neuron by neuron.

    Args:
        layer_sizes: inputs, hidden layers, outputs.
        activations: one for each layer after the inputs; default tanh, with sigmoid at the end. A sigmoid at the end
            makes cross-entropy the loss, anything else the mean squared error.
        seed: of the initial weights.

    Raises:
        ArgumentError: for an unknown activation, or not one for each layer.

    Example:
        >>> from chainrule.lessons import NeuralNetwork
        >>> network = NeuralNetwork([2, 2, 1])
        >>> network.forward([[0.0, 1.0]]).shape
        (1, 1)
    """

    def __init__(self, layer_sizes: Sequence[int], activations: Sequence[str] | None = None, seed: int = 0) -> None:
        chosen = ["tanh"] * (len(layer_sizes) - 2) + ["sigmoid"] if activations is None else list(activations)
        if len(chosen) != len(layer_sizes) - 1:
            raise ArgumentError("lessons.activations", "NeuralNetwork, argument activations", got=len(chosen),
                                want=len(layer_sizes) - 1)
        generator = np.random.Generator(np.random.Philox(key=seed))
        shapes = zip(layer_sizes[1:], layer_sizes[:-1], chosen, strict=True)
        self.layers = [Layer(neurons, inputs, name, generator) for neurons, inputs, name in shapes]
        self.from_logits = chosen[-1] == "sigmoid"

    def forward(self, x: Any) -> Array:
        """What the network answers to the rows of `x`."""
        a = np.asarray(x, dtype=np.float64)
        for layer in self.layers:
            a = layer.forward(a)
        return a

    def loss(self, y: Array) -> float:
        """The mean loss of the last answers over rows and outputs."""
        z = np.hstack([neuron.z for neuron in self.layers[-1].neurons])
        if self.from_logits:  # -y ln p - (1 - y) ln(1 - p), exact for every z
            return float(np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))))
        return float(np.mean((self._answers() - y) ** 2))

    def backward(self, y: Array) -> None:
        """The gradients of that very loss, layer by layer from the last."""
        off = self._answers() - y
        d = off / off.size if self.from_logits else 2 * off / off.size  # the same mean as in `loss`
        for layer in reversed(self.layers):
            d = layer.backward(d, through=not (self.from_logits and layer is self.layers[-1]))

    def train(self, X: Any, y: Any, epochs: int, learning_rate: float, batch_size: int = 32) -> list[float]:
        """Train, rows in the order in which they stand; gives the loss of every epoch, weighted by rows."""
        rows, targets = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
        losses = []
        for _ in range(epochs):
            total = 0.0
            for start in range(0, len(rows), batch_size):
                batch, wanted = rows[start : start + batch_size], targets[start : start + batch_size]
                self.forward(batch)
                total += self.loss(wanted) * len(batch)
                self.backward(wanted)
                for layer in self.layers:
                    for neuron in layer.neurons:
                        neuron.update(learning_rate)
            losses.append(total / len(rows))
        return losses

    def predict(self, X: Any) -> Array:
        """What the network answers to the rows of `X`."""
        return self.forward(X)

    def _answers(self) -> Array:
        return np.hstack([neuron.a for neuron in self.layers[-1].neurons])
