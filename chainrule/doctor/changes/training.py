"""How it is trained: batches, epochs, decay, clipping, the optimizer's own settings."""

from typing import Any

from chainrule.doctor.change import Change
from chainrule.optim.adam import Adam
from chainrule.optim.optimizer import Optimizer
from chainrule.train.lr_range_test import set_rate
from chainrule.train.rates import Rates
from chainrule.train.trainer import Trainer


def batches(size: int) -> Change:
    """Batches of another size, the same number of epochs."""
    return Change("batches", {"size": size}, batch_size=size)


def longer(factor: float) -> Change:
    """More epochs."""
    return Change("longer", {"factor": factor}, epochs=factor)


def less_decay(factor: float) -> Change:
    """Weight decay divided by a number."""

    def alter(trainer: Trainer) -> None:
        for group in trainer.optimizer.param_groups:
            for name in ("weight_decay", "decoupled_weight_decay"):
                if group.get(name):
                    group[name] /= factor

    return Change("less_decay", {"factor": factor}, alter)


def more_decay(amount: float) -> Change:
    """Decay apart from the gradient, of weights."""

    def alter(trainer: Trainer) -> None:
        for group in trainer.optimizer.param_groups:
            name = "decoupled_weight_decay" if "decoupled_weight_decay" in group else "weight_decay"
            if name in group:
                group[name] = amount

    return Change("more_decay", {"amount": amount}, alter)


def unclipped() -> Change:
    """Gradients as they are."""

    def alter(trainer: Trainer) -> None:
        trainer.clip_norm = trainer.clip_value = None

    return Change("unclipped", {}, alter)


def clipped(norm: float) -> Change:
    """Gradients shortened to a norm."""

    def alter(trainer: Trainer) -> None:
        trainer.clip_norm = norm

    return Change("clipped", {"norm": norm}, alter)


def usual_settings(name: str, rate: float) -> Change:
    """The optimizer, called `name`, with its own defaults but for the rate and decay."""

    def alter(trainer: Trainer) -> None:
        optimizer: Any = trainer.optimizer
        fresh = type(optimizer)(trainer.model.parameters(), lr=optimizer.param_groups[0]["lr"])
        for group in optimizer.param_groups:
            for key, value in fresh.defaults.items():
                if key not in ("lr", "weight_decay", "decoupled_weight_decay", "params"):
                    group[key] = value

    return Change("usual_settings", {"name": name, "rate": rate}, alter)


def adam(rate: float) -> Change:
    """Adam at a rate, instead of what there is."""

    def alter(trainer: Trainer) -> None:
        trainer.optimizer = Adam(trainer.model.parameters(), lr=rate)
        trainer.rates = Rates(None, trainer.optimizer)
        set_rate(trainer, rate)

    return Change("adam", {"rate": rate}, alter)


def cleared() -> Change:
    """Gradients forgotten before each step, by the Trainer's own `fit`."""

    def alter(trainer: Trainer) -> None:
        _as_inherited(trainer.optimizer, "zero_grad", Optimizer)
        _as_inherited(trainer, "fit", Trainer)

    return Change("cleared", {}, alter)


_usual: dict[tuple[type, str], type] = {}
"""Classes that were made: the same each time, so that what is compiled for one object serves others."""


def _as_inherited(thing: Any, method: str, base: type) -> None:
    """Give an object the method of a base class again; by its class, for a method of one object is never compiled."""
    vars(thing).pop(method, None)
    kind = type(thing)
    if getattr(kind, method) is not getattr(base, method):
        if (kind, method) not in _usual:
            _usual[kind, method] = _inheriting(kind, method, base)
        thing.__class__ = _usual[kind, method]


def _inheriting(kind: type, method: str, base: type) -> type:
    """A class like `kind` but for one method."""
    names = {method: getattr(base, method), "__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return type(kind.__name__, (kind,), names)
