"""A training as plain data, of which a fresh Trainer is built through the public API alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import chainrule as cr
from chainrule import nn, optim

Array = NDArray[Any]
Rows = tuple[Array, Array]
Task = Literal["binary", "classes", "numbers"]
OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": optim.SGD, "adam": optim.Adam, "adamw": optim.AdamW, "rmsprop": optim.RMSprop, "nadam": optim.NAdam,
    "adagrad": optim.Adagrad,
}
LOSSES: dict[str, Callable[[], Any]] = {
    "logits": nn.BCEWithLogitsLoss, "probabilities": nn.BCELoss, "crossentropy": nn.CrossEntropyLoss,
    "squares": nn.MSELoss, "absolute": nn.L1Loss, "huber": nn.HuberLoss,
}
USUAL: dict[Task, str] = {"binary": "logits", "classes": "crossentropy", "numbers": "squares"}


@dataclass(frozen=True)
class Setup:
    """A training: rows, network, loss, optimizer, and how long.

    Attributes:
        rows: (X, y) that are learnt from.
        test: clean rows by which it is judged in the end; the doctor never sees them.
        task: what y is.
        outputs: how many numbers the network gives for a row.
        hidden: widths of the hidden layers.
        activation: behind each of them.
        lr: learning rate.
        optimizer: name of it.
        options: its other settings.
        epochs: how many.
        batch_size: rows a batch.
        validation: rows to judge by that are given to the doctor; None for none.
        loss: name of it; "" for the one that suits the task.
        init: first weights, as in `nn.MLP`.
        ending: activation behind the last layer.
        dropout: of hidden layers.
        norm: of hidden layers.
        schedule: of the rate.
        clip_norm: as in Trainer.
        network: gives the network instead of `nn.MLP`, for this setup.
        criterion: gives the loss instead of the one called `loss`.
        stepping: gives the optimizer, for parameters, instead of the one called `optimizer`.
        altered: what is done to the network after it is made.
        feed: makes of the rows what is given to the Trainer, as a loader.
        judge: how its answers are to be read: "" as the loss means them, "shares" as they are, "signs" of -1 and
            1, or "logits".
        metrics: that are printed.
        data: the name of the data set, for the report only.
        floor: the least loss that its targets allow, in nats or squares.
    """

    rows: Rows
    test: Rows
    task: Task
    outputs: int
    hidden: tuple[int, ...] = (16,)
    activation: str = "relu"
    lr: float = 0.01
    optimizer: str = "adam"
    options: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 60
    batch_size: int = 32
    validation: Rows | None = None
    loss: str = ""
    init: Any = None
    ending: str | None = None
    dropout: float = 0.0
    norm: str | None = None
    schedule: Any = None
    clip_norm: float | None = None
    network: Callable[["Setup"], nn.Module] | None = None
    criterion: Callable[[], Any] | None = None
    stepping: Callable[[Any, float], Any] | None = None
    altered: Callable[[nn.Module], None] | None = None
    feed: Callable[[Rows, int], Any] | None = None
    judge: str = ""
    metrics: tuple[Any, ...] = ()
    data: str = ""
    floor: float = 0.0

    def but(self, **changes: Any) -> "Setup":
        """The same with other fields."""
        return replace(self, **changes)

    @property
    def updates(self) -> int:
        """How many steps the optimizer makes."""
        return self.epochs * -(-len(self.rows[0]) // self.batch_size)

    @property
    def sizes(self) -> list[int]:
        """Widths from the inputs to the outputs."""
        return [int(np.prod(self.rows[0].shape[1:])), *self.hidden, self.outputs]

    def given(self) -> Any:
        """The rows as the Trainer gets them."""
        return self.rows if self.feed is None else self.feed(self.rows, self.batch_size)


def dense(setup: Setup) -> nn.Module:
    """The usual network."""
    return nn.MLP(
        setup.sizes, activation=setup.activation, dropout=setup.dropout, norm=setup.norm, init=setup.init,
        output_activation=setup.ending,
    )


def builder(setup: Setup) -> Callable[[], cr.train.Trainer]:
    """What a user writes: a function that gives a fresh Trainer."""

    def build() -> cr.train.Trainer:
        model = (setup.network or dense)(setup)
        if setup.altered is not None:
            setup.altered(model)
        criterion = setup.criterion or LOSSES[setup.loss or USUAL[setup.task]]
        if setup.stepping is not None:
            optimizer = setup.stepping(model.parameters(), setup.lr)
        else:
            optimizer = OPTIMIZERS[setup.optimizer](model.parameters(), lr=setup.lr, **setup.options)
        return cr.train.Trainer(
            model, criterion(), optimizer, schedule=setup.schedule, clip_norm=setup.clip_norm, guard="off",
            metrics=setup.metrics,
        )

    return build
