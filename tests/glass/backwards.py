"""Backward passes as learners write them: one that is right, and what can be wrong with it, term by term."""

from typing import NamedTuple

import numpy as np


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1 + e)


FORWARD = {
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "softplus": lambda z: np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0),
    "none": lambda z: z,
}
SLOPE = {  # of z
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "sigmoid": lambda z: sigmoid(z) * (1 - sigmoid(z)),
    "relu": lambda z: (z > 0) * 1.0,
    "leaky_relu": lambda z: np.where(z > 0, 1.0, 0.01),
    "softplus": sigmoid,
    "none": np.ones_like,
}


class Task(NamedTuple):
    """A network and its loss: sizes, hidden activation, output activation, name of the loss, mean or sum."""

    sizes: tuple
    hidden: str
    output: str
    loss: str  # bce (of logits), ce (of logits), mse, bce_p (of probabilities)
    reduction: str = "mean"


class Backward:
    """The right backward pass of a task, with every term in a method of its own; a mutation overrides some."""

    def __init__(self, task):
        self.task = task
        self.count = len(task.sizes) - 1

    def f(self, k):
        return self.task.output if k == self.count else self.task.hidden

    # --- the terms ---

    def activate(self, k, z):
        return FORWARD[self.f(k)](z)

    def slope(self, k, z, a):
        return SLOPE[self.f(k)](z).astype(z.dtype)

    def probabilities(self, z):
        if self.task.loss == "bce":
            return sigmoid(z)
        e = np.exp(z - z.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    def one_hot(self, y, classes):
        return np.eye(classes)[y]

    def divisor(self, m, outputs):
        if self.task.reduction == "sum":
            return 1
        return m if self.task.loss == "ce" else m * outputs

    def loss_slope(self, answer, y):
        """dL/danswer, before the division."""
        if self.task.loss in ("bce", "ce"):
            return self.probabilities(answer) - y
        if self.task.loss == "mse":
            return 2 * (answer - y)
        return (answer - y) / (answer * (1 - answer))

    def through(self, k, da, z, a):
        return da * self.slope(k, z, a)

    def upstream(self, k, dz, W, da, parameters):
        return dz @ W.T

    def weights(self, k, a, dz, W, z_before):
        return a.T @ dz

    def bias(self, k, dz, b):
        return dz.sum(0)

    def finish(self, gradients, parameters):
        return gradients

    # --- the pass ---

    def __call__(self, parameters, X, y):
        dtype = X.dtype
        zs, activations = [None], [X]
        for k in range(1, self.count + 1):
            z = activations[-1] @ parameters[f"W{k}"] + parameters[f"b{k}"]
            zs.append(z)
            activations.append(self.activate(k, z).astype(dtype))
        answer = activations[-1]
        if self.task.loss == "ce":
            y = self.one_hot(y, answer.shape[1]).astype(dtype)
        da = self.loss_slope(answer, y) / self.divisor(len(X), answer.shape[1])
        gradients = {}
        for k in range(self.count, 0, -1):
            dz = self.through(k, da, zs[k], activations[k])
            W = parameters[f"W{k}"]
            gradients[f"W{k}"] = self.weights(k, activations[k - 1], dz, W, zs[k - 1])
            gradients[f"b{k}"] = self.bias(k, dz, parameters[f"b{k}"])
            da = self.upstream(k, dz, W, da, parameters)
        return self.finish({n: np.asarray(g).astype(dtype) for n, g in gradients.items()}, parameters)


def mutated(**terms):
    """A kind of backward pass with some of its terms overridden."""
    return type("Mutated", (Backward,), terms)
