"""Learning by another loss, while the one that was given goes on judging: so that before and after can be compared."""

from collections.abc import Callable
from typing import Any

from chainrule.doctor.change import Change
from chainrule.nn.functional._binary import binary_cross_entropy
from chainrule.nn.module import Module
from chainrule.train.objective import Objective
from chainrule.train.trainer import Trainer

Loss = Callable[..., Any]
TINY = 1e-7  # added to probabilities before their logarithm


class Swapped(Module):
    """A loss that a network learns by, and another one that judges it.

    Args:
        learnt: from outputs and targets, in training mode.
        judged: likewise, in evaluation mode.
        model: whose mode it is.
    """

    def __init__(self, learnt: Loss, judged: Loss, model: Module) -> None:
        super().__init__()
        self.reduction = getattr(judged, "reduction", "mean")
        self._pair = (learnt, judged)
        self._model = (model,)  # in a tuple: the network is no part of its loss

    def forward(self, outputs: Any, targets: Any) -> Any:
        """The one or the other."""
        return self._pair[0 if self._model[0].training else 1](outputs, targets)

    def extra_repr(self) -> str:
        """Both of them."""
        return ", ".join(getattr(loss, "__name__", type(loss).__name__) for loss in self._pair)


def cross_entropy(loss: str) -> Change:
    """Probabilities that learn by their logarithms, and are judged as before; `loss` is what it is called."""
    learnt = binary_cross_entropy if loss == "BCELoss" else _of_shares
    return Change("cross_entropy", {"loss": loss}, lambda trainer: _swap(trainer, learnt))


def mean_of_rows() -> Change:
    """A loss divided by its rows, and judged as before."""

    def alter(trainer: Trainer) -> None:
        loss = trainer.loss

        def mean(outputs: Any, targets: Any) -> Any:
            return loss(outputs, targets) / len(targets)

        _swap(trainer, mean)

    return Change("mean_of_rows", {}, alter)


def negated() -> Change:
    """The loss with the other sign: it means something else then, and is not compared."""

    def alter(trainer: Trainer) -> None:
        loss = trainer.loss

        def negative(outputs: Any, targets: Any) -> Any:
            return -loss(outputs, targets)

        _replace(trainer, negative)

    return Change("negated", {}, alter, comparable=False)


def stable(loss: type[Module]) -> Change:
    """A loss of this library instead of one that is written out, and gives the same of moderate outputs."""

    def alter(trainer: Trainer) -> None:
        trainer.loss = loss()
        trainer.objective = Objective(trainer.loss, trainer.model)

    return Change("stable", {"loss": loss.__name__}, alter)


def fitting(loss: Loss) -> Loss:
    """The loss of targets in the shape of the outputs."""
    return lambda outputs, targets: loss(outputs, targets.reshape(outputs.shape))


def flat(loss: Loss) -> Loss:
    """The loss of both as one long row."""
    return lambda outputs, targets: loss(outputs.reshape(-1), targets.reshape(-1))


def targets_reshaped() -> Change:
    """Targets in the shape of the outputs."""
    return Change("targets_reshaped", {}, lambda trainer: _replace(trainer, fitting(trainer.loss)))


def outputs_flattened() -> Change:
    """Outputs and targets (n,)."""
    return Change("outputs_flattened", {}, lambda trainer: _replace(trainer, flat(trainer.loss)))


def _of_shares(outputs: Any, targets: Any) -> Any:
    return -(targets * (outputs + TINY).log()).sum(1).mean()


def _swap(trainer: Trainer, learnt: Loss) -> None:
    _replace(trainer, Swapped(learnt, trainer.loss, trainer.model))


def _replace(trainer: Trainer, loss: Loss) -> None:
    trainer.loss = trainer.objective.loss = loss
