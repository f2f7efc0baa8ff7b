"""What loops written by hand forget, noticed by the optimizer that they step, and said once."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakSet

from chainrule.errors import ChainruleWarning, warn
from chainrule.nn.forgotten_eval import dozing
from chainrule.nn.hidden_layers import hidden_layers
from chainrule.tape.mode import mode
from chainrule.tape.tracked import clock
from chainrule.tensors.tensor import Tensor

if TYPE_CHECKING:
    from chainrule.optim.optimizer import Optimizer

PATIENCE = 3  # steps behind a backward pass that brought no gradient: optimizers may take turns
IDLE = 10  # steps without any backward pass: a loop may begin with some
THROWN = 50  # gradients cleared without any step: those of a network that only hands them on are

everyone: "WeakSet[Optimizer]" = WeakSet()
"""All optimizers that there are: what none of them changes stays as it is."""


@dataclass
class Habits:
    """How an optimizer is used. No part of what it computes: a recorded step does not depend on it.

    Attributes:
        stepped: whether it made a step.
        fed: whether any step had a gradient.
        dropped: whether the last clearing threw gradients away that no step had used.
        told: whether it was said that gradients are not cleared, or too early.
        woken: whether it was said that a layer is in evaluation mode.
        begun: backward passes of anybody before there was this optimizer.
        walks: backward passes of anybody before the last step that had no gradient.
        unfed: steps without a gradient, each behind a backward pass.
        idle: steps before which something was computed, and nobody has called backward().
        idle_at: when the last such step was made.
        thrown: times that gradients were cleared before the first step.
        moved: by the name of a scheduler: how often it was moved on before the first step.
    """

    stepped: bool = False
    fed: bool = False
    dropped: bool = False
    told: bool = False
    woken: bool = False
    begun: int = field(default_factory=lambda: mode.walks)
    walks: int = field(default_factory=lambda: mode.walks)
    unfed: int = 0
    idle: int = 0
    idle_at: int = 0
    thrown: int = 0
    moved: dict[str, int] = field(default_factory=dict)

    def first_step(self, optimizer: "Optimizer") -> None:
        """Say it if a scheduler was moved on before; more than once, and somebody takes up an earlier training."""
        self.stepped = True
        name = type(optimizer).__name__
        groups = optimizer.param_groups
        if not optimizer.defaults.get("lr", 1.0) and not any(g["lr"] or "initial_lr" in g for g in groups):
            warn(ChainruleWarning("optim.no_rate", f"{name}, argument lr"))
        for scheduler, times in self.moved.items():
            if times == 1:
                warn(ChainruleWarning("optim.too_early", f"{scheduler}.step", scheduler=scheduler, optimizer=name))

    def step(self, optimizer: "Optimizer", *, fed: bool) -> None:
        """A step by some gradient, or by none: say once if they were cleared right before, or never come here."""
        if fed:
            if not self.fed and mode.recorder is None and not mode.trusting:
                self._look_for_hidden_layers()
            if mode.dozing is not None:
                self._look_for_layers_asleep(optimizer)
            self.fed, self.dropped = True, False
            return
        if mode.recorder is not None:
            return
        if not self.fed and mode.walks == self.begun:
            self._stand_idle(optimizer)
        if mode.walks > self.walks and not self.fed:
            self.walks, self.unfed = mode.walks, self.unfed + 1
        if not self.told and (self.dropped or self.unfed == PATIENCE):
            self.told = True
            key = "optim.cleared_too_early" if self.dropped else "optim.no_gradient"
            warn(ChainruleWarning(key, f"{type(optimizer).__name__}.step"))

    def use_up(self, optimizer: "Optimizer", parameters: list[Tensor]) -> None:
        """Mark the gradients as used; say it once if one has those of an earlier step in it."""
        for parameter in parameters:
            gradient = parameter.grad
            assert gradient is not None
            if gradient._use == 2 and not self.told:
                self.told = True
                warn(ChainruleWarning("optim.not_cleared", f"{type(optimizer).__name__}.step", shape=parameter.shape))
            gradient._use = 1

    def cleared(self, optimizer: "Optimizer", *, unused: bool) -> None:
        """Gradients are cleared, some of them `unused`: say it when that becomes a habit, and no step was ever made."""
        self.dropped = unused
        if not unused or self.stepped or mode.recorder is not None:
            return
        self.thrown += 1
        if self.thrown != THROWN:
            return
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        if not any(parameter._storage is not None and parameter._storage.written for parameter in parameters):
            name = type(optimizer).__name__
            warn(ChainruleWarning("optim.never_stepped", f"{name}.zero_grad", times=THROWN, optimizer=name))

    def move_on(self, scheduler: str) -> None:
        """A scheduler goes on to the next epoch."""
        if not self.stepped:
            self.moved[scheduler] = self.moved.get(scheduler, 0) + 1

    def _stand_idle(self, optimizer: "Optimizer") -> None:
        """A step, and no backward pass ever: say it when losses are computed between such steps."""
        before, self.idle_at = self.idle_at, next(clock)
        if before and self.idle_at > before + 1:  # who only draws a schedule computes nothing
            self.idle += 1
            if self.idle == IDLE:
                warn(ChainruleWarning("optim.no_backward", f"{type(optimizer).__name__}.step", steps=IDLE))

    def _look_for_hidden_layers(self) -> None:
        """The first gradients are here: say it if some of them reached layers that nobody registered."""
        found = hidden_layers(lambda parameter: any(id(parameter) in other._owned for other in everyone))
        if found is not None:
            where, strays = found
            warn(ChainruleWarning("guard.hidden_layers", where, count=len(strays), shape=strays[0].shape))

    def _look_for_layers_asleep(self, optimizer: "Optimizer") -> None:
        """Say once that gradients came through a layer in evaluation mode, whose `train()` was forgotten."""
        layer = dozing(optimizer._owned)
        if layer is not None and not self.woken and not mode.trusting:
            self.woken = True
            warn(ChainruleWarning("layers.forgotten_train", layer))
