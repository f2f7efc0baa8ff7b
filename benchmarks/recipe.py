"""A training that every library runs: the same network, data, initial weights and arithmetic."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.floor import Work
from benchmarks.race import Pace

Array = npt.NDArray[Any]
Rows = tuple[Array, Array]
Weights = dict[str, Array]


@dataclass(frozen=True)
class InJax:
    """A network for JAX, which has no modules of its own.

    Args:
        apply: of (weights, inputs, key or None), gives outputs and the new running statistics by name. Without a key
            nothing is dropped.
        convert: weights from (out, in), as modules hold them, to how JAX multiplies best.
    """

    apply: Callable[[Any, Any, Any], tuple[Any, dict[str, Any]]]
    convert: Callable[[Weights], Weights]


@dataclass(frozen=True)
class Recipe:
    """A training.

    Args:
        model: of a library with PyTorch's names, gives its network: one text for both.
        loss: `"bce"`, `"mse"`, `"cross_entropy"`, or `"characters"`: cross-entropy of every place of a sequence.
        rule: name of the optimizer.
        data: of a number of rows, gives X and y.
        batch_size: rows a step.
        batches: different batches that follow each other.
        jax: the network for JAX; `None` where JAX does not take part.
        options: arguments of the optimizer.
        clip: the longest gradient, all weights together; `None` for any.
        matrices_decay: whether weight decay spares biases and norms.
        pictures: whether the inputs are (N, C, H, W), which PyTorch may hold with the channels last.
        check: epochs after which the losses are compared.
        most: epochs in one run, so that no library keeps millions of losses.
        multiply_adds: of one step; 0 where arithmetic is not what it costs.
    """

    model: Callable[[Any], Any]
    loss: str
    rule: str
    data: Callable[[int], Rows]
    batch_size: int
    batches: int
    jax: InJax | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    clip: float | None = None
    matrices_decay: bool = False
    pictures: bool = False
    check: int = 1
    most: int = 100_000
    multiply_adds: float = 0.0

    def rows(self, pace: Pace) -> Rows:
        """X and y of as many whole batches as the pace wants."""
        batches = self.batches if pace.batches is None else min(self.batches, pace.batches)
        return self.data(batches * self.batch_size)

    def weights(self) -> Weights:
        """The initial weights of every contestant, by name: those that chainrule draws for seed 0."""
        import chainrule

        chainrule.manual_seed(0)
        return {name: np.array(value.numpy()) for name, value in self.model(chainrule).state_dict().items()}

    def parameters(self, model: Any) -> Any:
        """What an optimizer takes: all parameters, or those that decay and those that do not."""
        if not self.matrices_decay:
            return model.parameters()
        parameters = list(model.parameters())
        matrices = [parameter for parameter in parameters if parameter.ndim > 1]
        others = [parameter for parameter in parameters if parameter.ndim < 2]
        groups: list[dict[str, Any]] = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
        return [group for group in groups if group["params"]]

    def criterion(self, library: Any) -> Callable[[Any, Any], Any]:
        """The loss in a library with PyTorch's names."""
        if self.loss == "characters":
            entropy = library.nn.functional.cross_entropy
            return lambda outputs, y: entropy(outputs.reshape(-1, outputs.shape[-1]), y.reshape(-1))
        names = {"bce": "BCEWithLogitsLoss", "mse": "MSELoss", "cross_entropy": "CrossEntropyLoss"}
        made: Callable[[Any, Any], Any] = getattr(library.nn, names[self.loss])()
        return made

    def work(self) -> Work:
        """Of one step: its arithmetic, and the rows that come from memory."""
        X, y = self.data(self.batch_size)
        return Work(self.multiply_adds, X.astype(np.float32).nbytes + y.nbytes)


def silent(model: Any) -> Any:
    """The same network with nothing dropped: masks differ between libraries, losses must not."""
    for module in model.modules():
        if type(module).__name__ == "Dropout":
            module.p = 0.0
    return model


def dense_work(sizes: tuple[int, ...], rows: int) -> float:
    """Multiply-adds of a step: forward, gradients of all weights, gradients of all inputs but the first."""
    products = [rows * before * after for before, after in pairwise(sizes)]
    return float(3 * sum(products) - products[0])


@cache
def pictures(rows: int) -> Rows:
    """Rows of 784 numbers in 0 … 1, four fifths of them 0 as in handwriting, and a class that depends on them."""
    random = np.random.default_rng(0)
    X = np.maximum(random.random((rows, 784), np.float32) * 5 - 4, 0)
    y = np.argmax(X @ random.normal(size=(784, 10)).astype(np.float32), axis=1)
    return X, np.where(random.random(rows) < 0.1, random.integers(0, 10, rows), y)


@cache
def table(rows: int) -> Rows:
    """Rows of 30 numbers, and 0 or 1: a rule of them that is broken in a tenth of the rows."""
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, 30)).astype(np.float32)
    y = (X[:, :1] * X[:, 1:2] + X[:, 2:3] > 0) ^ (random.random((rows, 1)) < 0.1)
    return X, y.astype(np.float32)


@cache
def characters(rows: int, length: int = 64, kinds: int = 65) -> Rows:
    """Stretches of an invented text, as numbers of characters, and the same moved on by one."""
    random = np.random.default_rng(0)
    text = np.minimum(random.geometric(0.06, rows * length + 1), kinds) - 1
    return text[:-1].reshape(rows, length).astype(np.int64), text[1:].reshape(rows, length).astype(np.int64)
