"""Many networks of one shape trained side by side: one more axis in front, one seed a place.

Nothing couples the networks: the loss is the sum of their own losses, so every gradient is that of the network alone,
and the optimizers work element by element. One step is recorded and replayed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.nn.containers import Sequential
from chainrule.nn.linear import Linear
from chainrule.nn.parameter import Parameter
from chainrule.program.capture import record
from chainrule.program.replay import Replay
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.creation import tensor
from chainrule.tensors.random import default_generator
from chainrule.tensors.tensor import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass
class Outcome:
    """Where many seeds ended.

    Attributes:
        losses: the loss of every network after the last update, (seeds,).
        outputs: what every network answers, (seeds, n, outputs).
        curve: the loss of every network before the update of the epochs in `at`, (len(at), seeds).
        at: the epochs of `curve`, counted from 0.
    """

    losses: npt.NDArray[Any]
    outputs: npt.NDArray[Any]
    curve: npt.NDArray[Any]
    at: tuple[int, ...]


def build_seeds(build: Callable[[], Sequential], seeds: int) -> list[Sequential]:
    """One network for each seed 0 … seeds - 1, each as `cr.manual_seed(seed)` and then `build()` makes it."""
    before = default_generator.get_state()
    try:
        networks = []
        for seed in range(seeds):
            default_generator.manual_seed(seed)
            networks.append(build())
        return networks
    finally:
        default_generator.set_state(before)


def train_side_by_side(
    networks: Sequence[Sequential], X: npt.ArrayLike, y: npt.ArrayLike, loss: Loss,
    optimizer: Callable[[list[Tensor]], Any], epochs: int, at: Sequence[int] = (),
) -> Outcome:
    """Train networks of one shape on the same rows, all rows in every step, in float64.

    Args:
        networks: dense networks whose modules between the Linear ones work element by element; left as they are.
        X: (n, features).
        y: (n, outputs).
        loss: from outputs and targets, both (seeds, n, outputs), to one loss an element, of the same shape.
        optimizer: from a list of parameters to an optimizer that works element by element.
        epochs: how many steps.
        at: epochs, counted from 0, whose losses are kept.

    Returns:
        Outcome: losses, answers, and the curve at the epochs asked for.
    """
    parameters, forward = _stacked(networks)
    rows = tensor(X, dtype=np.float64)
    targets = tensor(np.broadcast_to(np.asarray(y, dtype=np.float64), (len(networks), *np.shape(y))), dtype=np.float64)
    method = optimizer(list(parameters))

    def step(rows: Tensor, targets: Tensor) -> Tensor:
        method.zero_grad()
        own = loss(forward(rows), targets).mean((1, 2))  # (seeds,)
        own.sum().backward()
        method.step()
        return own

    wanted = set(at)
    curve = []
    replay = None
    for epoch in range(epochs):
        if epoch == 0:
            own = step(rows, targets)  # makes the optimizer's state
        elif replay is None:
            own, recording = record(step, rows, targets)
            replay = Replay(recording)
        else:
            own = replay(rows, targets)
        if epoch in wanted:
            curve.append(own.numpy())
    with no_grad():
        outputs = forward(rows)
        losses = loss(outputs, targets).mean((1, 2)).numpy()
    kept = np.array(curve).reshape(-1, len(networks))
    return Outcome(losses, outputs.numpy(), kept, tuple(sorted(wanted & set(range(epochs)))))


def _stacked(networks: Sequence[Sequential]) -> tuple[list[Parameter], Callable[[Tensor], Tensor]]:
    parameters: list[Parameter] = []
    layers: list[Any] = []
    for place, module in enumerate(networks[0]):
        if not isinstance(module, Linear):
            layers.append(module)
            continue
        same: list[Any] = [network[place] for network in networks]
        weights = np.stack([layer.weight.numpy().T for layer in same]).astype(np.float64)
        biases = np.stack([layer.bias.numpy().reshape(1, -1) for layer in same]).astype(np.float64)
        pair = Parameter(wrap(weights)), Parameter(wrap(biases))  # (seeds, inputs, outputs), (seeds, 1, outputs)
        parameters.extend(pair)
        layers.append(pair)

    def forward(h: Tensor) -> Tensor:
        for layer in layers:
            h = h @ layer[0] + layer[1] if isinstance(layer, tuple) else layer(h)
        return h

    return parameters, forward
