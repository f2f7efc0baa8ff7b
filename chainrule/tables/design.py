"""The network and its training for rows of this number and kind, as far as nothing else was asked for."""

from dataclasses import dataclass
from math import ceil, inf
from typing import Literal

from chainrule.data.arrays import real, whole
from chainrule.errors import ArgumentError

Activation = Literal["relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus"]
Optimizer = Literal["adamw", "adam", "nadam", "lion", "sgd", "rmsprop", "adagrad", "adadelta"]

STEPS = 4_000  # what a training is given, in epochs of at least 20 and at most 200
RATES: dict[Optimizer, float] = {
    "adamw": 5e-3,
    "adam": 5e-3,
    "nadam": 5e-3,
    "lion": 5e-4,
    "sgd": 5e-2,
    "rmsprop": 2e-3,
    "adagrad": 2e-2,
    "adadelta": 1.0,
}
MANY = 20_000  # rows from which the rate is lower
HUGE = 1_000_000  # rows from which few epochs of large steps are enough
LEAST = 20  # epochs
WIDEST = 1 << 14
DEEPEST = 50


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What was asked for; None stands for what suits the rows.

    Attributes:
        hidden: widths of the hidden layers; none at all for a linear network.
        activation: between the layers.
        dropout: behind each hidden layer.
        optimizer: its name.
        lr: largest rate.
        weight_decay: decoupled from the gradient.
        epochs: at most.
        batch_size: rows a step.
        patience: epochs without a better one; 0 for never.
        where: what the errors name.
    """

    hidden: tuple[int, ...] | None = None
    activation: Activation = "relu"
    dropout: float | None = None
    optimizer: Optimizer = "adamw"
    lr: float | None = None
    weight_decay: float | None = None
    epochs: int | None = None
    batch_size: int | None = None
    patience: int | None = None
    where: str = "tables.fit"

    def of(self, name: str) -> str:
        """Where an error is: at one of these."""
        return f"{self.where}, argument {name}"


@dataclass(frozen=True)
class Design:
    """A network and how it is trained.

    Attributes:
        sizes: widths from the inputs to the outputs.
        activation: between the layers.
        dropout: behind each hidden layer.
        optimizer: its name.
        lr: largest rate.
        weight_decay: decoupled from the gradient.
        epochs: at most.
        batch_size: rows a step.
        patience: epochs without a better one; 0 for never.
        steps: of all epochs.
        embeddings: for each column of many words how many there are, and how long their vectors are.
    """

    sizes: tuple[int, ...]
    activation: Activation
    dropout: float
    optimizer: Optimizer
    lr: float
    weight_decay: float
    epochs: int
    batch_size: int
    patience: int
    steps: int
    embeddings: tuple[tuple[int, int], ...] = ()


def design(
    wishes: Wishes, count: int, features: int, outputs: int, *, pictures: bool = False,
    embeddings: tuple[tuple[int, int], ...] = (),
) -> Design:
    """What was asked for, and for the rest what suits the rows.

    Args:
        wishes: what was asked for.
        count: rows to learn from.
        features: inputs that the network takes as they are.
        outputs: of the network.
        pictures: whether a row is one.
        embeddings: for each column of many words how many there are, and how long their vectors are.

    Raises:
        ArgumentError: for a value that cannot be.
    """
    hidden = _suiting(count, pictures=pictures) if wishes.hidden is None else _checked(wishes)
    batch = _whole(wishes, "batch_size", batch_for(count))
    a_epoch = ceil(count / batch)
    epochs = _whole(wishes, "epochs", max(LEAST, min(200, round(STEPS / a_epoch))) if count < HUGE else 3)
    dropout, decay, rate = wishes.dropout, wishes.weight_decay, wishes.lr
    if dropout is None:  # too few columns to leave any out
        dropout = 0.2 if pictures else 0.1 if features > 3 else 0.0
    usual = RATES[wishes.optimizer] * (1.0 if count < MANY else 0.4)
    if rate is None:
        rate = usual
    if decay is None:  # what a step takes away: the fewer rows, the simpler a network they can bear out
        decay = float(f"{(5e-5 if pictures else min(5e-3, 1.5 / count)) / usual:.2g}")
    if not 0 < rate < inf:
        raise ArgumentError("cli.error.rate", wishes.of("lr"), got=rate)
    if not 0 <= dropout < 1:
        raise ArgumentError("cli.error.dropout", wishes.of("dropout"), got=dropout)
    return Design(
        sizes=(features, *hidden, outputs),
        activation=wishes.activation,
        dropout=dropout,
        optimizer=wishes.optimizer,
        lr=rate,
        weight_decay=real(decay, wishes.of("weight_decay"), least=0, most=10**6),
        epochs=epochs,
        batch_size=min(batch, count),
        patience=_whole(wishes, "patience", max(10, epochs // 4), least=0),
        steps=epochs * a_epoch,
        embeddings=embeddings,
    )


def batch_for(count: int) -> int:
    """Rows a step, for so many rows to learn from."""
    return 32 if count < 2_000 else 64 if count < 10_000 else 128 if count < HUGE else 1024


def _suiting(count: int, *, pictures: bool) -> tuple[int, ...]:
    """Hidden layers for so many rows."""
    if pictures:
        return 256, 128
    return (64, 32) if count < 1_000 else (128, 64) if count < 10_000 else (256, 128)


def _checked(wishes: Wishes) -> tuple[int, ...]:
    widths = wishes.hidden
    assert widths is not None
    if not all(1 <= width <= WIDEST for width in widths) or len(widths) > DEEPEST:
        got = repr(",".join(map(str, widths)))
        raise ArgumentError("cli.error.hidden", wishes.of("hidden"), got=got, widest=WIDEST)
    return widths


def _whole(wishes: Wishes, name: str, default: int, least: int = 1) -> int:
    value = getattr(wishes, name)
    return whole(default if value is None else value, wishes.of(name), least=least, most=10**9)
