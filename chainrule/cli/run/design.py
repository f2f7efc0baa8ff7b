"""The network and its training for rows of this number and kind, as far as nothing else was asked for."""

from dataclasses import dataclass
from math import ceil, inf

from chainrule.cli.run.options import Activation, Optimizer, Options
from chainrule.cli.run.parts import Parts
from chainrule.data.arrays import real, whole
from chainrule.errors import ArgumentError

STEPS = 8_000  # what a training is given, in epochs of at least 20 and at most 200
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
WIDEST = 1 << 14
DEEPEST = 50


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


def design(options: Options, parts: Parts, *, pictures: bool) -> Design:
    """What the options say, and for the rest what suits the rows.

    Args:
        options: what was asked for.
        parts: the rows.
        pictures: whether a row is one.

    Raises:
        ArgumentError: for a value that cannot be.
    """
    count, features = parts.learning.X.shape
    hidden = _suiting(count, pictures=pictures) if options.hidden is None else _widths(options.hidden)
    batch = _whole(options.batch_size, "batch-size", 32 if count < 2_000 else 64 if count < 10_000 else 128)
    a_epoch = ceil(count / batch)
    epochs = _whole(options.epochs, "epochs", max(20, min(200, round(STEPS / a_epoch))))
    dropout, decay, rate = options.dropout, options.weight_decay, options.lr
    if dropout is None:  # too few columns to leave any out
        dropout = 0.2 if pictures else 0.1 if features > 3 else 0.0
    usual = RATES[options.optimizer] * (1.0 if count < MANY else 0.4)
    if rate is None:
        rate = usual
    if decay is None:  # what a step takes away: the fewer rows, the simpler a network they can bear out
        decay = float(f"{(5e-5 if pictures else min(5e-3, 1.5 / count)) / usual:.2g}")
    if not 0 < rate < inf:
        raise ArgumentError("cli.error.rate", "chainrule train, --lr", got=rate)
    if not 0 <= dropout < 1:
        raise ArgumentError("cli.error.dropout", "chainrule train, --dropout", got=dropout)
    return Design(
        sizes=(features, *hidden, parts.outputs),
        activation=options.activation,
        dropout=dropout,
        optimizer=options.optimizer,
        lr=rate,
        weight_decay=real(decay, "chainrule train, --weight-decay", least=0, most=10**6),
        epochs=epochs,
        batch_size=min(batch, count),
        patience=_whole(options.patience, "patience", max(10, epochs // 4), least=0),
        steps=epochs * a_epoch,
    )


def _suiting(count: int, *, pictures: bool) -> tuple[int, ...]:
    """Hidden layers for so many rows."""
    if pictures:
        return 256, 128
    return (64, 32) if count < 1_000 else (128, 64)


def _widths(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")]
    where = "chainrule train, --hidden"
    if not all(word.isdecimal() for word in words):
        raise ArgumentError("cli.error.hidden", where, got=repr(text), widest=WIDEST)
    widths = tuple(int(word) for word in words)
    if widths == (0,):
        return ()
    if not all(1 <= width <= WIDEST for width in widths) or len(widths) > DEEPEST:
        raise ArgumentError("cli.error.hidden", where, got=repr(text), widest=WIDEST)
    return widths


def _whole(value: int | None, name: str, default: int, least: int = 1) -> int:
    return whole(default if value is None else value, f"chainrule train, --{name}", least=least, most=10**9)
