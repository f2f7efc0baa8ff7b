"""What is looked at before the first step: whatever would make a training fail, or go astray in silence.

`look` refuses with the four parts. Each look costs microseconds beside a fit, and `guard="off"` switches all of them
off. Pairings of activation, loss, labels and metrics have their place here too.
"""

from typing import TYPE_CHECKING

from chainrule.errors import ArgumentError, ShapeError, StateError
from chainrule.tensors.tensor import Tensor
from chainrule.train.feed import ArrayFeed, LoaderFeed

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

CHOICES = ("on", "off")


def checked(guard: str) -> str:
    """One of the choices.

    Raises:
        ArgumentError: for another word.
    """
    if guard not in CHOICES:
        raise ArgumentError("train.guard", "Trainer, argument guard", got=repr(guard))
    return guard


def look(trainer: "Trainer", feed: ArrayFeed | LoaderFeed) -> tuple[int, ...] | None:
    """Refuse a training that cannot go well.

    Returns:
        The shape of what the network answers to one row; None where it was not asked.

    Raises:
        StateError: the optimizer changes nothing of this network.
        ChainruleError: rows that do not fit the network, targets that the loss refuses.
    """
    if trainer.guard == "off":
        return None
    _changes_something(trainer)
    return _fits(trainer, feed) if isinstance(feed, ArrayFeed) else None


def _changes_something(trainer: "Trainer") -> None:
    own = {id(parameter) for parameter in trainer.model.parameters()}
    held = [parameter for group in trainer.optimizer.param_groups for parameter in group["params"]]
    name = type(trainer.optimizer).__name__
    if own and not any(id(parameter) in own for parameter in held):
        raise StateError("train.foreign_optimizer", "Trainer, argument optimizer", optimizer=name)
    if own and not any(parameter.requires_grad for parameter in held):
        raise StateError("train.all_frozen", "Trainer, argument model", optimizer=name)


def _fits(trainer: "Trainer", feed: ArrayFeed) -> tuple[int, ...] | None:
    """Ask the network for one row, and the loss for all targets."""
    outputs = trainer._answer_one(feed)
    if not isinstance(outputs, Tensor):
        return None
    if outputs.shape[:1] != (1,):
        raise ShapeError("train.outputs", "Trainer, argument model", got=outputs.shape, rows=1)
    check = getattr(trainer.loss, "check_targets", None)
    if check is not None:
        check(feed.targets, outputs.shape[1:], feed.weights)
    return outputs.shape[1:]
