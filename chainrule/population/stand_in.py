"""One Trainer that trains in the place of others like it, so that their steps are recorded and compiled once."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from chainrule.tensors.tensor import Tensor
from chainrule.train.likeness import Unlike, pairs
from chainrule.train.trainer import Trainer

T = TypeVar("T")
MOST = 4  # kinds of Trainers that are remembered
COUNTERS = ("_seed", "epoch", "step", "last_epoch", "stopped", "history", "_report", "_row")


class Cast:
    """Trainers that stand in for others."""

    def __init__(self) -> None:
        self._members: list[Trainer] = []

    def run(self, trainer: Trainer, work: Callable[[Trainer], T]) -> T:
        """Do something with a Trainer, by another one that is alike, if there is one; what comes of it is the same.

        Args:
            trainer: afterwards it is as if the work had been done with itself.
            work: fits or judges the Trainer that it is given, and keeps nothing of it.
        """
        for member in self._members:
            if member is trainer:
                return work(trainer)
            tensors = _alike(member, trainer)
            if tensors is not None:
                return _in_place_of(trainer, member, tensors, work)
        found = work(trainer)
        if trainer._steps is not None:  # there is something to be spared
            self._members = [trainer, *self._members[: MOST - 1]]
        return found


def _alike(member: Trainer, trainer: Trainer) -> list[tuple[Tensor, Tensor]] | None:
    """The tensors of the two, if they differ in numbers only."""
    prepare = getattr(trainer.optimizer, "prepare", None)
    if prepare is not None and member.optimizer.state and not trainer.optimizer.state:
        prepare()
    try:
        return pairs(member, trainer)
    except Unlike:
        return None


def _in_place_of(
    trainer: Trainer, member: Trainer, tensors: Sequence[tuple[Tensor, Tensor]], work: Callable[[Trainer], T]
) -> T:
    own = [np.array(mine._array, order="K") for mine, _ in tensors], _numbers(member)
    _put(member, [mine for mine, _ in tensors], [theirs._array for _, theirs in tensors], _numbers(trainer))
    try:
        return work(member)
    finally:
        _put(trainer, [theirs for _, theirs in tensors], [mine._array for mine, _ in tensors], _numbers(member))
        _put(member, [mine for mine, _ in tensors], *own)


def _numbers(trainer: Trainer) -> dict[str, Any]:
    """All of a Trainer that is no tensor and may differ."""
    return {
        "counters": {name: getattr(trainer, name) for name in COUNTERS},
        "streams": (trainer.noise.get_state(), trainer._apart.get_state()),
        "known": None if trainer.class_weights is None else trainer.class_weights.known,
        "groups": [
            {name: value for name, value in group.items() if type(value) in (int, float)}
            for group in trainer.optimizer.param_groups
        ],
        "ratios": trainer.rates.ratios,
        "modes": [module.training for module in trainer.model.modules()],
    }


def _put(trainer: Trainer, tensors: Sequence[Tensor], arrays: Sequence[Any], numbers: dict[str, Any]) -> None:
    """Give a Trainer other numbers; its objects stay, and with them all that was recorded of them."""
    for tensor, array in zip(tensors, arrays, strict=True):
        np.copyto(tensor._array, array)
        tensor.stamp()
    for name, value in numbers["counters"].items():
        setattr(trainer, name, value)
    trainer.noise.set_state(numbers["streams"][0])
    trainer._apart.set_state(numbers["streams"][1])
    if trainer.class_weights is not None:
        trainer.class_weights.known = numbers["known"]
    for group, given in zip(trainer.optimizer.param_groups, numbers["groups"], strict=True):
        group.update(given)
    trainer.rates.ratios = numbers["ratios"]
    for module, training in zip(trainer.model.modules(), numbers["modes"], strict=True):
        if module.training != training:
            module.training = training
