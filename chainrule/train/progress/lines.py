"""Plain lines: for pipes, files and terminals that can do nothing else."""

from typing import TextIO

from chainrule.train.progress.display import Display
from chainrule.train.progress.standing import Standing

MOST = 100  # lines


class Lines(Display):
    """One line an epoch; of more than a hundred epochs the first, each hundredth part, and the last.

    Args:
        file: where to.
    """

    every_epoch = True

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self._first = 1
        self._printed = 0

    def start(self, standing: Standing) -> None:
        self._first = standing.epoch
        self._printed = 0

    def epoch(self, standing: Standing) -> None:
        epochs = MOST if standing.last_epoch is None else standing.last_epoch - self._first + 1
        every = max(1, epochs // MOST)
        if standing.epoch == self._first or standing.epoch % every == 0 or standing.epoch == standing.last_epoch:
            self._print(standing)

    def finish(self, standing: Standing) -> None:
        if standing.numbers and standing.epoch > self._printed:
            self._print(standing)
        if standing.ended:
            print(standing.ended, file=self.file, flush=True)

    def _print(self, standing: Standing) -> None:
        self._printed = standing.epoch
        parts = (standing.place, standing.measures(running=False), standing.speed, standing.time)
        print("  ".join(parts), file=self.file, flush=True)

