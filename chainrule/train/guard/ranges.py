"""Whether the last activation can give what the targets ask for."""

from collections.abc import Callable
from math import exp, inf, tanh

import numpy as np

from chainrule.errors import DataError
from chainrule.train.guard.scene import Findings, Scene

SLACK = 0.05  # of the span of the targets: a tail of noise may stick out
OFF, MOST = 0.1, 0.5  # by how much sums of shares miss 1, and in what share of the rows


def _sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))


RISING: dict[str, Callable[[float], float]] = {
    "relu": lambda z: max(z, 0.0),
    "sigmoid": _sigmoid,
    "tanh": tanh,
    "softsign": lambda z: z / (1 + abs(z)) if abs(z) < inf else (1.0 if z > 0 else -1.0),
    "hardsigmoid": lambda z: min(max(z / 6 + 0.5, 0.0), 1.0),
}
FIXED = {"softmax": (0.0, 1.0), "log_softmax": (-inf, 0.0), "logsigmoid": (-inf, 0.0), "softplus": (0.0, inf)}


def out_of_reach(scene: Scene) -> Findings:
    """Targets that the outputs can never come near: below 0 behind a ReLU, beyond 1 behind a sigmoid."""
    objective = scene.trainer.objective
    if objective.name == "PoissonNLLLoss" or not (objective.kind.targets == "numbers" or objective.name == "BCELoss"):
        return
    names = [str(node.operation.name) for node in scene.ends]
    low, high = reach(names)
    targets = scene.feed.targets
    if (low == -inf and high == inf) or targets.dtype.kind == "b" or not targets.size:
        return
    smallest, largest = float(targets.min()), float(targets.max())
    slack = SLACK * (largest - smallest or 1.0)
    if smallest < low - slack or largest > high + slack:
        made = " ∘ ".join(name for name in names if name in RISING or name in FIXED)
        yield DataError(
            "guard.out_of_reach", scene.layer(names[0]), made=made, low=f"{low:g}", high=f"{high:g}",
            smallest=f"{smallest:g}", largest=f"{largest:g}", loss=scene.loss_name(),
        )


def not_shares(scene: Scene) -> Findings:
    """Targets whose rows do not sum to 1, behind a softmax, whose rows do: several answers may be right at once."""
    objective, targets = scene.trainer.objective, scene.feed.targets
    if not (objective.kind.targets == "numbers" or objective.name == "BCELoss") or targets.dtype.kind not in "fiub":
        return
    node = scene.ends[0] if scene.ends else None
    if node is None or node.operation.name != "softmax" or scene.outputs._node is not node:
        return
    shape = scene.outputs.shape
    if len(shape) != 2 or targets.shape[1:] != shape[1:] or shape[1] < 2 or dict(node.static)["dim"] % 2 != 1:
        return
    sums = targets.sum(axis=1, dtype=np.float64)
    if float((np.abs(sums - 1) > OFF).mean()) > MOST:
        yield DataError(
            "guard.not_shares", scene.layer("softmax"), low=f"{sums.min():g}", high=f"{sums.max():g}",
            count=shape[1], loss=scene.loss_name(),
        )


def reach(names: list[str]) -> tuple[float, float]:
    """The smallest and the largest output of activations, the last one first."""
    low, high = -inf, inf
    for name in reversed(names):
        if name in RISING:
            low, high = RISING[name](low), RISING[name](high)
        elif name in FIXED:
            low, high = FIXED[name]
        else:
            low, high = -inf, inf
    return low, high
