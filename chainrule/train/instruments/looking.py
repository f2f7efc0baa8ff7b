"""One look into a network: what each layer gives for some rows, and what comes back to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.nn.exponentials import CELU, ELU, SELU, LogSigmoid, Softplus
from chainrule.nn.functional._loss_checks import trusting
from chainrule.nn.gates import GELU, Hardswish, Mish, SiLU
from chainrule.nn.module import Module
from chainrule.nn.rectifiers import Hardtanh, LeakyReLU, PReLU, ReLU, ReLU6
from chainrule.nn.squashing import Hardsigmoid, Sigmoid, Softsign, Tanh
from chainrule.tape.mode import enable_grad
from chainrule.tensors.tensor import Tensor
from chainrule.train.batch import Batch
from chainrule.train.modes import modes

if TYPE_CHECKING:
    from chainrule.train.learner import Learner

Array = NDArray[Any]
SQUASHING = (Sigmoid, Tanh, Softsign, Hardsigmoid, Hardtanh)  # between two bounds
ACTIVATIONS = (
    *SQUASHING, ReLU, LeakyReLU, PReLU, ReLU6, ELU, SELU, CELU, Softplus, LogSigmoid, GELU, SiLU, Mish, Hardswish,
)
FLAT = 0.05  # of its steepest: there what squashes hardly lets anything pass
ROWS_FLAT = 0.9  # of the rows, for which a unit must be flat to count as saturated
NUMBERS = (
    "weights", "preactivations", "activations", "gradients", "updates", "dead", "saturated", "nonfinite", "noise",
)


@dataclass
class Watched:
    """A layer with weights, what follows it, and what passes through while it is looked at."""

    path: str
    module: Module
    weights: Sequence[Tensor]
    activation: Module | None = None
    calls: int = 0
    entered: Array | None = None
    given: Array | None = None
    activated: Array | None = None
    slopes: list[Array] = field(default_factory=list)


def layers_of(model: Module) -> list[Watched]:
    """The modules that have a weight of two axes or more of their own, in the order in which they are registered."""
    found = []
    for path, module in model.named_modules():
        weights = [part for part in module._parameters.values() if part is not None and part.ndim > 1]
        if weights:
            found.append(Watched(path, module, weights))
    return found


def glance(trainer: "Learner", batch: Batch, layers: list[Watched]) -> tuple[float, list[dict[str, float]]]:
    """The loss of a batch, and the numbers of each layer; parameters, gradients, buffers and draws stay as they are.

    In evaluation mode: without dropout, and with the running statistics of norms.
    """
    model = trainer.model
    by_module = {id(layer.module): layer for layer in layers}
    last: list[Watched] = []

    def passed(module: Module, args: Any, result: Any) -> None:
        layer = by_module.get(id(module))
        given = result[0] if isinstance(result, tuple) else result
        if not isinstance(given, Tensor):
            return
        if layer is None:
            if last and last[0].activation is None:
                last[0].activation, last[0].activated = module, given.detach().numpy()
            return
        last[:] = [layer]
        layer.calls += 1
        if layer.calls > 1:
            return
        layer.entered = args[0].detach().numpy() if args and isinstance(args[0], Tensor) else None
        layer.given = given.detach().numpy()
        if given.requires_grad:
            given.register_hook(lambda slope: layer.slopes.append(slope.numpy()))

    _forget(layers)
    handles = [
        module.register_forward_hook(passed)
        for module in model.modules() if id(module) in by_module or isinstance(module, ACTIVATIONS)
    ]
    gradients = [(parameter, parameter.grad) for parameter in model.parameters()]
    for parameter, _ in gradients:
        parameter.grad = None
    try:
        with (
            enable_grad(), trainer._apart_from_training(), modes(model, training=False), trusting(True),
            np.errstate(all="ignore"),
        ):
            loss = trainer._loss_of(batch, model(*batch.inputs))
            if loss.requires_grad:
                loss.backward()
            found = [_numbers(layer) for layer in layers]
    finally:
        for handle in handles:
            handle.remove()
        for parameter, gradient in gradients:
            parameter.grad = gradient
        _forget(layers)
    return float(loss.item()), found


def _forget(layers: list[Watched]) -> None:
    for layer in layers:
        layer.calls, layer.activation, layer.slopes = 0, None, []
        layer.entered = layer.given = layer.activated = None


def _numbers(layer: Watched) -> dict[str, float]:
    weights = [part.numpy() for part in layer.weights]
    gradients = [part.grad.numpy() for part in layer.weights if part.grad is not None]
    given = [] if layer.given is None else [layer.given]
    activated = given if layer.activated is None else [layer.activated]
    sizes = {name: rms(*arrays) for name, arrays in (
        ("weights", weights), ("preactivations", given), ("activations", activated), ("gradients", gradients),
    )}
    broken = 0
    if not all(np.isfinite(size) for size in sizes.values()):
        every = [*weights, *gradients, *given, *(activated if layer.activated is not None else [])]
        broken = sum(int(array.size - np.isfinite(array).sum()) for array in every)
    return {
        **sizes, "updates": nan, "dead": dead(layer.activation, layer.activated),
        "saturated": saturated(layer.activation, layer.activated), "nonfinite": float(broken),
        "noise": _noise(layer, gradients),
    }


def rms(*arrays: Array) -> float:
    """The root of the mean square of all numbers, 0 of none."""
    count = sum(array.size for array in arrays)
    if not count:
        return 0.0
    total = 0.0
    for array in arrays:
        flat = array.ravel(order="K")
        squares = float(np.dot(flat, flat))  # quick, and right but for numbers that overflow in float32
        total += squares if np.isfinite(squares) else float(np.square(flat, dtype=np.float64).sum())
    return float(np.sqrt(total / count))


def _units(numbers: Array) -> Array:
    """(rows, units): of pictures each place counts as a row."""
    if numbers.ndim > 2:
        numbers = np.moveaxis(numbers, 1, -1)
    return numbers.reshape(-1, numbers.shape[-1]) if numbers.ndim else numbers.reshape(1, 1)


def dead(activation: Module | None, activated: Array | None) -> float:
    """The share of units that are 0 for every row, behind a ReLU; 0 behind others."""
    if activated is None or not isinstance(activation, ReLU):
        return 0.0
    return float((~_units(activated).any(axis=0)).mean())


def saturated(activation: Module | None, activated: Array | None) -> float:
    """The share of units that are flat for nearly every row, behind what squashes; 0 behind others."""
    shares = flat(activation, activated)
    return 0.0 if shares is None else float((shares > ROWS_FLAT).mean())


def flat(activation: Module | None, activated: Array | None) -> Array | None:
    """(units,) the share of rows for which each unit is flat, behind what squashes; None behind others."""
    if activated is None or not isinstance(activation, SQUASHING):
        return None
    return np.asarray((_slope(activation, _units(activated)) < FLAT).mean(axis=0))


def _slope(activation: Module, a: Array) -> Array:
    """How steep a squashing activation is where it gives `a`, as a share of its steepest."""
    if isinstance(activation, Sigmoid):
        return np.asarray(4 * a * (1 - a))
    if isinstance(activation, Tanh):
        return np.asarray(1 - a * a)
    if isinstance(activation, Softsign):
        return np.asarray((1 - np.abs(a)) ** 2)
    low, high = (activation.min_val, activation.max_val) if isinstance(activation, Hardtanh) else (0.0, 1.0)
    return np.asarray((low < a) & (a < high), dtype=np.float64)


def _noise(layer: Watched, gradients: list[Array]) -> float:
    """The noise scale tr Σ / |g|² of the weight's gradient: the batch at which noise and signal are equally large.

    A dense layer's gradient is a sum of products of two rows, so that every row's own gradient has a norm without
    being made; of other layers, and where the signal cannot be told from the noise, nobody knows (NaN).
    """
    if layer.calls != 1 or layer.entered is None or layer.entered.ndim != 2 or len(layer.slopes) != 1:
        return nan
    x, d = layer.entered, layer.slopes[0]
    rows = len(x)
    if len(gradients) != 1 or d.ndim != 2 or len(d) != rows or rows < 2:
        return nan
    if gradients[0].size != x.shape[1] * d.shape[1]:  # no product of what comes in and what comes back
        return nan
    each = float(np.dot(np.einsum("ij,ij->i", x, x), np.einsum("ij,ij->i", d, d)))
    whole = float(np.square(gradients[0]).sum())
    spread = rows * (rows * each - whole) / (rows - 1)
    signal = whole - spread / rows
    return spread / signal if signal > 0 and np.isfinite(spread) else nan
