"""How far a training is, as plain numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chainrule.language import say
from chainrule.train.plain import duration, plain


@dataclass
class Standing:
    """How far a training is.

    Attributes:
        epoch: number of the epoch it is in, counted from 1 over all fits.
        last_epoch: number of the last one; None where nobody knows.
        steps: optimizer steps of this fit so far.
        all_steps: how many there will be; None where nobody knows.
        rows: rows learnt from in this fit so far.
        seconds: since the fit began.
        loss: mean over the epoch so far; None before its first batch.
        numbers: of the last whole epoch.
        ended: why it ended before its last epoch, in words.
    """

    epoch: int
    last_epoch: int | None
    steps: int
    all_steps: int | None
    rows: int
    seconds: float
    loss: float | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    ended: str | None = None

    @property
    def place(self) -> str:
        """`epoch 3/10`, in words."""
        of = "" if self.last_epoch is None else f"/{self.last_epoch}"
        return say("train.epoch_number", number=f"{self.epoch}{of}")

    @property
    def speed(self) -> str:
        """Batches and samples a second."""
        seconds = max(self.seconds, 1e-9)
        return say("train.speed", batches=_amount(self.steps / seconds), samples=_amount(self.rows / seconds))

    @property
    def time(self) -> str:
        """How long it took, and how long it will still take."""
        if self.all_steps is None or not self.steps or self.steps >= self.all_steps or self.ended:
            return duration(self.seconds)
        left = self.seconds / self.steps * (self.all_steps - self.steps)
        return f"{duration(self.seconds)} < {duration(left)}"

    def measures(self, running: bool = True) -> str:
        """The numbers of the last epoch; while `running`, the loss is that of the epoch it is in."""
        shown = {name: value for name, value in self.numbers.items() if name != "lr"}
        if running and self.loss is not None:
            shown = {"loss": self.loss, **{name: value for name, value in shown.items() if name != "loss"}}
        return "  ".join(f"{name} {plain(value)}" for name, value in shown.items())


def _amount(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
