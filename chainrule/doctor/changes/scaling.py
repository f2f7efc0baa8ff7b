"""Rows brought to mean 0 and deviation 1, inside the network, so that it takes the rows as they are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.change import Change
from chainrule.nn.module import Module
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.joining import where
from chainrule.tensors.tensor import Tensor
from chainrule.train.trainer import Trainer


class Standardised(Module):
    """A network before whose first layer each column is brought to mean 0 and deviation 1.

    Args:
        inner: the network.
        mean: (features,) of the rows to learn from.
        deviation: (features,) likewise; 1 where a column never changes.
    """

    mean: Tensor
    factor: Tensor

    def __init__(self, inner: Module, mean: NDArray[Any], deviation: NDArray[Any]) -> None:
        super().__init__()
        self.inner = inner
        dtype = next(inner.parameters()).dtype
        # In two steps: in single precision a large offset would eat the digits that tell rows apart.
        self.register_buffer("mean", as_tensor(mean, dtype=dtype))
        self.register_buffer("factor", as_tensor(1 / deviation, dtype=dtype))

    def forward(self, x: Any) -> Any:
        """What the network gives for scaled rows."""
        return self.inner((x - self.mean) * self.factor)


def standardised(X: NDArray[Any]) -> Change:
    """Columns of X (n, features) scaled inside the network."""
    mean, deviation = X.mean(axis=0, dtype=np.float64), X.std(axis=0, dtype=np.float64)
    deviation = np.where(deviation > 1e-9 * (1 + np.abs(mean)), deviation, 1.0)

    def alter(trainer: Trainer) -> None:
        _replace_model(trainer, Standardised(trainer.model, mean, deviation))

    return Change("standardised", {}, alter)


def standardised_in_double(X: NDArray[Any]) -> Change:
    """Columns of X (n, features) scaled inside a network that has digits enough to tell their numbers apart."""
    mean, deviation = X.mean(axis=0, dtype=np.float64), X.std(axis=0, dtype=np.float64)
    deviation = np.where(deviation > 1e-12 * np.abs(mean), deviation, 1.0)

    def alter(trainer: Trainer) -> None:
        trainer.model.double()
        if isinstance(trainer.loss, Module):
            trainer.loss.double()
        _replace_model(trainer, Standardised(trainer.model, mean, deviation))

    return Change("standardised_in_double", {}, alter)


def centred(mean: NDArray[Any]) -> Change:
    """Numbers (features,) taken off the columns inside the network: what never changes becomes 0."""
    return Change(
        "centred", {"count": int(np.count_nonzero(mean))},
        lambda trainer: _replace_model(trainer, Standardised(trainer.model, mean, np.ones_like(mean))),
    )


class Unwrapped(Module):
    """A network before whose first layer numbers of an unsigned type are read as those of the signed one.

    Args:
        inner: the network.
        most: the largest number of the unsigned type.
    """

    def __init__(self, inner: Module, most: int) -> None:
        super().__init__()
        self.inner, self.most = inner, most

    def forward(self, x: Any) -> Any:
        """What the network gives for signed numbers."""
        return self.inner(where(x > self.most // 2, x - (self.most + 1.0), x))


def unwrapped(most: int, signed: str) -> Change:
    """Numbers above the middle of an unsigned type, up to `most`, read as the negative ones that they were."""
    return Change(
        "unwrapped", {"signed": signed},
        lambda trainer: _replace_model(trainer, Unwrapped(trainer.model, most)),
    )


class Unscaled(Module):
    """A network whose outputs are brought to the scale of the targets.

    Args:
        inner: the network.
        mean: (outputs,) of the targets.
        deviation: (outputs,) likewise.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, inner: Module, mean: NDArray[Any], deviation: NDArray[Any]) -> None:
        super().__init__()
        self.inner = inner
        dtype = next(inner.parameters()).dtype
        self.register_buffer("mean", as_tensor(mean, dtype=dtype))
        self.register_buffer("deviation", as_tensor(deviation, dtype=dtype))

    def forward(self, x: Any) -> Any:
        """Outputs in the units of the targets."""
        return self.inner(x) * self.deviation + self.mean


def targets_scaled(y: NDArray[Any], sums_squares: bool) -> Change:
    """Targets y (n, outputs) of a regression scaled inside the network; the rate falls with the square of the scale."""
    mean, deviation = y.mean(axis=0, dtype=np.float64), y.std(axis=0, dtype=np.float64)
    deviation = np.where(deviation > 0, deviation, 1.0)
    unit = float(np.mean(deviation)) ** 2 if sums_squares else 1.0

    def alter(trainer: Trainer) -> None:
        loss = trainer.loss
        _replace_model(trainer, Unscaled(trainer.model, mean, deviation))
        if sums_squares:
            trainer.loss = lambda outputs, targets: loss(outputs, targets) / unit

    return Change("targets_scaled", {}, alter, unit=unit)


def _replace_model(trainer: Trainer, model: Module) -> None:
    """Another network around the old one: the parameters, and so the optimizer, stay."""
    trainer.model = model
    trainer.objective.model = model
