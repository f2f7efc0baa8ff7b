"""The training itself: a network by its design, an optimizer, a schedule, early stopping with the best weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chainrule.nn.losses.binary import BCEWithLogitsLoss
from chainrule.nn.losses.classes import CrossEntropyLoss
from chainrule.nn.losses.regression import MSELoss
from chainrule.nn.mlp import MLP
from chainrule.nn.module import Module
from chainrule.optim.adadelta import Adadelta
from chainrule.optim.adagrad import Adagrad
from chainrule.optim.adam import Adam
from chainrule.optim.adamw import AdamW
from chainrule.optim.lion import Lion
from chainrule.optim.nadam import NAdam
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.rmsprop import RMSprop
from chainrule.optim.schedules.annealing import cosine
from chainrule.optim.sgd import SGD
from chainrule.tables.design import Design
from chainrule.tables.network import EmbeddedMLP
from chainrule.tables.parts import Part, Parts
from chainrule.tables.schema import Task
from chainrule.tensors.random import manual_seed
from chainrule.train.callbacks.callback import Callback
from chainrule.train.callbacks.early_stopping import EarlyStopping
from chainrule.train.callbacks.terminate_on_nan import TerminateOnNaN
from chainrule.train.history import History
from chainrule.train.trainer import Trainer

LOSSES: dict[Task, tuple[type, str]] = {
    "binary": (BCEWithLogitsLoss, "accuracy"),
    "classes": (CrossEntropyLoss, "accuracy"),
    "numbers": (MSELoss, "r2"),
}
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "adam": Adam, "nadam": NAdam, "sgd": SGD, "rmsprop": RMSprop, "adagrad": Adagrad, "adadelta": Adadelta,
}
WARM = 0.05  # of all steps, while the rate rises


@dataclass(frozen=True)
class Fit:
    """A trained network.

    Attributes:
        trainer: holds the network with its best weights.
        history: of the training.
        diverged: where the first NaN or infinity came from, in words; None when there was none.
    """

    trainer: Trainer
    history: History
    diverged: str | None


def network(design: Design) -> Module:
    """The network, with its first weights."""
    if design.embeddings:
        return EmbeddedMLP(design.sizes, design.embeddings, activation=design.activation, dropout=design.dropout)
    return MLP(design.sizes, activation=design.activation, dropout=design.dropout)


def fit(
    design: Design, parts: Parts, seed: int, *, progress: bool, callbacks: Sequence[Callback] = ()
) -> Fit:
    """Train; Ctrl-C ends it early, with what was learnt.

    Args:
        design: network and training.
        parts: scaled rows.
        seed: of the first weights, the order of rows and dropout.
        progress: show a bar where somebody looks.
        callbacks: what happens beside the training.
    """
    manual_seed(seed)
    stopping = EarlyStopping(patience=design.patience or design.epochs + 1)
    watch = TerminateOnNaN()
    trainer = training(design, parts.task, [stopping, watch, *callbacks], seed)
    learning = (parts.learning.X, parts.learning.y) if isinstance(parts.learning, Part) else parts.learning
    history = trainer.fit(
        learning, validation=(parts.watching.X, parts.watching.y),
        epochs=design.epochs, batch_size=design.batch_size, progress=None if progress else False,
    )
    return Fit(trainer, history, None if watch.found is None else str(watch.found))


def training(design: Design, task: Task, callbacks: Sequence[Callback] = (), seed: int | None = None) -> Trainer:
    """A fresh network and what trains it; weights are drawn from the stream of `manual_seed`.

    Args:
        design: network and training.
        task: what the targets are.
        callbacks: what happens beside the training.
        seed: of the order of rows and dropout; default the next number of the stream.
    """
    model = network(design)
    loss, metric = LOSSES[task]
    return Trainer(
        model,
        loss=loss(),
        optimizer=_optimizer(model, design),
        schedule=cosine(design.lr, design.steps, warmup=int(WARM * design.steps)),
        metrics=[metric],
        callbacks=callbacks,
        seed=seed,
    )


def _optimizer(model: Module, design: Design) -> Optimizer:
    """Weights are drawn to 0, biases are not."""
    named = list(model.named_parameters())
    biases = [parameter for name, parameter in named if name.endswith("bias")]
    weights = [parameter for name, parameter in named if not name.endswith("bias")]
    if design.optimizer in ("adamw", "lion"):
        groups = [{"params": weights, "weight_decay": design.weight_decay}, {"params": biases, "weight_decay": 0.0}]
        return (AdamW if design.optimizer == "adamw" else Lion)(groups, lr=design.lr)
    decay = {"params": weights, "decoupled_weight_decay": design.weight_decay}
    more = {"momentum": 0.9, "nesterov": True} if design.optimizer == "sgd" else {}
    return OPTIMIZERS[design.optimizer]([decay, {"params": biases}], lr=design.lr, **more)
