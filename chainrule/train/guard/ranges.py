"""Whether the last activation can give what the targets ask for."""

from collections.abc import Callable
from math import exp, inf, tanh

from chainrule.errors import DataError
from chainrule.train.guard.scene import Findings, Scene

SLACK = 0.05  # of the span of the targets: a tail of noise may stick out


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
