"""How far many trainings are, shown as one training is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from chainrule.language import say
from chainrule.train.progress.choosing import choose
from chainrule.train.progress.standing import Standing

LINES = 20  # where there is no terminal


@dataclass
class SeedsStanding(Standing):
    """How far many trainings are: a step is a seed, and so is an epoch; rows are epochs that were trained."""

    @property
    def place(self) -> str:
        """`seed 30/1000`, in words."""
        return say("population.seed_number", number=f"{self.epoch}/{self.last_epoch}")

    @property
    def speed(self) -> str:
        """Seeds and epochs a second."""
        seconds = max(self.seconds, 1e-9)
        return say("population.speed", seeds=f"{self.steps / seconds:,.1f}", epochs=f"{self.rows / seconds:,.0f}")


class Shown:
    """Shows how many seeds of `total` are done.

    Args:
        total: how many there will be.
        epochs: of each.
        progress: as in `Trainer.fit`.
    """

    def __init__(self, total: int, epochs: int, progress: bool | None) -> None:
        self.total = total
        self.epochs = epochs
        self.done = 0.0
        self._lines = 0
        self._begun = perf_counter()
        self._display = choose(progress)
        self._display.start(self._standing())

    def part(self) -> Callable[[float], None]:
        """What notes how many of the next part are done: those that are done by now stay."""
        before = self.done
        return lambda done: self.note(before + done)

    def note(self, done: float) -> None:
        """So many are done by now."""
        self.done = done
        if perf_counter() >= self._display.due:
            self._display.show(self._standing())
        if self._display.every_epoch and int(LINES * done / self.total) > self._lines:
            self._lines = int(LINES * done / self.total)
            self._display.epoch(self._standing())

    def finish(self, *, interrupted: bool) -> None:
        """All are done, or Ctrl-C has ended it."""
        self._display.finish(self._standing(say("train.interrupted") if interrupted else None))

    def _standing(self, ended: str | None = None) -> Standing:
        return SeedsStanding(
            epoch=int(self.done), last_epoch=self.total, steps=int(self.done), all_steps=self.total,
            rows=int(self.done * self.epochs), seconds=perf_counter() - self._begun, ended=ended,
        )
