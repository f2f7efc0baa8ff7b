"""The learning rate over a training: a function of the step, or schedulers that move once an epoch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chainrule.errors import ArgumentError, ChainruleWarning, DtypeError, warn
from chainrule.optim.optimizer import Optimizer


class Rates:
    """Sets the learning rates of an optimizer.

    Args:
        schedule: a function from the step, counted from 0, to the rate; a scheduler with `step(metric)`, or several,
            which are moved on after every epoch; None leaves the rates alone.
        optimizer: whose groups get the rates; the ratios between its groups are kept.

    Raises:
        DtypeError: for anything else.
        ArgumentError: for a scheduler of another optimizer.
    """

    def __init__(self, schedule: object, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.of_step: Callable[[int], float] | None = None
        self.schedulers: list[Any] = []
        self.ratios: list[float] = []
        self._told = False
        if schedule is None:
            return
        found = list(schedule) if isinstance(schedule, Sequence) else [schedule]
        if len(found) == 1 and callable(found[0]) and not hasattr(found[0], "step"):
            self.of_step = found[0]
            first = optimizer.defaults.get("lr") or optimizer.param_groups[0]["lr"]
            self.ratios = [group["lr"] / first if first else 1.0 for group in optimizer.param_groups]
        elif found and all(hasattr(part, "step") for part in found):
            if any(getattr(part, "optimizer", optimizer) is not optimizer for part in found):
                raise ArgumentError("train.foreign_schedule", "Trainer, argument schedule", got=type(found[0]).__name__)
            self.schedulers = found
        else:
            raise DtypeError("train.schedule", "Trainer, argument schedule", got=type(schedule).__name__)

    def before_step(self, step: int) -> None:
        """Set the rates of step `step`."""
        if self.of_step is not None:
            rate = float(self.of_step(step))
            for group, ratio in zip(self.optimizer.param_groups, self.ratios, strict=False):
                group["lr"] = rate * ratio

    def after_epoch(self, row: Mapping[str, float], better: Callable[[str], str]) -> None:
        """Move the schedulers on.

        One that watches a quantity sees the loss of the validation, else that of the training; one whose best is the
        largest sees the first metric of which that is true.

        Args:
            row: the numbers of the epoch.
            better: which way each of them gets better.
        """
        for scheduler in self.schedulers:
            names = list(row)
            if getattr(scheduler, "mode", "min") == "max":
                names = [name for name in row if better(name) == "max"]
            if not names:
                where = f"Trainer, schedule {type(scheduler).__name__}"
                raise ArgumentError("train.plateau", where, known=", ".join(row))
            judged = [name for name in names if name.startswith("val_")]
            scheduler.step(row[(judged or names)[0]])

    def say_taken_back(self) -> None:
        """Say once that somebody sets a rate, which the schedule replaces with its own in the next step."""
        if not self._told:
            self._told = True
            warn(ChainruleWarning("guard.rate_taken_back", "Trainer, argument schedule", rate=f"{self.now:g}"))

    @property
    def now(self) -> float:
        """The rate in force for the first group."""
        return float(self.optimizer.param_groups[0]["lr"])
