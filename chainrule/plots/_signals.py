"""How large activations and gradients are at every depth of a network."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.plots._arrays import array
from chainrule.plots._chart import Numbers
from chainrule.tape.mode import enable_grad
from chainrule.tensors.creation import tensor

# How wide weights are drawn, from the number n of inputs, which is that of outputs too.
SPREADS: Mapping[str, Callable[[int], float]] = {
    "N(0, 0.01²)": lambda n: 0.01,
    "PyTorch, √(1/3n)": lambda n: math.sqrt(1 / (3 * n)),
    "LeCun = Glorot, √(1/n)": lambda n: math.sqrt(1 / n),
    "He, √(2/n)": lambda n: math.sqrt(2 / n),
    "N(0, 1)": lambda n: 1.0,
}


@dataclass(frozen=True)
class Signals:
    """Root mean squares by depth: (layers,) of what each layer gives, (layers,) of the loss's gradient there."""

    activations: Numbers
    gradients: Numbers

    @property
    def factor(self) -> float:
        """By what the activations change from layer to layer, as a geometric mean."""
        return _growth(self.activations[0], self.activations[-1], len(self.activations))

    @property
    def factor_back(self) -> float:
        """By what the gradients change from layer to layer on their way back, as a geometric mean."""
        return _growth(self.gradients[-1], self.gradients[0], len(self.gradients))

    @property
    def fault(self) -> str | None:
        """`"vanishes"` or `"explodes"` when a deep network halves or doubles something at every layer, else None."""
        if len(self.activations) < 3:
            return None
        factors = [self.factor, self.factor_back]
        if not np.isfinite([*self.activations, *self.gradients]).all() or max(factors) > 2:
            return "explodes"
        return "vanishes" if min(factors) < 0.5 else None


def _growth(start: float, end: float, layers: int) -> float:
    if layers < 2 or start <= 0:
        return 1.0 if start > 0 else 0.0
    return float((end / start) ** (1 / (layers - 1)))


def through_inits(depth: int, width: int, activation: Callable[[Any], Any], rows: int, seed: int) -> dict[str, Signals]:
    """A chain of equal layers under every way of drawing the weights, fed the same rows N(0, 1).

    The gradient starts from a random direction at the end, as large for every way.
    """
    found = {}
    for name, spread in SPREADS.items():
        draws = np.random.Generator(np.random.Philox(key=np.array([seed, 0], np.uint64)))
        h: Any = tensor(draws.normal(size=(rows, width)), dtype=np.float64)
        direction = draws.normal(size=(rows, width)) / rows
        given = []
        with enable_grad(), np.errstate(over="ignore", invalid="ignore"):
            for _ in range(depth):
                drawn = draws.normal(size=(width, width)) * spread(width)
                h = activation(h @ tensor(drawn, dtype=np.float64, requires_grad=True))
                h.retain_grad()
                given.append(h)
            (h * tensor(direction, dtype=np.float64)).sum().backward()
        found[name] = _signals(given)
    return found


def through_network(network: Any, X: object, seed: int) -> Signals:
    """The layers of a Module that have weights of two axes or more, in the order in which they are called.

    What a layer gives is taken after the activation, norm or dropout that follows it. Gradients
    start from a random direction at the outputs; those that the parameters had are given back.
    """
    given: list[Any] = []

    def note(module: Any, args: Any, result: Any) -> None:
        tensors = result[0] if isinstance(result, tuple) else result
        if any(parameter.ndim > 1 for parameter in module.parameters(recurse=False)):
            given.append(tensors)
        elif given:
            given[-1] = tensors
        if tensors.requires_grad:
            tensors.retain_grad()

    parameters = list(network.parameters())
    before = [parameter.grad for parameter in parameters]
    leaves = [module for module in network.modules() if not list(module.children())]
    removers = [leaf.register_forward_hook(note) for leaf in leaves]
    was_training = network.training
    rows = array(X)
    network.eval()
    try:
        with enable_grad():
            dtype = parameters[0].dtype if parameters and rows.dtype.kind == "f" else None
            result = network(tensor(rows, dtype=dtype))
            draws = np.random.Generator(np.random.Philox(key=np.array([seed, 0], np.uint64)))
            direction = draws.normal(size=result.shape) / max(1, len(rows))
            if result.requires_grad:
                (result * tensor(direction, dtype=result.dtype)).sum().backward()
    finally:
        for remove in removers:
            remove()
        for parameter, gradient in zip(parameters, before, strict=True):
            parameter.grad = gradient
        network.train(was_training)
    return _signals(given)


def _signals(given: list[Any]) -> Signals:
    return Signals(np.array([_size(one) for one in given]), np.array([_size(one.grad) for one in given]))


def _size(values: Any) -> float:
    """The root mean square."""
    if values is None:
        return 0.0
    found = array(values).astype(np.float64)
    return float(np.sqrt(np.mean(found**2))) if found.size else 0.0
