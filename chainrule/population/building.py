"""A fresh Trainer for a seed, as somebody would make it by hand."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DtypeError, StateError
from chainrule.optim.ranges import check_numbers
from chainrule.tensors.random import Generator, drawing_from
from chainrule.train.lr_range_test import set_rate
from chainrule.train.trainer import Trainer

WHERE = "odds, argument build"
BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Builder:
    """Makes the Trainer of a seed: `cr.manual_seed(seed)`, `trainer = build()`, `trainer.seed = seed`.

    The global stream of random numbers is left where it was.

    Args:
        build: gives a fresh Trainer. An argument called `seed`, or the only one that has no default, gets the seed.
        settings: for arguments of `build` by name; all others are set in every parameter group of the optimizer.
        where: what messages call it.

    Raises:
        DtypeError: when `build` cannot be called.
        ArgumentError: when `build` has arguments that nobody gives.
    """

    def __init__(self, build: Callable[..., Any], settings: Mapping[str, Any], where: str = WHERE) -> None:
        if not callable(build) or isinstance(build, Trainer):
            raise DtypeError("population.build", where, got=type(build).__name__)
        self.build, self.where = build, where
        try:
            found = dict(inspect.signature(build).parameters)
        except (TypeError, ValueError):
            found = {}
        self.arguments = {name: value for name, value in settings.items() if name in found}
        self.groups = {name: value for name, value in settings.items() if name not in found}
        open_ = [
            p for p in found.values()
            if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name not in settings
        ]
        self.seed_by_name = "seed" in found and "seed" not in settings and found["seed"].kind not in BY_PLACE[:1]
        self.seed_by_place = not self.seed_by_name and len(open_) == 1 and open_[0].kind in BY_PLACE
        left = [p.name for p in open_ if not (self.seed_by_name and p.name == "seed")]
        if left and not self.seed_by_place:
            raise ArgumentError("population.arguments", where, got=", ".join(left))

    def __call__(self, seed: int) -> Trainer:
        """The Trainer of `seed`; refuses what `build` gives where it is no fresh Trainer."""
        arguments = {**self.arguments, "seed": seed} if self.seed_by_name else self.arguments
        with drawing_from(Generator(seed)):
            trainer = self.build(seed, **arguments) if self.seed_by_place else self.build(**arguments)
        if not isinstance(trainer, Trainer):
            raise DtypeError("population.no_trainer", self.where, got=type(trainer).__name__)
        if trainer.epoch or trainer.step:
            raise StateError("population.trained", self.where, epochs=trainer.epoch, steps=trainer.step)
        trainer.seed = seed
        for name, value in self.groups.items():
            _set(trainer, name, value)
        return trainer


def refuse_shared(trainers: Iterable[Trainer]) -> None:
    """Refuse Trainers that share something: they would train one another.

    Raises:
        StateError: for the same Trainer, network or optimizer twice.
    """
    for part in ("trainer", "model", "optimizer"):
        seen: set[int] = set()
        for trainer in trainers:
            owner = trainer if part == "trainer" else getattr(trainer, part)
            if id(owner) in seen:
                raise StateError(f"population.shared_{part}", WHERE)
            seen.add(id(owner))


def refuse_equal(trainers: Sequence[Trainer]) -> None:
    """Refuse a build whose first two networks, of different seeds, begin with the same weights.

    Raises:
        StateError: when they do.
    """
    if len(trainers) < 2:
        return
    first, second = ([p.numpy() for p in trainer.model.parameters()] for trainer in trainers[:2])
    if len(first) == len(second) and all(map(np.array_equal, first, second)):
        raise StateError("population.equal", WHERE, first=trainers[0].seed, second=trainers[1].seed)


def _set(trainer: Trainer, name: str, value: Any) -> None:
    """One setting in every parameter group; of learning rates the ratios between the groups are kept."""
    groups, optimizer = trainer.optimizer.param_groups, trainer.optimizer
    known = sorted({key for group in groups for key in group} - {"params"})
    if name not in known:
        where = f"odds, argument vary, {name!r}"
        raise ArgumentError("population.vary_key", where, known=", ".join(known))
    if name in optimizer._ranges:
        check_numbers({name: value}, {name: optimizer._ranges[name]}, type(optimizer), "odds, vary")
    if name == "lr":
        if trainer.schedule is not None:
            raise ArgumentError("population.vary_schedule", "odds, argument vary, 'lr'")
        set_rate(trainer, value)
        return
    for group in groups:
        if name in group:
            group[name] = value
