"""Norms and dropouts taken out of the end of a network, or exchanged for those of this library."""

from chainrule.doctor.change import Change
from chainrule.doctor.changes.layers import renew_optimizer, setattr_child
from chainrule.nn.batch_norm import BatchNorm
from chainrule.nn.containers import Sequential
from chainrule.nn.dropout import Dropout
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module
from chainrule.train.trainer import Trainer

MOMENTUM = 0.1


def last_places(model: Module, kinds: tuple[type, ...]) -> list[tuple[Module, str, Module]]:
    """Modules of these kinds behind the last dense layer: parent, name there, module."""
    leaves = [
        (parent, key, child) for parent in model.modules() for key, child in parent.named_children()
        if next(child.children(), None) is None
    ]
    order = {id(module): place for place, module in enumerate(model.modules())}
    last = max((order[id(m)] for _, _, m in leaves if isinstance(m, Linear)), default=len(order))
    return [row for row in leaves if isinstance(row[2], kinds) and order[id(row[2])] > last]


def without_last(kind: type, name: str) -> Change:
    """Nothing of this kind behind the last dense layer; `name` is that of the change."""

    def alter(trainer: Trainer) -> None:
        for parent, key, _ in last_places(trainer.model, (kind,)):
            setattr_child(parent, key, Sequential())
        renew_optimizer(trainer)

    return Change(name, {}, alter)


def without_last_norm() -> Change:
    """No batch norm behind the last dense layer."""
    return without_last(BatchNorm, "without_last_norm")


def usual_momentum() -> Change:
    """Running statistics of batch norms that follow the last ten batches or so."""

    def alter(trainer: Trainer) -> None:
        for module in trainer.model.modules():
            if isinstance(module, BatchNorm):
                module.momentum = MOMENTUM

    return Change("usual_momentum", {"momentum": MOMENTUM}, alter)


def without_last_dropout() -> Change:
    """No dropout behind the last dense layer."""
    return without_last(Dropout, "without_last_dropout")


def library_dropout(places: tuple[tuple[str, float], ...]) -> Change:
    """Modules exchanged for a Dropout of this library: the path of each, and its p."""

    def alter(trainer: Trainer) -> None:
        for path, p in places:
            parent, _, key = path.rpartition(".")
            setattr_child(trainer.model.get_submodule(parent), key, Dropout(p))

    paths = ", ".join(path for path, _ in places)
    return Change("library_dropout", {"path": paths, "p": places[0][1]}, alter)
