"""The third article's network with one hidden layer, its listing set right: NumPy and nothing else.

The article's last listing does not run (`epochs-1::`, `self.` outside its class); its derivative of the sigmoid takes
the output instead of z; its bias gradients stay unsummed until the update; and it descends the sum over rows while it
prints their mean. Here every gradient is that of the loss that is printed.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def sigmoid(z: Array) -> Array:
    """1 / (1 + e⁻ᶻ), without an overflow for any z."""
    e = np.exp(-np.abs(z))
    p: Array = np.where(z >= 0, 1, e) / (1 + e)
    return p


def sigmoid_slope(z: Array) -> Array:
    """dσ/dz = σ(z) (1 - σ(z)), taken at z."""
    return sigmoid(z) * (1 - sigmoid(z))


class TwoLayers:
    """Inputs, one hidden layer and outputs, all sigmoid, with cross-entropy.

    Args:
        input_size: numbers in a row.
        hidden_size: hidden units.
        output_size: outputs.
        seed: of the initial weights, from N(0, 1); biases begin as zero.

    Example:
        >>> from chainrule.lessons import TwoLayers
        >>> net = TwoLayers(input_size=2, hidden_size=4, output_size=1)
        >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [0.85], [1], [0]]
        >>> losses = net.train(x, y, epochs=5000, learning_rate=0.4)
        >>> round(losses[-1], 2)
        0.11
    """

    def __init__(self, input_size: int, hidden_size: int, output_size: int, seed: int = 0) -> None:
        generator = np.random.Generator(np.random.Philox(key=seed))
        self.w1, self.b1 = generator.normal(size=(input_size, hidden_size)), np.zeros((1, hidden_size))
        self.w2, self.b2 = generator.normal(size=(hidden_size, output_size)), np.zeros((1, output_size))

    def forward(self, x: Any) -> Array:
        """The outputs for the rows of `x`; it remembers z1, hidden, z2 and output for the way back."""
        self.x = np.asarray(x, dtype=np.float64)
        self.z1 = self.x @ self.w1 + self.b1  # (m, hidden)
        self.hidden = sigmoid(self.z1)
        self.z2 = self.hidden @ self.w2 + self.b2  # (m, outputs)
        self.output = sigmoid(self.z2)
        return self.output

    def loss(self, y: Any) -> float:
        """-y ln p - (1 - y) ln(1 - p), the mean over rows and outputs; from z2, so that no clip is needed."""
        z = self.z2
        return float(np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))))

    def backward(self, y: Any) -> dict[str, Array]:
        """The gradients of that loss, under the article's names."""
        # The loss by the output is (p - y) / (p (1 - p)), the output by z2 is p (1 - p): together p - y, for any z2.
        d_output = (self.output - y) / self.output.size  # by z2, (m, outputs)
        d_hidden = d_output @ self.w2.T * sigmoid_slope(self.z1)  # by z1, (m, hidden)
        return {
            "d_output": d_output,
            "d_w2": self.hidden.T @ d_output,
            "d_b2": d_output.sum(axis=0, keepdims=True),
            "d_hidden": d_hidden,
            "d_w1": self.x.T @ d_hidden,
            "d_b1": d_hidden.sum(axis=0, keepdims=True),
        }

    def update(self, gradients: dict[str, Array], learning_rate: float) -> None:
        """One step downhill: w ← w - α ∂L/∂w, with all gradients taken before anything changes."""
        self.w1 -= learning_rate * gradients["d_w1"]
        self.b1 -= learning_rate * gradients["d_b1"]
        self.w2 -= learning_rate * gradients["d_w2"]
        self.b2 -= learning_rate * gradients["d_b2"]

    def train(self, x: Any, y: Any, epochs: int, learning_rate: float) -> list[float]:
        """Train, all rows in every step; gives the loss before the update of every epoch."""
        targets = np.asarray(y, dtype=np.float64)
        losses = []
        for _ in range(epochs):
            self.forward(x)
            losses.append(self.loss(targets))
            self.update(self.backward(targets), learning_rate)
        return losses
