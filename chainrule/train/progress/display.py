"""The base of all displays, which shows nothing."""

from math import inf

from chainrule.train.progress.standing import Standing


class Display:
    """Shows nothing. The training asks the clock, not the display: it calls `show` when `due` has come.

    Attributes:
        due: `time.perf_counter()` at which `show` is wanted again.
        every_epoch: whether `epoch` is wanted after every epoch.
    """

    due = inf
    every_epoch = False

    def start(self, standing: Standing) -> None:
        """Before the first batch."""

    def show(self, standing: Standing) -> None:
        """While it runs, when `due` has come."""

    def epoch(self, standing: Standing) -> None:
        """After an epoch, where `every_epoch` asks for it."""

    def finish(self, standing: Standing) -> None:
        """When the fit has ended, for whatever reason."""
